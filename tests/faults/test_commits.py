"""A process, or PostgreSQL, ends between the commit of a message and the reply to its sender. Who sends it
again with its cid is answered as if nothing had happened, and everybody is told of it once."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager
from typing import Any, NamedTuple

import pytest

from testkit.availability import unavailable
from testkit.device import Device, Refused
from testkit.server import Server
from testkit.services import Postgres, Redis, Unavailable
from tests.faults.commits import Commits, Lost
from tests.faults.conftest import Services
from tests.faults.dying_settings import LAST_WORDS
from tests.wire.conftest import Cast, cast

__all__ = ["cast"]

DYING = "tests.faults.dying_settings"
RETRY_SECONDS = 0.2


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """On SQLite. It is killed when it has committed LAST_WORDS."""
    server = Server(tmp_path_factory.mktemp("alone"))
    server.prepare()
    server.environment["DJANGO_SETTINGS_MODULE"] = DYING
    server.start()
    yield server
    server.stop()


class Beside(NamedTuple):
    """A process that nothing happens to, and what it stands on."""

    there: Server
    services: Services


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Beside]:
    with ExitStack() as running:
        try:
            services = Services(running.enter_context(Postgres()), running.enter_context(Redis()))
        except Unavailable as reason:
            unavailable(str(reason))
        urls = {"DATABASE_URL": services.postgres.url, "REDIS_URL": services.redis.url}
        there = running.enter_context(Server(tmp_path_factory.mktemp("there"), **urls))
        yield Beside(there, services)


@asynccontextmanager
async def another(
    beside: Beside, tmp_path_factory: pytest.TempPathFactory, **settings: str
) -> AsyncIterator[Server]:
    """Another process of the same installation."""
    urls = {"DATABASE_URL": beside.services.postgres.url, "REDIS_URL": beside.services.redis.url}
    here = Server(tmp_path_factory.mktemp("here"), **{**urls, **settings})
    await asyncio.to_thread(here.start)  # not in the loop, which may be its way to the database
    try:
        yield here
    finally:
        await asyncio.to_thread(here.stop)


def the_words(cast: Cast) -> dict[str, Any]:
    return {"to": f"u:{cast.bob}", "kind": "text", "content": LAST_WORDS, "cid": f"c-{cast.alice}"}


async def send_until_stored(device: Device, message: dict[str, Any]) -> int:
    """Its id, asked for again as long as the database is away."""
    while True:
        try:
            return int((await device.call("send", **message))["id"])
        except Refused as refused:
            if refused.error != (503, "try_again"):
                raise
            await asyncio.sleep(RETRY_SECONDS)


def stored(server: Server, cast: Cast) -> list[Any]:
    """The ids of what Alice sent."""
    return server.query(f"SELECT id FROM log_message WHERE sender_id = '{cast.alice}' ORDER BY id")


async def check_once(server: Server, cast: Cast, id_: int, since: int) -> None:
    """One row is stored, and who comes back to the server is told of it once."""
    assert await asyncio.to_thread(stored, server, cast) == [(id_,)]
    for userid in (cast.alice, cast.bob):
        async with Device(server.entry, userid, since=since) as back:
            assert [event["id"] for event in back.backlog] == [id_]
            assert await back.receives_nothing()
        async with Device(server.entry, userid, since=id_) as back:
            assert back.backlog == []


async def test_message_committed_before_a_kill_is_delivered_once(alone: Server, cast: Cast) -> None:
    """Killed between the two: nobody was told, and all is stored."""
    message = the_words(cast)
    async with Device(alone.entry, cast.alice) as alice, Device(alone.entry, cast.bob) as bob:
        since = bob.welcome["head"]
        command = await alice.command("send", **message)
        assert await alice.close_code() is None
        assert not alice.answered([command])
        assert await bob.close_code() is None
    assert await asyncio.to_thread(lambda: alone.exit_code) == -signal.SIGKILL
    await asyncio.to_thread(alone.start)
    async with (
        Device(alone.entry, cast.alice, since=since) as alice,
        Device(alone.entry, cast.alice, since=since) as browser,
        Device(alone.entry, cast.bob, since=since) as bob,
    ):
        id_ = bob.backlog[0]["id"]
        for device in (alice, alice, browser):
            assert (await device.call("send", **message))["id"] == id_
        assert [event["cid"] for event in browser.backlog] == [message["cid"]]
        assert len(bob.backlog) == 1
        assert await bob.receives_nothing()
        assert await browser.receives_nothing()
    await check_once(alone, cast, id_, since)


async def test_reaction_committed_before_a_kill_is_not_repeated(alone: Server, cast: Cast) -> None:
    async with Device(alone.entry, cast.alice) as alice, Device(alone.entry, cast.bob) as bob:
        target = await alice.text(f"u:{cast.bob}", "before")
        await bob.command("react", target=target, emoji=LAST_WORDS)
        assert await bob.close_code() is None
    await asyncio.to_thread(lambda: alone.exit_code)
    await asyncio.to_thread(alone.start)
    async with (
        Device(alone.entry, cast.alice, since=target) as alice,
        Device(alone.entry, cast.bob, since=target) as bob,
    ):
        (event,) = alice.backlog
        for _ in range(2):
            assert await bob.call("react", target=target, emoji=LAST_WORDS) == {"id": event["id"]}
        assert await alice.receives_nothing()


async def test_message_committed_before_a_kill_is_answered_by_the_other_process(
    beside: Beside, tmp_path_factory: pytest.TempPathFactory, cast: Cast
) -> None:
    """It has heard nothing of the message but from the database."""
    there, message = beside.there, the_words(cast)
    async with (
        another(beside, tmp_path_factory, DJANGO_SETTINGS_MODULE=DYING) as here,
        Device(here.entry, cast.alice) as alice,
        Device(there.entry, cast.alice) as browser,
        Device(there.entry, cast.bob) as bob,
    ):
        since = bob.welcome["head"]
        await alice.command("send", **message)
        assert await alice.close_code() is None
        assert await asyncio.to_thread(lambda: here.exit_code) == -signal.SIGKILL
        async with Device(there.entry, cast.alice) as again:
            id_ = await send_until_stored(again, message)
        for device in (bob, browser):
            assert (await device.event())["id"] == id_
            assert await device.receives_nothing()
        await check_once(there, cast, id_, since)


@pytest.mark.parametrize("lost", Lost)
async def test_postgresql_crash_during_the_commit_stores_the_message_once(
    beside: Beside, tmp_path_factory: pytest.TempPathFactory, cast: Cast, lost: Lost
) -> None:
    """It crashes and starts again, and has the message or not. Alice cannot know, and neither can the process
    that she asked; so she asks again."""
    there, postgres, message = beside.there, beside.services.postgres, the_words(cast)
    results: list[Any] = []

    def crash() -> None:
        postgres.send_signal(signal.SIGQUIT)
        postgres.stop()
        postgres.start()
        results.extend(stored(there, cast))

    async with (
        Commits(postgres.port, LAST_WORDS, lost, crash) as between,
        another(beside, tmp_path_factory, DATABASE_URL=between.url) as here,
        Device(here.entry, cast.alice) as alice,
        Device(there.entry, cast.alice) as browser,
        Device(here.entry, cast.bob) as bob,
        Device(there.entry, cast.bob) as elsewhere,
    ):
        since = bob.welcome["head"]
        assert await alice.refusal("send", **message) == (503, "try_again")
        assert between.has_happened
        id_ = await send_until_stored(alice, message)
        assert results == ([(id_,)] if lost is Lost.ANSWER else [])
        assert await send_until_stored(alice, message) == id_
        for device in (browser, bob, elsewhere):
            assert (await device.event())["id"] == id_
            assert await device.receives_nothing()
        assert await send_until_stored(browser, message) == id_
        await check_once(here, cast, id_, since)
        await check_once(there, cast, id_, since)
