"""Redis between processes: what one says the others hear, and what becomes of both when it is away."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Self

import pytest
from pytest_django import Settings

from accounts.limits.outage import Outage
from chat.delivery.cluster import layer
from chat.delivery.cluster.envelopes import (
    Envelopes,
    EphemeralEvent,
    Mark,
    PresenceSnapshot,
    Reading,
    Takeover,
    TakeoverRequest,
)
from chat.delivery.cluster.layer import Announcer, Hearers
from chat.delivery.loop.hub import Hub
from chat.protocol.events import Typing
from log.drafts import Batch
from log.rows import Entry
from testkit.availability import unavailable
from testkit.services import Redis, Unavailable
from tests.support.hubs import new_hub
from tests.support.settings import override

KEY = b"k" * 32
SECONDS = 30.0


@pytest.fixture
def redis(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Redis]:
    """Asked twice a second whether it is there."""
    monkeypatch.setattr(layer, "SILENCE_SECONDS", 0.5)
    monkeypatch.setattr(layer, "ANSWER_SECONDS", 0.5)
    monkeypatch.setattr(layer, "RETRY_SECONDS", 0.1)
    monkeypatch.setitem(layer._OPTIONS, "socket_timeout", 0.5)
    try:
        with Redis() as service:
            override(settings, redis_url=service.url)
            yield service
    except Unavailable as reason:
        unavailable(str(reason))


@asynccontextmanager
async def _process(
    key: bytes = KEY,
    heard: dict[str, int] | None = None,
    name: str = "here",
    takeovers: list[Takeover] | None = None,
    ephemeral_events: list[tuple[str, EphemeralEvent]] | None = None,
) -> AsyncIterator[tuple[Hub, Announcer]]:
    """The part of a process that has to do with Redis."""
    hub = new_hub()
    hear_mark = heard.__setitem__ if heard is not None else lambda *_: None
    hear_takeover = takeovers.append if takeovers is not None else lambda _: None
    ephemeral_events = [] if ephemeral_events is None else ephemeral_events
    hearers = Hearers(hear_mark, hear_takeover, lambda *told: ephemeral_events.append(told))
    announcer = Announcer(hub, key, name, hearers, Outage())
    queues = announcer.events
    runs = (announcer.run_publishing, announcer.run_listening, queues.run_publishing, queues.run_reading)
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(run()) for run in runs]
        yield hub, announcer
        for task in running:
            task.cancel()


async def _until(condition: Callable[[], bool], doing: Callable[[], None] = lambda: None) -> None:
    async with asyncio.timeout(SECONDS):
        while not condition():
            doing()
            await asyncio.sleep(0.05)


def _batch(last: int) -> Batch:
    return Batch(0, (Entry(last, "text", "alice", "bob", "hello", "", 0),))


def _counted(caplog: pytest.LogCaptureFixture) -> Callable[[str], int]:
    return lambda words: sum(words in record.getMessage() for record in caplog.records)


async def test_what_one_says_those_with_the_same_key_hear(redis: Redis) -> None:
    async with _process() as (_, one), _process() as (hub, _), _process(b"x" * 32) as (stranger, _):
        await _until(lambda: hub.cursor == 7, doing=lambda: one.publish(_batch(7)))
        assert stranger.cursor == 0


async def test_a_letter_reaches_the_process_it_is_for(redis: Redis) -> None:
    here: list[Takeover] = []
    there: list[Takeover] = []
    async with (
        _process(name="here", takeovers=here) as (_, one),
        _process(name="there", takeovers=there),
        _process(b"x" * 32, name="there", takeovers=here),
    ):
        takeover = TakeoverRequest("here", 1, "bob", 1)
        async with asyncio.timeout(SECONDS):
            while not await one.write("there", takeover):
                await asyncio.sleep(0.05)
        await _until(lambda: bool(there))
        assert there == [takeover]
        assert not here


async def test_a_letter_to_nobody_is_told_of(redis: Redis) -> None:
    async with _process() as (_, one):
        assert not await one.write("gone", TakeoverRequest("here", 1, "bob", 1))
        redis.stop()
        assert not await one.write("here", TakeoverRequest("here", 1, "bob", 1))


async def test_so_they_do_of_those_who_said_goodbye(redis: Redis) -> None:
    heard: dict[str, int] = {}
    elsewhere: dict[str, int] = {}
    async with _process() as (_, one), _process(heard=heard), _process(b"x" * 32, elsewhere):
        await _until(lambda: heard == {"bob": 7}, doing=lambda: one.publish(Mark("bob", 7)))
        assert elsewhere == {}


async def test_whispers_reach_those_with_the_same_key(redis: Redis) -> None:
    here: list[tuple[str, EphemeralEvent]] = []
    there: list[tuple[str, EphemeralEvent]] = []
    elsewhere: list[tuple[str, EphemeralEvent]] = []
    typing = Typing("alice", "bob")
    async with (
        _process(name="here", ephemeral_events=here) as (_, one),
        _process(name="there", ephemeral_events=there),
        _process(b"x" * 32, name="there", ephemeral_events=elsewhere),
    ):
        await _until(lambda: ("here", typing) in there, doing=lambda: one.events.post(typing))
        snapshot = PresenceSnapshot(1, 0, is_last=True, userids=["alice"])
        one.events.post(snapshot, "there")
        await _until(lambda: ("here", snapshot) in there)
        assert here == elsewhere == []


async def test_threads_without_sockets_tell_events_as_well(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layer, "_envelopes_for_threads", lambda: Envelopes(KEY))
    heard: list[tuple[str, EphemeralEvent]] = []
    reading = Reading("alice", "bob", 7, is_shared=True)
    async with _process(ephemeral_events=heard):
        async with asyncio.timeout(SECONDS):
            while not heard:
                await asyncio.to_thread(layer.tell_from_thread, reading)
                await asyncio.sleep(0.05)
        assert heard[0] == ("", reading)


async def test_a_batch_passes_all_events_that_wait(redis: Redis) -> None:
    heard: list[tuple[str, EphemeralEvent]] = []
    async with _process() as (_, one), _process(ephemeral_events=heard) as (hub, other):
        await _until(lambda: hub.cursor == 1, doing=lambda: one.publish(_batch(1)))
        # So many that reading them takes a while.
        sealed = Envelopes(KEY).close_events("there", [Typing("alice", "bob")])
        for _ in range(1000):
            other.events.arrive(sealed)
        one.publish(_batch(2))
        await _until(lambda: hub.cursor == 2)
        await _until(lambda: len(heard) == 1000)


@pytest.mark.parametrize("loses", ["publish", "pubsub"])
async def test_it_ends_also_if_the_client_loses_the_cancellation(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, loses: str
) -> None:
    override(settings, redis_url="redis://127.0.0.1:1/0")
    client = LosesCancellations()
    announcer = Announcer(new_hub(), KEY, "here", Hearers(print, print, print))
    monkeypatch.setattr(announcer._redis, "publish", client.wait)
    monkeypatch.setattr(announcer._redis, "pubsub", lambda: client)
    announcer.publish(_batch(1))
    run = announcer.run_publishing if loses == "publish" else announcer.run_listening
    running = asyncio.create_task(run())
    async with asyncio.timeout(SECONDS):
        await client.waits.wait()
        running.cancel()
        await asyncio.wait([running])
    assert running.cancelled()


class LosesCancellations:
    """A client of Redis that waits until it is cancelled, and then goes on as if it were not."""

    def __init__(self) -> None:
        self.waits = asyncio.Event()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def subscribe(self, *topics: str) -> None:
        await self.wait()

    async def get_message(self, **_: float) -> dict[str, str]:
        await asyncio.sleep(0)
        return {"type": "pong"}

    async def wait(self, *_: object) -> None:
        self.waits.set()
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()


@pytest.mark.slow
@pytest.mark.parametrize("way", ["stopped", "standing still"])
async def test_it_goes_away_and_comes_back(redis: Redis, way: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "accounts.limits.outage")
    counted = _counted(caplog)
    async with _process() as (_, one), _process() as (hub, _):
        await _until(lambda: hub.cursor == 1, doing=lambda: one.publish(_batch(1)))
        await _away(redis, way)
        # Each of the two, and though one of them has much to say.
        await _until(lambda: counted("Redis is away") == 2, doing=lambda: one.publish(_batch(2)))
        for _ in range(20):
            one.publish(_batch(2))
            await asyncio.sleep(0.05)
        assert (counted("Redis is away"), counted("Redis is back")) == (2, 0)
        await _back(redis, way)
        await _until(lambda: counted("Redis is back") == 2)
        await _until(lambda: hub.cursor == 3, doing=lambda: one.publish(_batch(3)))
        assert (counted("Redis is away"), counted("Redis is back")) == (2, 2)
    assert not [record for record in caplog.records if record.exc_info]


async def _away(redis: Redis, way: str) -> None:
    await _in_thread(redis.stop if way == "stopped" else lambda: redis.send_signal(signal.SIGSTOP))


async def _back(redis: Redis, way: str) -> None:
    await _in_thread(redis.start if way == "stopped" else lambda: redis.send_signal(signal.SIGCONT))


def _in_thread(call: Callable[[], None]) -> Awaitable[None]:
    return asyncio.to_thread(call)
