"""The server process is asked to end (SIGTERM)."""

import asyncio
import urllib.request

import psycopg
import pytest

from log import log_end
from testkit.phone import Phone
from testkit.phone_apps import Android17, IPhone
from testkit.server import Server
from tests.conftest import MakeServer
from tests.faults.conftest import MakeServers, Services
from tests.support.hurried import hurried

ACCEPTED = [str(number) for number in range(3000)]


async def _accepted(alice: Phone) -> None:
    """Send them all and make sure that the server has read them: it answers a ping in its turn."""
    for content in ACCEPTED:
        await alice.text("bob", content)
    await (await alice.socket.ping())


@pytest.mark.promise("delivery-18")
@pytest.mark.core
async def test_accepted_messages_are_stored_on_sigterm(make_server: MakeServer) -> None:
    server = make_server()
    async with Phone(server.entry, "alice") as alice:
        await _accepted(alice)
        server.terminate()
        assert await alice.close_code() == 1012
    assert await asyncio.to_thread(lambda: server.exit_code) == 0
    assert server.stored() == ACCEPTED


@pytest.mark.promise("delivery-18")
async def test_client_that_answered_the_close_gets_nothing_twice(make_server: MakeServer) -> None:
    server = make_server()
    async with Phone(server.entry, "alice") as alice, Phone(server.entry, "bob") as bob:
        await alice.text("bob", "before the restart")
        assert await bob.contents(1) == ["before the restart"]
        server.terminate()
        assert await bob.close_code() == 1012
        assert await alice.close_code() == 1012
    assert await asyncio.to_thread(lambda: server.exit_code) == 0
    server.start()
    async with Phone(server.entry, "bob") as again:
        assert await again.receives_nothing()


@pytest.mark.promise("delivery-18")
async def test_unanswering_client_gets_messages_again_after_a_restart(make_server: MakeServer) -> None:
    server = make_server()
    async with Phone(server.entry, "alice") as alice, Phone(server.entry, "bob") as bob:
        await alice.text("bob", "before the restart")
        assert await bob.contents(1) == ["before the restart"]
        bob.vanish()
        server.terminate()
        assert await alice.close_code() == 1012
    assert await asyncio.to_thread(lambda: server.exit_code) == 0
    server.start()
    async with Phone(server.entry, "bob") as again:
        assert await again.contents(1) == ["before the restart"]


@pytest.mark.promise("delivery-17")
async def test_shipped_app_gets_nothing_twice_after_a_restart(make_server: MakeServer) -> None:
    """To the library of the Android app, code 1012 is a violation."""
    server = make_server(IM66_CLIENTS="shipped")
    async with Phone(server.entry, "alice") as alice, Android17(server.entry, "bob") as bob:
        await alice.text("bob", "long ago")
        await bob.shows(1)
        await asyncio.sleep(1.5)
        await alice.text("bob", "just now")
        await bob.shows(2)
        server.terminate()
        await asyncio.to_thread(lambda: server.exit_code)
        await asyncio.to_thread(server.start)
        async with Phone(server.entry, "alice") as again:
            await again.text("bob", "after the restart")
        await bob.shows(3)
        assert bob.contents == ["long ago", "just now", "after the restart"]


@pytest.mark.promise("delivery-17")
async def test_messages_during_the_shutdown_are_stored(make_server: MakeServer) -> None:
    server = make_server(IM66_CLIENTS="shipped")
    async with Phone(server.entry, "alice") as alice, IPhone(server.entry, "bob") as bob:
        bob.answers_pings = False
        await alice.text("bob", "keeps the server waiting")
        await bob.shows(1)
        server.terminate()
        await asyncio.sleep(0.3)
        await alice.text("bob", "meanwhile")
        await (await alice.socket.ping())
        assert await alice.close_code() == 1012
        assert bob.contents == ["keeps the server waiting"]
    assert await asyncio.to_thread(lambda: server.exit_code) == 0
    assert server.stored() == ["keeps the server waiting", "meanwhile"]


async def test_terminating_server_stops_listening(make_server: MakeServer) -> None:
    server = make_server()
    assert (await asyncio.to_thread(_get, server)) == 200
    server.terminate()
    assert await asyncio.to_thread(lambda: server.exit_code) == 0
    with pytest.raises(ConnectionRefusedError):
        await Phone(server.entry).connect()
    assert "Traceback" not in server.log.read_text()


async def test_start_on_a_taken_port_is_a_clear_error(make_server: MakeServer) -> None:
    taken = make_server()
    other = Server(taken.data_dir)
    other.port = taken.port
    with pytest.raises(AssertionError, match="cannot be listened on"):
        await asyncio.to_thread(other.start)
    assert other.exit_code == 2


async def test_shutdown_ends_although_the_database_does_not_answer(
    services: Services, make_servers: MakeServers
) -> None:
    """Nothing is half-written, nobody is taken for dead meanwhile, and it says what became of the rest."""
    (server,) = make_servers(
        {"IM66_HEARTBEAT_SECONDS": "3", **hurried(server__shutdown__MAX_WRITE_SECONDS=4)}
    )
    async with Phone(server.entry, "alice") as alice, Phone(server.entry, "bob") as bob:
        await alice.text("bob", "before")
        assert await bob.contents(1) == ["before"]
        with psycopg.connect(services.postgres.url) as standing:
            standing.execute("SELECT pg_advisory_xact_lock(%s)", [log_end.LOCK])
            await alice.text("bob", "never written")
            await (await alice.socket.ping())
            server.terminate()
            assert await asyncio.to_thread(lambda: server.exit_code) == 1
            assert await alice.close_code() == 1012
    assert "The database does not answer." in server.log.read_text()
    assert server.stored() == ["before"]
    server.start()
    async with Phone(server.entry, "alice") as alice, Phone(server.entry, "bob") as bob:
        await alice.text("bob", "after")
        contents = await bob.contents_until("after")
    # How far his delivery had come could not be written either.
    assert contents in (["after"], ["before", "after"])


def _get(server: Server) -> int:
    with urllib.request.urlopen(f"{server.http}/") as reply:
        return int(reply.status)
