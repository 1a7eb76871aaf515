"""Too many refusals: each further one is followed by a pause. `receive` returns what must be waited for
before the next text."""

import pytest
from pytest_django import Settings

from accounts.codes import Name
from accounts.limits.buckets import Rate
from accounts.selectors import avatar_url
from chat.failures import CommandRefused
from chat.protocol.commands import Acknowledge, Command, CommandRequest, Ping, Type
from chat.protocol.legacy import LegacyCodec
from tests.support.connecting import Client
from tests.support.settings import override


@pytest.fixture
async def client(monkeypatch: pytest.MonkeyPatch) -> Client:
    return Client(monkeypatch, LegacyCodec(avatar_url))


@pytest.fixture(autouse=True)
def few(settings: Settings) -> None:
    override(settings, limit_refusals=Rate(3, 10**6))


async def test_refusal_of_malformed_frames_is_followed_by_a_pause(client: Client) -> None:
    client.socket.is_quick = True
    rests = [client.connection.receive("nonsense") for _ in range(5)]
    assert [rest is None for rest in rests] == [True] * 3 + [False] * 2
    assert client.socket.took == ["error_400_unknown verb"] * 5, "answers come at once"


@pytest.mark.promise("error-21")
async def test_person_is_slowed_on_all_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    clients = []
    for userid in ("bob", "bob", "alice"):
        client = Client(monkeypatch, LegacyCodec(avatar_url))
        await client.says(f"login_{userid}")
        client.socket.is_quick = True
        client.sessions[0].error = CommandRefused(Name.NOT_FOUND, "no such group")
        clients.append(client)
    bob, phone, alice = clients
    for _ in range(3):
        assert bob.connection.receive("text_7_hi_group_") is None
    assert bob.connection.receive("text_7_hi_group_")
    assert phone.connection.receive("text_7_hi_group_")
    assert alice.connection.receive("text_7_hi_group_") is None
    bob.sessions[0].error = None
    assert bob.connection.receive("text_alice_hi_unicast_") is None, "what is accepted has no pause"


async def test_server_errors_are_followed_by_no_pause(client: Client) -> None:
    await client.says("login_bob")
    client.socket.is_quick = True
    client.sessions[0].error = CommandRefused(Name.TRY_AGAIN, "the database is away")
    assert [client.connection.receive("text_7_hi_group_") for _ in range(5)] == [None] * 5


async def test_long_malformed_frame_counts_as_several_refusals(client: Client) -> None:
    await client.says("login_bob")
    client.socket.is_quick = True
    await client.says("x" * 64 * 1024)
    assert client.connection.receive("nonsense")


async def test_logout_before_a_login_is_followed_by_no_pause(client: Client) -> None:
    """As Android does it on each connection."""
    client.socket.is_quick = True
    for _ in range(5):
        await client.says("logout_bob")
        await client.says("login_bob")
        await client.says("logout_bob")
    assert client.connection.receive("nonsense") is None


@pytest.mark.parametrize("command", [Ping(1), Acknowledge(1, 1), Type(1, "alice")])
async def test_commands_without_a_rate_limit_are_charged(
    client: Client, monkeypatch: pytest.MonkeyPatch, command: Command
) -> None:
    monkeypatch.setattr(client.connection._codec, "decode", lambda _: CommandRequest(1, command))
    await client.says("uncounted")
    assert sum(client.socket.charges) > 1, "more than the refusal of a stranger"
