"""Some call the server all the time, as many at once as they like; the others go on."""

import asyncio
import time

import pytest

from testkit.phone import Phone
from testkit.server import SERVE, WITHOUT_LIMITS, Server, uvicorn
from tests.conftest import MakeServer
from tests.support.flood import call, flood

pytestmark = pytest.mark.slow

SECONDS = 4.0
PEOPLE = ",".join(f"{{caller}}x{{count}}x{number}" for number in range(120))
MAKING = f"/creategrp?creator=mallory{{caller}}&name=x&members={PEOPLE}"

BIG = 500
FOLK = [f"user{number}" for number in range(BIG)]


async def _conversation(server: Server) -> int:
    """How many messages went from Alice to Bob, one after the other."""
    end = time.monotonic() + SECONDS
    count = 0
    async with Phone(server.entry, "alice") as alice, Phone(server.entry, "bob") as bob:
        while time.monotonic() < end:
            await alice.text("bob", str(count))
            assert await bob.contents(1) == [str(count)]
            count += 1
    return count


@pytest.mark.parametrize("command", [SERVE, uvicorn()], ids=["serve", "uvicorn"])
async def test_those_who_make_groups_do_not_hold_up_who_chats(
    make_server: MakeServer, command: list[str]
) -> None:
    server = make_server(command, IM66_MOSAICS="false", **WITHOUT_LIMITS)
    async with flood(server, MAKING, callers=30) as making:
        messages = await _conversation(server)
    assert sum(making.answered) > 10
    # On a quiet machine some 200; when all wrote as they came, four.
    assert messages > 20


@pytest.fixture
def with_a_big_group(make_server: MakeServer) -> Server:
    """It has the id 1."""
    server = make_server(IM66_MOSAICS="false", **WITHOUT_LIMITS)
    server.run_python(f"from groups.services import create_group; create_group('user0', {FOLK}, 'big')")
    return server


async def test_whoever_has_another_address_has_as_many_turns(with_a_big_group: Server) -> None:
    async with flood(with_a_big_group, "/grpinfo?groupid=1", callers=40) as many:
        answered = await _answered(with_a_big_group, "/grpinfo?groupid=1", "127.0.0.2")
    # About as often as all of the forty together.
    assert answered > sum(many.answered) / 4


async def test_behind_a_proxy_so_has_whoever_has_another_name(with_a_big_group: Server) -> None:
    async with flood(with_a_big_group, "/querymygrps?userid=user7", callers=40) as many:
        answered = await _answered(with_a_big_group, "/querymygrps?userid=user8", "127.0.0.1")
    assert answered > sum(many.answered) / 4


async def _answered(server: Server, target: str, address: str) -> int:
    """How often somebody is answered who calls all the time."""
    end = time.monotonic() + SECONDS
    count = 0
    while time.monotonic() < end:
        reply = await call(server.port, target, address)
        assert b'"message":"OK"' in reply
        count += 1
    return count


async def test_large_replies_do_not_pile_up(make_server: MakeServer) -> None:
    server = make_server(IM66_MOSAICS="false", **WITHOUT_LIMITS)
    server.run_python(
        f"from groups.services import create_group\nfor _ in range(30): create_group('user0', {FOLK}, 'big')"
    )
    target = "/querymygrps?userid=user0"
    reply = await call(server.port, target, "127.0.0.1")
    assert reply.count(b'"nickname"') == 30 * BIG
    before = server.memory()
    async with flood(server, target, callers=8):
        most = before
        for _ in range(40):
            await asyncio.sleep(0.1)
            most = max(most, server.memory())
    assert most - before < 32 * 1024 * 1024
