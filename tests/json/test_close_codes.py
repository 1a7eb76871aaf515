"""Why the server closes a connection, it says by the code. It accepts first, so that a browser learns it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack

import pytest

from testkit.device import Device, Error
from testkit.server import Server
from tests.conftest import MakeServer
from tests.json.conftest import Cast
from tests.json.places import Place, Places
from tests.support.axes import PLACES
from tests.support.operator import Operator

pytestmark = pytest.mark.slow

BANNED = Error(403, "banned")
LOG_IN_FIRST = Error(401, "log_in_first")
MAX_CONNECTIONS = 20
MAX_BYTES = 1024 * 1024


@pytest.fixture
def ending(place: Place) -> Iterator[Server]:
    """A process that a test may end. It is started again."""
    yield place.here
    place.here.stop()
    place.here.start()


@pytest.fixture(params=PLACES)
def hurried(request: pytest.FixtureRequest, places: Places) -> Iterator[Place]:
    """Where hello has to come within a second."""
    with places.own(request.param, IM66_LOGIN_SECONDS="1") as place:
        yield place


@pytest.mark.promise("json-42")
async def test_1012_server_restart(ending: Server, place: Place, cast: Cast) -> None:
    async with (
        Device(ending.entry, cast.alice) as alice,
        Device(ending.entry) as stranger,
        Device(place.there.entry, cast.bob) as bob,
    ):
        ending.terminate()
        assert await alice.close_code() == 1012
        assert await stranger.close_code() == 1012
        if not place.is_one:
            assert await bob.call("ping") == {}


@pytest.mark.promise("json-42")
async def test_4401_login_without_valid_proof(there: Server, cast: Cast) -> None:
    """In token mode: test_token_mode.py."""
    for proof in ({}, {"token": "x"}):
        async with Device(there.entry) as stranger:
            assert await stranger.refusal("hello", **proof) == LOG_IN_FIRST
            assert await stranger.close_code() == 4401
    async with Device(there.entry, cast.alice) as alice:
        assert await alice.call("ping") == {}


@pytest.mark.promise("json-42")
async def test_4401_proof_no_longer_valid(
    operator: Operator, cast: Cast, alice: Device, bob: Device, charlie: Device
) -> None:
    await operator.set_password(cast.alice)
    await operator.set_password(cast.bob)
    for device in (alice, bob):
        assert await device.close_code() == 4401
        assert await _why(device) == LOG_IN_FIRST
    assert await charlie.call("ping") == {}


@pytest.mark.promise("json-35", "json-42")
async def test_4403_banned(
    operator: Operator, place: Place, cast: Cast, alice: Device, bob: Device, charlie: Device
) -> None:
    await operator.act("lock", cast.alice, cast.bob)
    for device in (alice, bob):
        assert await device.close_code() == 4403
        assert await _why(device) == BANNED
    assert await charlie.call("ping") == {}
    for server in place:
        async with Device(server.entry) as again:
            assert await again.refusal("hello", userid=cast.alice) == BANNED
            assert await again.close_code() == 4403
    await operator.act("unlock", cast.alice)
    for server in place:
        async with Device(server.entry, cast.alice) as again:
            assert await again.call("ping") == {}


@pytest.mark.promise("json-37")
async def test_4408_hello_timeout(hurried: Place) -> None:
    for server in set(hurried):
        async with Device(server.entry, "bob") as bob, Device(server.entry) as stranger:
            assert await stranger.close_code() == 4408
            assert await _why(stranger) == Error(408, "too_late")
            assert await bob.call("ping") == {}


@pytest.fixture
async def crowd(there: Server, cast: Cast) -> AsyncIterator[Device]:
    """One of as many connections as Alice may have."""
    async with AsyncExitStack() as devices:
        for _ in range(MAX_CONNECTIONS):
            device = await devices.enter_async_context(Device(there.entry, cast.alice))
        yield device


@pytest.mark.promise("json-42")
async def test_4409_too_many_connections(there: Server, cast: Cast, crowd: Device) -> None:
    async with Device(there.entry) as one_more:
        assert await one_more.refusal("hello", userid=cast.alice) == Error(403, "not_allowed")
        assert await one_more.close_code() == 4409
    assert await crowd.call("ping") == {}
    async with Device(there.entry, cast.bob) as bob:
        assert await bob.call("ping") == {}


@pytest.mark.promise("json-39")
async def test_4413_frame_too_large(alice: Device, bob: Device) -> None:
    ping = '{"id": 1, "cmd": "ping"}'
    assert bob.welcome["limits"]["frame"] == MAX_BYTES
    await bob.send(ping.rjust(MAX_BYTES))
    assert await bob.reply(1) == {}
    await bob.send(ping.rjust(MAX_BYTES + 1))
    assert await bob.close_code() == 4413
    assert await _why(bob) == Error(413, "too_long")
    assert await alice.call("ping") == {}


@pytest.mark.promise("json-40")
async def test_4429_too_many_connections_from_an_address(make_server: MakeServer) -> None:
    server = make_server(IM66_LIMIT_CONNECTS="1/1000000", IM66_PEOPLE_PER_ADDRESS="1")
    async with Device(server.entry, "alice") as alice, Device(server.entry) as second:
        assert await second.close_code() == 4429
        assert await _why(second) == Error(429, "too_fast")
        assert await alice.call("ping") == {}


async def test_accepted_messages_are_stored_at_shutdown(ending: Server, cast: Cast) -> None:
    async with Device(ending.entry, cast.alice) as alice:
        ids = [
            await alice.command("send", to=f"u:{cast.bob}", kind="text", content=str(n)) for n in range(50)
        ]
        await alice.reply(ids[0])
        ending.terminate()
        await alice.close_code()
        answered = alice.answered(ids[1:]) + 1
    await asyncio.to_thread(lambda: ending.exit_code)
    stored = ending.query(f"SELECT content FROM log_message WHERE sender_id = '{cast.alice}' ORDER BY id")
    assert [content for (content,) in stored][:answered] == [str(n) for n in range(answered)]


async def _why(device: Device) -> Error:
    """What a closed connection was told before."""
    return await device.refused(None)
