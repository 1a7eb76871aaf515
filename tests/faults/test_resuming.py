"""Clients of the JSON dialect lose nothing, get nothing twice, and store nothing twice, whatever breaks.

Neither do the phones in their group, but for what was sent just before a connection broke."""

import asyncio
import signal
from contextlib import AsyncExitStack
from functools import partial

import pytest
import redis

from testkit.device import Device
from testkit.forwarder import Forwarder
from testkit.phone import Phone
from testkit.server import Server
from tests.conftest import MakeServer
from tests.faults.conftest import Cluster, MakeServers
from tests.faults.resuming import Conversation
from tests.support.waiting import until
from tests.wire.conftest import Cast, cast

__all__ = ["cast"]

LOSSY = {"DJANGO_SETTINGS_MODULE": "tests.faults.lossy_settings"}
RESTARTED = 1012
# A client that hears nothing for so long takes its connection for dead.
PATIENCE = 1.5
# Together far more than sockets and queues may hold.
LARGE, MANY = "x" * 60_000, 120


def _ended(server: Server) -> int:
    """With what exit code it ended when it was asked to."""
    server.terminate()
    return server.exit_code


async def test_killed_server_loses_nothing(make_server: MakeServer, people: list[str]) -> None:
    server = make_server()
    async with Conversation([server], people, is_busy=True) as conversation:
        for _ in range(2):
            await asyncio.to_thread(server.kill)
            await asyncio.to_thread(server.start)
            await conversation.until_received(12)
        await conversation.check()


@pytest.mark.promise("json-27")
@pytest.mark.core
async def test_kill_of_a_process_loses_nothing(pair: Cluster, people: list[str]) -> None:
    async with Conversation(pair.servers, people, is_busy=True) as conversation:
        for server in pair.servers:
            await asyncio.to_thread(server.kill)
            await conversation.until_received(8)
            await asyncio.to_thread(server.start)
            await conversation.until_received(8)
        await conversation.check()


@pytest.mark.wide
async def test_frozen_process_continues_without_loss(pair: Cluster, people: list[str]) -> None:
    """What it was writing blocks nobody. It does late what its clients had sent it before they gave it up, so
    their changes may be overtaken: these write messages alone."""
    async with Conversation(pair.servers, people, patience=5.0, has_phones=False) as conversation:
        await conversation.until_received(8)
        pair.servers[0].signal(signal.SIGSTOP)
        await conversation.until_received(8)
        await asyncio.sleep(30)
        pair.servers[0].signal(signal.SIGCONT)
        await conversation.until_received(8)
        await conversation.check()


async def test_restart_of_a_process_refuses_nothing(pair: Cluster, people: list[str]) -> None:
    """Whoever is on it is told to come back, and nothing is refused."""
    async with Conversation(pair.servers, people, is_busy=True) as conversation:
        for server in pair.servers:
            assert await asyncio.to_thread(_ended, server) == 0
            await conversation.until_received(8)
            await asyncio.to_thread(server.start)
            await conversation.until_received(8)
        await conversation.check()
        assert {code for person in conversation.everybody for code in person.closed} == {RESTARTED}
        assert not any(person.refused for person in conversation.everybody)


@pytest.mark.core
async def test_postgresql_restart_during_commits_loses_nothing(pair: Cluster, people: list[str]) -> None:
    async with Conversation(pair.servers, people, is_busy=True) as conversation:
        for _ in range(2):
            await asyncio.to_thread(pair.postgres.stop)
            await asyncio.to_thread(pair.postgres.start)
            await conversation.until_received(15)
        await conversation.check()
        assert not any(person.closed for person in conversation.everybody), "sockets outlive the database"


async def test_silent_postgresql_loses_nothing(pair: Cluster, people: list[str]) -> None:
    async with Conversation(pair.servers, people, is_busy=True) as conversation:
        with pair.postgres.silent():
            await asyncio.sleep(3)
        await conversation.until_received(15)
        await conversation.check()


@pytest.mark.promise("routing-6")
@pytest.mark.core
async def test_redis_restart_flush_and_pause_lose_nothing(pair: Cluster, people: list[str]) -> None:
    async with Conversation(pair.servers, people, is_busy=True) as conversation:
        await asyncio.to_thread(pair.redis.stop)
        await conversation.until_received(8)
        await asyncio.to_thread(pair.redis.start)
        await conversation.until_received(8)
        with redis.Redis(port=pair.redis.port) as client:
            client.flushall()
        pair.redis.send_signal(signal.SIGSTOP)
        await conversation.until_received(8)
        pair.redis.send_signal(signal.SIGCONT)
        await conversation.until_received(8)
        await conversation.check()
        assert conversation.was_undisturbed
    for server in pair.servers:
        await asyncio.to_thread(until, partial(_says, server, "Redis is back"))
        text = server.log.read_text()
        assert (text.count("Redis is away"), text.count("Redis is back")) == (1, 1)
        assert "Traceback" not in text


def _says(server: Server, words: str) -> bool:
    return words in server.log.read_text()


async def test_redis_losing_one_packet_in_ten_loses_nothing(
    make_servers: MakeServers, people: list[str]
) -> None:
    servers = make_servers(LOSSY, LOSSY)
    async with Conversation(servers, people, is_busy=True) as conversation:
        await conversation.until_received(20)
        await conversation.check()
        assert conversation.was_undisturbed


async def test_message_lost_by_redis_is_found_by_polling(make_servers: MakeServers) -> None:
    """Each of them is alone: what Redis loses of them, only polling finds."""
    settings = {**LOSSY, "IM66_POLL_SECONDS": "0.2"}
    here, there = make_servers(settings, settings)
    async with Phone(here.entry, "alice") as alice, Phone(there.entry, "bob") as bob:
        for number in range(30):
            await alice.text("bob", str(number))
            assert (await bob.message()).content == str(number)


async def test_silently_dead_connections_lose_nothing(pair: Cluster, people: list[str]) -> None:
    """Nothing passes on them any more, either way, and neither end is told."""
    async with AsyncExitStack() as running:
        ways = [await running.enter_async_context(Forwarder(server.port)) for server in pair.servers]
        entries = [f"ws://127.0.0.1:{way.port}/entry" for way in ways]
        conversation = await running.enter_async_context(
            Conversation(pair.servers, people, entries=entries, is_busy=True, patience=PATIENCE)
        )
        for _ in range(2):
            for way in ways:
                way.fall_silent()
            await conversation.until_received(15)
        await conversation.check()
        assert all(client.connections > 2 for client in conversation.clients)


async def test_resend_after_an_unread_reply_is_stored_once(pair: Cluster, cast: Cast) -> None:
    here, there = pair.servers
    message = {"to": f"u:{cast.bob}", "kind": "text", "content": "hello", "cid": f"c-{cast.alice}"}
    async with Device(there.entry, cast.bob) as bob, Device(there.entry, cast.alice) as browser:
        async with Device(here.entry, cast.alice) as alice:
            since = alice.welcome["head"]
            alice.socket.transport.pause_reading()
            await alice.command("send", **message)
            id_ = (await bob.event())["id"]
            alice.vanish()
        async with Device(there.entry, cast.alice, since=since) as alice:
            assert [event["id"] for event in alice.backlog] == [id_]
            for device in (alice, browser, alice):
                assert (await device.call("send", **message))["id"] == id_
        assert (await browser.event())["id"] == id_
        assert await browser.receives_nothing()
        assert await bob.receives_nothing()


async def test_devices_that_stop_reading_miss_no_message(pair: Cluster, cast: Cast) -> None:
    """One reads again, the other one's connection breaks: both get the rest of it, once."""
    here, there = pair.servers
    async with (
        Device(here.entry, cast.alice) as alice,
        Device(there.entry, cast.bob) as sound,
        Device(there.entry, cast.bob) as stalled,
        Device(there.entry, cast.bob) as broken,
    ):
        devices = (stalled, broken)
        first = await alice.text(f"u:{cast.bob}", "before")
        assert [(await device.event())["id"] for device in (sound, *devices)] == [first] * 3
        for device in devices:
            device.socket.transport.pause_reading()
        ids = []
        for _ in range(MANY):
            ids.append(await alice.text(f"u:{cast.bob}", LARGE))
            assert (await sound.event())["id"] == ids[-1]
        stalled.socket.transport.resume_reading()
        assert [event["id"] for event in await stalled.events(MANY)] == ids
        assert await stalled.receives_nothing()
        broken.vanish()
        async with Device(here.entry, cast.bob, since=first) as back:
            assert [event["id"] for event in back.backlog] == ids
            assert await back.receives_nothing()
