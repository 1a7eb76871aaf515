"""Who is muted or locked, or gets a new password, notices at once on open connections."""

import asyncio
from collections.abc import Iterator

import pytest

from testkit.phone import Phone
from testkit.server import Server
from tests.support.operator import SILENT, Operator
from tests.wire.conftest import Cast

pytestmark = pytest.mark.slow

LOCKED = "error_403_this account is locked"
LOG_IN_AGAIN = "error_401_log in again"
MUTED = "error_403_you are muted"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One that finds nothing by polling."""
    folder = tmp_path_factory.mktemp("standing")
    settings = {"IM66_POLL_SECONDS": "60", "IM66_LEGACY_CONNECTIONS": "newest", **SILENT}
    with Server(folder, **settings) as running:
        yield running


@pytest.fixture(scope="module")
def operator(server: Server) -> Operator:
    return asyncio.run(Operator.of(server))


@pytest.mark.promise("error-8")
async def test_muted_person_receives_but_cannot_write(operator: Operator, alice: Phone, bob: Phone) -> None:
    await operator.act("mute", bob.userid)
    await bob.text(alice.userid, "hello")
    assert await bob.receive() == MUTED
    await alice.text(bob.userid, "are you there?")
    assert (await bob.message()).content == "are you there?"
    await operator.act("unmute", bob.userid)
    await bob.text(alice.userid, "here I am")
    assert (await alice.message()).content == "here I am"


@pytest.mark.promise("error-6", "error-7")
async def test_banned_person_gets_an_error_and_is_disconnected(
    server: Server, operator: Operator, alice: Phone, bob: Phone
) -> None:
    await operator.act("lock", bob.userid)
    assert await bob.receive() == LOCKED
    assert await bob.close_code() == 4403
    async with Phone(server.entry) as again:
        await again.send(f"login_{bob.userid}")
        assert await again.receive() == LOCKED
    await alice.text(bob.userid, "meanwhile")
    await alice.settle()
    await operator.act("unlock", bob.userid)
    async with Phone(server.entry, bob.userid) as again:
        assert await again.contents(1) == ["meanwhile"]


@pytest.mark.promise("error-7")
async def test_ban_confirms_no_undelivered_messages(
    server: Server, operator: Operator, alice: Phone, bob: Phone
) -> None:
    await alice.text(bob.userid, "not confirmed yet")
    assert await bob.contents(1) == ["not confirmed yet"]
    await operator.act("lock", bob.userid)
    assert await bob.close_code() == 4403
    await operator.act("unlock", bob.userid)
    async with Phone(server.entry, bob.userid) as again:
        assert await again.contents(1) == ["not confirmed yet"]


@pytest.mark.promise("error-3")
async def test_password_change_closes_connections_and_allows_a_new_login(
    server: Server, operator: Operator, alice: Phone, cast: Cast
) -> None:
    async with Phone(server.entry, cast.bob) as older, Phone(server.entry, cast.bob) as newest:
        await operator.set_password(cast.bob)
        for phone in (older, newest):
            assert await phone.receive() == LOG_IN_AGAIN
            assert await phone.close_code() == 4401
    async with Phone(server.entry, cast.bob) as again:
        await alice.text(cast.bob, "welcome back")
        assert await again.contents(1) == ["welcome back"]
