"""Why the server closes a connection, it says by the code. It accepts first, so that a browser learns it."""

import asyncio

import pytest

from testkit.device import Device, Error
from tests.conftest import MakeServer
from tests.support.operator import Operator
from tests.support.tokens import IN_TOKEN_MODE, token
from tests.wire.test_token_login import create

pytestmark = pytest.mark.slow

BANNED = Error(403, "banned")
LOG_IN_FIRST = Error(401, "log_in_first")


async def test_1012_the_server_starts_again(make_server: MakeServer, command: list[str]) -> None:
    server = make_server(command)
    async with Device(server.entry, "alice") as alice, Device(server.entry) as stranger:
        server.terminate()
        assert await alice.close_code() == 1012
        assert await stranger.close_code() == 1012


async def test_4401_nobody_is_proven(make_server: MakeServer, command: list[str]) -> None:
    server = make_server(command, **IN_TOKEN_MODE)
    create(server, "alice")
    for proof in ({}, {"token": "x"}, {"token": token("nobody")}, {"userid": "alice"}):
        async with Device(server.entry) as stranger:
            await stranger.refusal("hello", **proof)
            assert await stranger.close_code() == 4401
    async with Device(server.entry, token=token("alice")) as alice:
        assert await alice.call("ping") == {}


async def test_4401_or_no_longer(make_server: MakeServer, command: list[str]) -> None:
    server = make_server(command)
    operator = await Operator.of(server)
    async with Device(server.entry, "alice") as alice, Device(server.entry, "bob") as bob:
        await operator.set_password("alice")
        assert await alice.close_code() == 4401
        assert await _why(alice) == LOG_IN_FIRST
        assert await bob.call("ping") == {}


async def test_4403_banned(make_server: MakeServer, command: list[str]) -> None:
    server = make_server(command)
    operator = await Operator.of(server)
    async with Device(server.entry, "alice") as alice:
        await operator.act("lock", "alice")
        assert await alice.close_code() == 4403
        assert await _why(alice) == BANNED
    async with Device(server.entry) as alice:
        assert await alice.refusal("hello", userid="alice") == BANNED
        assert await alice.close_code() == 4403
    await operator.act("unlock", "alice")
    async with Device(server.entry, "alice") as alice:
        assert await alice.call("ping") == {}


async def test_4408_no_hello_in_time(make_server: MakeServer, command: list[str]) -> None:
    server = make_server(command, IM66_LOGIN_SECONDS="1")
    async with Device(server.entry, "bob") as bob, Device(server.entry) as stranger:
        assert await stranger.close_code() == 4408
        assert await _why(stranger) == Error(408, "too_late")
        assert await bob.call("ping") == {}


async def test_4409_too_many_connections(make_server: MakeServer, command: list[str]) -> None:
    server = make_server(command, IM66_MAX_CONNECTIONS_PER_USER="2")
    async with Device(server.entry, "alice") as first, Device(server.entry, "alice"):
        async with Device(server.entry) as third:
            assert await third.refusal("hello", userid="alice") == Error(403, "not_allowed")
            assert await third.close_code() == 4409
        assert await first.call("ping") == {}
        async with Device(server.entry, "bob") as bob:
            assert await bob.call("ping") == {}


async def test_4413_a_frame_is_too_large(make_server: MakeServer, command: list[str]) -> None:
    server = make_server(command, IM66_MAX_FRAME_BYTES="70000")
    async with Device(server.entry, "alice") as alice, Device(server.entry, "bob") as bob:
        await alice.send(" " * 69_970 + '{"id": 1, "cmd": "ping"}')
        assert await alice.reply(1) == {}
        await alice.send("x" * 70_001)
        assert await alice.close_code() == 4413
        assert await _why(alice) == Error(413, "too_long")
        assert await bob.call("ping") == {}


async def test_4429_an_address_connects_too_fast(make_server: MakeServer, command: list[str]) -> None:
    server = make_server(command, IM66_LIMIT_CONNECTS="1/1000000", IM66_PEOPLE_PER_ADDRESS="1")
    async with Device(server.entry, "alice") as alice, Device(server.entry) as second:
        assert await second.close_code() == 4429
        assert await _why(second) == Error(429, "too_fast")
        assert await alice.call("ping") == {}


async def test_nothing_that_was_accepted_is_lost_at_the_end(
    make_server: MakeServer, command: list[str]
) -> None:
    server = make_server(command)
    async with Device(server.entry, "alice") as alice:
        ids = [await alice.command("send", to="u:bob", kind="text", content=str(n)) for n in range(50)]
        await alice.reply(ids[0])
        server.terminate()
        await alice.close_code()
        answered = alice.answered(ids[1:]) + 1
    await asyncio.to_thread(lambda: server.exit_code)
    assert server.stored()[:answered] == [str(n) for n in range(answered)]


async def _why(device: Device) -> Error:
    """What a closed connection was told before."""
    return await device.refused(None)
