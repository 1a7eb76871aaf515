"""The channel layer between processes: what one sends the others receive, also after Redis was away."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from channels.layers import InMemoryChannelLayer, channel_layers
from pytest_django import Settings

from accounts.limits.outage import Outage
from accounts.redis_hosts import layer_hosts
from chat.delivery.cluster import layer
from chat.delivery.cluster.installation import group_name
from chat.delivery.cluster.layer import Announcer
from chat.delivery.cluster.messages import (
    Goodbye,
    Mark,
    Message,
    Payload,
    PresenceDelta,
    PresenceSnapshot,
    Reading,
    TakeoverRequest,
    decode,
)
from chat.delivery.loop.hub import Hub
from chat.protocol.events import Typing
from log.drafts import Batch
from log.rows import Entry
from testkit.availability import running
from testkit.services import Redis
from tests.support.hubs import new_hub

KEY = b"k" * 32
SECONDS = 30.0


class Layer(InMemoryChannelLayer):  # type: ignore[misc]
    """Notes what is sent. The next `failures` calls fail, and none ends before `may_send`."""

    def __init__(self) -> None:
        super().__init__(capacity=5000)
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.failures = 0
        self.may_send = asyncio.Event()
        self.may_send.set()

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        await self.may_send.wait()
        if self.failures:
            self.failures -= 1
            raise ConnectionError("away")
        self.sent.append((group, message))
        await super().group_send(group, message)

    def packets(self) -> list[list[Payload]]:
        """The messages that were sent, but for beats."""
        results = [[decode(each) for each in packet["messages"]] for _, packet in self.sent]
        return [packet for messages in results if (packet := [each for each in messages if each != BEAT])]


class Process:
    """The part of a process that has to do with the layer."""

    def __init__(self, name: str, key: bytes) -> None:
        self.name = name
        self.hub: Hub = new_hub()
        self.received: list[tuple[str, Message]] = []
        self.met: set[str] = set()
        # Where the hub was when each of them came.
        self.cursors: list[int] = []
        self.announcer = Announcer(self.hub, key, name, self._receive, Outage())
        self.post = self.announcer.post

    def _receive(self, process: str, message: Message) -> None:
        if isinstance(message, Mark) and message.userid == "trouble":
            raise RuntimeError(message.userid)
        if isinstance(message, PresenceDelta):
            self.met.add(process)
        else:
            self.received.append((process, message))
            self.cursors.append(self.hub.cursor)

    async def beat(self) -> None:
        while True:
            self.post(BEAT)
            await asyncio.sleep(0.05)


BEAT = PresenceDelta(0, [], [])


@asynccontextmanager
async def processes(*names: str, key: bytes = KEY) -> AsyncIterator[list[Process]]:
    """Inside the block each receives what the others send."""
    results = {name: Process(name, key) for name in names}
    runs = [run for each in results.values() for run in (each.announcer.run, each.beat)]
    tasks = [asyncio.create_task(run()) for run in runs]
    try:
        for name, process in results.items():
            await until(lambda: process.met >= results.keys() - {name})  # noqa: B023
        yield list(results.values())
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def until(condition: Callable[[], bool], doing: Callable[[], None] = lambda: None) -> None:
    async with asyncio.timeout(SECONDS):
        while not condition():
            doing()
            await asyncio.sleep(0.01)


def batch(last: int) -> Batch:
    return Batch(0, (Entry(last, "text", "alice", "bob", "hello", "", 0),))


def typing(number: int) -> Typing:
    return Typing("alice", f"bob{number}")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[Layer]:
    """A layer in memory, over which several processes of a test may send."""
    monkeypatch.setattr(layer, "PAUSE_SECONDS", 0.001)
    monkeypatch.setattr(layer, "RETRY_SECONDS", 0.01)
    monkeypatch.setattr(layer, "LEAVE_SECONDS", 0.05)
    monkeypatch.setattr(layer, "GOODBYE_SECONDS", 0.05)
    monkeypatch.setattr(layer, "CANCEL_SECONDS", 0.01)
    before = channel_layers.set("default", result := Layer())
    yield result
    channel_layers.set("default", before)


async def test_message_reaches_the_other_processes_of_the_installation(quick: Layer) -> None:
    async with processes("here", "there") as (here, there), processes("there", key=b"x" * 32) as (stranger,):
        here.post(batch(7))
        here.post(Mark("bob", 7))
        here.post(typing(1))
        await until(lambda: there.received == [("here", Mark("bob", 7)), ("here", typing(1))])
        assert (here.hub.cursor, there.hub.cursor, stranger.hub.cursor) == (0, 7, 0)
        assert here.received == stranger.received == []


async def test_message_for_one_process_reaches_no_other(quick: Layer) -> None:
    takeover, snapshot = TakeoverRequest("here", 1, "bob", 1), PresenceSnapshot(1, 0, True, ["alice"])
    async with processes("here", "there", "elsewhere") as (here, there, elsewhere):
        here.post(takeover, "there")
        here.post(snapshot, "there")
        here.post(takeover, "gone")
        await until(lambda: there.received == [("here", takeover), ("here", snapshot)])
        assert elsewhere.received == []


async def test_packet_of_another_group_is_ignored(quick: Layer, caplog: pytest.LogCaptureFixture) -> None:
    """That of a copy of the installation, with the same key of the layer, which somebody sends here again."""
    async with processes("here", "there") as (here, there), processes("here", key=b"x" * 32) as (copy,):
        copy.post(batch(9))
        await until(lambda: quick.packets() == [[batch(9)]])
        _, copied = quick.sent[-1]
        for nonsense in (copied, {}, {"group": group_name(KEY)} | copied, {"messages": 1}):
            await quick.group_send(group_name(KEY), {**nonsense})
        here.post(batch(7))
        await until(lambda: there.hub.cursor == 7)
    assert [record.getMessage()[:17] for record in caplog.records] == ["The channel layer"] * 2


async def test_message_that_cannot_be_applied_holds_up_nothing(
    quick: Layer, caplog: pytest.LogCaptureFixture
) -> None:
    async with processes("here", "there") as (here, there):
        for message in (Mark("trouble", 1), Mark("bob", 2)):
            here.post(message)
        await until(lambda: there.received == [("here", Mark("bob", 2))])
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


async def test_simultaneous_events_share_a_packet_up_to_a_weight(
    quick: Layer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layer, "MAX_PACKET_WEIGHT", 3)
    here = Process("here", KEY)
    delta, snapshot = PresenceDelta(1, ["alice", "bob"], ["charlie"]), PresenceSnapshot(1, 0, True, [])
    events: list[Message] = [*map(typing, range(4)), delta, typing(5)]
    for event in events:
        here.post(event)
    here.post(snapshot, "there")
    here.post(typing(6))
    sending = asyncio.create_task(here.announcer.run())
    await until(lambda: len(quick.packets()) == 5)
    assert quick.packets() == [
        [typing(0), typing(1), typing(2)],
        [typing(3), delta],
        [typing(5)],
        [snapshot],
        [typing(6)],
    ]
    sending.cancel()


async def test_batch_overtakes_waiting_events(quick: Layer) -> None:
    async with processes("here", "there") as (here, there):
        for number in range(500):
            there.announcer._accept(layer._packet("here", group_name(KEY), [typing(number)]))
        here.post(batch(2))
        await until(lambda: len(there.received) == 500)
        assert (there.cursors[0], there.cursors[-1]) == (0, 2)


async def test_queues_of_events_are_bounded(quick: Layer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layer, "MAX_WAITING", 3)
    here = Process("here", KEY)
    for number in range(10):
        here.post(typing(number))
        here.announcer._accept(layer._packet("there", group_name(KEY), [typing(number)]))
    sending = asyncio.create_task(here.announcer.run())
    await until(lambda: len(quick.packets()) == 1 and len(here.received) == 3)
    await asyncio.sleep(0.02)
    assert quick.packets() == [[typing(0), typing(1), typing(2)]]
    assert len(here.received) == 3
    sending.cancel()


async def test_unsent_typing_events_are_dropped(quick: Layer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layer, "MAX_PACKET_WEIGHT", 1)
    lost, reading = Reading("alice", "bob", 7, is_shared=True), Reading("alice", "bob", 8, is_shared=True)
    quick.failures = 1
    here = Process("here", KEY)
    for event in (lost, typing(1), reading):
        here.post(event)
    sending = asyncio.create_task(here.announcer.run())
    await until(lambda: quick.packets() == [[reading]])
    sending.cancel()


async def test_takeovers_for_one_process_share_packets_while_one_is_sent(quick: Layer) -> None:
    here = Process("here", KEY)
    takeovers = [TakeoverRequest("here", number, "bob", 1) for number in range(20)]
    quick.may_send.clear()
    sending = asyncio.create_task(here.announcer.run())
    for takeover in takeovers:
        here.post(takeover, "there")
        await asyncio.sleep(0)
    quick.may_send.set()
    await until(lambda: sum(map(len, quick.packets())) == 20)
    assert len(quick.packets()) < 5
    sending.cancel()


async def test_silent_channel_layer_is_joined_again(quick: Layer, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has forgotten who listens, as when a connection is half open."""
    monkeypatch.setattr(layer, "SILENCE_SECONDS", 0.2)
    async with processes("here", "there") as (here, there):
        quick.groups.clear()
        await until(lambda: there.hub.cursor == 7, doing=lambda: here.post(batch(7)))


async def test_process_that_ends_says_goodbye(quick: Layer) -> None:
    async with processes("here") as (here,):
        async with processes("there"):
            await until(lambda: bool(here.met))
        assert ("there", Goodbye()) in here.received


async def test_announcer_ends_although_the_layer_loses_cancellations(
    quick: Layer, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits, losses = asyncio.Event(), iter(range(3))

    async def lose(*_: object) -> None:
        waits.set()
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                if next(losses, None) is None:
                    raise

    monkeypatch.setattr(quick, "group_send", lose)
    here = Process("here", KEY)
    here.post(batch(1))
    run = asyncio.create_task(here.announcer.run())
    async with asyncio.timeout(SECONDS):
        await waits.wait()
        run.cancel()
        await asyncio.wait([run])
    assert run.cancelled()


@pytest.fixture
def redis(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Redis]:
    """A layer over a real Redis, encrypted as in production, that is given up soon."""
    monkeypatch.setattr(layer, "SILENCE_SECONDS", 1.0)
    monkeypatch.setattr(layer, "LEAVE_SECONDS", 1.0)
    monkeypatch.setattr(layer, "RETRY_SECONDS", 0.1)
    monkeypatch.setattr("accounts.redis_hosts.ANSWER_SECONDS", 0.5)
    with running(Redis()) as service:
        settings.CHANNEL_LAYERS = {
            "default": {
                "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
                "CONFIG": {"hosts": layer_hosts(service.url), "symmetric_encryption_keys": ["secret"]},
            }
        }
        yield service


async def test_process_without_sockets_sends_from_threads(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layer, "_group_for_threads", lambda: group_name(KEY))
    reading = Reading("alice", "bob", 7, is_shared=True)
    async with processes("here", "there") as (here, _):
        await asyncio.to_thread(layer.send_from_thread, reading)
        await until(lambda: here.received == [("", reading)])


async def test_channel_layer_works_with_several_redis_hosts(redis: Redis, settings: Settings) -> None:
    with running(Redis()) as other:
        urls = redis.url.replace("/0", f",127.0.0.1:{other.port}/0")
        settings.CHANNEL_LAYERS["default"]["CONFIG"]["hosts"] = layer_hosts(urls)
        names = [f"process{number}" for number in range(4)]
        async with processes(*names) as (here, *others):
            here.post(batch(7))
            for process in others:
                here.post(Mark("bob", 7), process.name)
            await until(lambda: all(each.hub.cursor == 7 and each.received for each in others))


@pytest.mark.slow
@pytest.mark.parametrize("way", ["stopped", "standing still"])
async def test_announcer_recovers_after_a_redis_outage(
    redis: Redis, way: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "accounts.limits.outage")

    def counted(words: str) -> int:
        return sum(words in record.getMessage() for record in caplog.records)

    async with processes("here", "there") as (here, there):
        await until(lambda: there.hub.cursor == 1, doing=lambda: here.post(batch(1)))
        if way == "stopped":
            await asyncio.to_thread(redis.stop)
        else:
            redis.send_signal(signal.SIGSTOP)
        await until(lambda: counted("Redis is away") == 2)
        await asyncio.sleep(1)
        assert (counted("Redis is away"), counted("Redis is back")) == (2, 0)
        if way == "stopped":
            await asyncio.to_thread(redis.start)
        else:
            redis.send_signal(signal.SIGCONT)
        await until(lambda: counted("Redis is back") == 2)
        await until(lambda: there.hub.cursor == 3, doing=lambda: here.post(batch(3)))
        assert (counted("Redis is away"), counted("Redis is back")) == (2, 2)
    assert not [record for record in caplog.records if record.exc_info]
