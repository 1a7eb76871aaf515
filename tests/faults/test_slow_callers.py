"""Clients ask for large replies over HTTP and do not read them."""

import asyncio
import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection, IncompleteRead

import pytest

from testkit.phone import Phone
from testkit.server import WITHOUT_LIMITS, Server
from tests.conftest import MakeServer
from tests.faults.conftest import Services
from tests.support.flood import call

# More than PostgreSQL's pool had connections.
CALLERS = 24
# Of one group, so that a reply to `user0` is more than the kernel takes in on the way.
BIG, GROUPS = 500, 40
FOLK = [f"user{number}" for number in range(BIG)]
MAKE = f"""
from groups.services import create_group
for _ in range({GROUPS}): create_group('user0', {FOLK}, 'big')
"""
WITHIN_SECONDS = 5.0


@contextmanager
def _callers_who_do_not_read(server: Server, target: str) -> Iterator[None]:
    with ExitStack() as stack:
        for _ in range(CALLERS):
            caller = stack.enter_context(socket.socket())
            caller.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            caller.connect(("127.0.0.1", server.port))
            caller.sendall(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        yield


async def test_api_callers_that_read_nothing_hold_no_database_connection(
    services: Services, make_server: MakeServer
) -> None:
    server = make_server(DATABASE_URL=services.postgres.url, IM66_MOSAICS="false")
    server.run_python(MAKE)
    before = server.memory()
    with _callers_who_do_not_read(server, "/querymygrps?userid=user0"):
        await asyncio.sleep(2)
        began = time.monotonic()
        async with asyncio.timeout(60):
            async with Phone(server.entry, "alice") as alice, Phone(server.entry, "bob") as bob:
                await alice.text("bob", "goes")
                assert await bob.contents(1) == ["goes"]
            assert b'"code":1' in await call(server.port, "/grpinfo?groupid=1", "127.0.0.1")
        assert time.monotonic() - began < WITHIN_SECONDS
        assert server.memory() - before < 64 * 1024 * 1024


@pytest.fixture(scope="module")
def with_big_groups(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("groups"), IM66_MOSAICS="false", **WITHOUT_LIMITS) as server:
        server.run_python(MAKE)
        yield server


async def test_slow_reader_gets_the_complete_reply(with_big_groups: Server) -> None:
    server = with_big_groups
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=4096)
    writer.write(b"GET /querymygrps?userid=user0 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    count = 0
    pieces = []
    while piece := await reader.read(16 * 1024):
        pieces.append(piece)
        count += 1
        if count < 20:
            await asyncio.sleep(0.05)
    writer.close()
    assert b"".join(pieces).count(b'"nickname"') == GROUPS * BIG


@pytest.mark.promise("call-27")
async def test_reply_that_cannot_be_finished_is_aborted(with_big_groups: Server) -> None:
    """Each time; after the first, nobody would have looked after the connections of this server any more."""
    for _ in range(2):
        with closing(HTTPConnection("127.0.0.1", with_big_groups.port, timeout=20)) as caller:
            await asyncio.to_thread(caller.request, "GET", "/querymygrps?userid=user0")
            reply = await asyncio.to_thread(caller.getresponse)
            assert await asyncio.to_thread(reply.read, 10)
            with _without_members(with_big_groups), pytest.raises((IncompleteRead, ConnectionError)):
                await asyncio.to_thread(reply.read)
    assert b'"code":1' in await call(with_big_groups.port, "/grpinfo?groupid=1", "127.0.0.1")


@contextmanager
def _without_members(server: Server) -> Iterator[None]:
    """The table of memberships is not there meanwhile."""
    _change(server, "ALTER TABLE log_membership RENAME TO away")
    try:
        yield
    finally:
        _change(server, "ALTER TABLE away RENAME TO log_membership")


def _change(server: Server, statement: str) -> None:
    with closing(sqlite3.connect(server.data_dir / "im66.sqlite3", timeout=20)) as connection:
        connection.execute(statement)
        connection.commit()
