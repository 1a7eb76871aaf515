"""The queues of ephemeral events between processes: they are bounded, and what is dropped delays nobody."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from chat.delivery.cluster import ephemeral_bus as module
from chat.delivery.cluster.envelopes import (
    Envelopes,
    EphemeralEvent,
    PresenceDelta,
    PresenceSnapshot,
    Reading,
)
from chat.delivery.cluster.ephemeral_bus import EphemeralBus
from chat.protocol.events import Typing

OURS, THEIRS = Envelopes(b"o" * 32), Envelopes(b"t" * 32)
SECONDS = 10.0


class Process:
    """One side of the queues, with a Redis that may fail."""

    def __init__(self, name: str = "here") -> None:
        self.published: list[tuple[str, bytes]] = []
        self.heard: list[tuple[str, EphemeralEvent]] = []
        self.nonsense = 0
        # How many attempts to publish fail.
        self.failures = 0
        self.may_publish = asyncio.Event()
        self.may_publish.set()
        self.queues = EphemeralBus(name, OURS, self._publish, self._hear, self._say_of_nonsense)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(run()) for run in (self.queues.run_publishing, self.queues.run_reading)]
        yield
        for task in tasks:
            task.cancel()

    def said(self) -> list[EphemeralEvent]:
        return [event for _, data in self.published for event in OURS.open_events(data)[1]]

    async def _publish(self, topic: str, data: bytes) -> bool:
        await self.may_publish.wait()
        if self.failures:
            self.failures -= 1
            return False
        self.published.append((topic, data))
        return True

    def _hear(self, process: str, event: EphemeralEvent) -> None:
        if isinstance(event, Typing) and event.userid == "trouble":
            raise RuntimeError(event.userid)
        self.heard.append((process, event))

    def _say_of_nonsense(self) -> None:
        self.nonsense += 1


@pytest.fixture
async def here(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Process]:
    monkeypatch.setattr(module, "PAUSE_SECONDS", 0.001)
    process = Process()
    async with process.running():
        yield process


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(SECONDS):
        while not condition():
            await asyncio.sleep(0.001)


def typing(number: int) -> Typing:
    return Typing("alice", f"bob{number}")


async def test_an_event_reaches_the_other_process(here: Process) -> None:
    there = Process("there")
    here.queues.post(typing(1))
    await until(lambda: bool(here.published))
    ((topic, data),) = here.published
    assert topic in there.queues.topics
    async with there.running():
        there.queues.arrive(data)
        await until(lambda: there.heard == [("here", typing(1))])


async def test_those_of_a_moment_go_together(here: Process) -> None:
    for number in range(10):
        here.queues.post(typing(number))
    await until(lambda: len(here.said()) == 10)
    assert len(here.published) == 1


async def test_but_not_too_many(here: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_PACKET_WEIGHT", 3)
    for number in range(4):
        here.queues.post(typing(number))
    here.queues.post(PresenceDelta(1, ["alice", "bob"], ["charlie"]))
    here.queues.post(typing(5))
    await until(lambda: len(here.said()) == 6)
    assert [len(OURS.open_events(data)[1]) for _, data in here.published] == [3, 2, 1]


async def test_some_are_for_one_process_alone(here: Process) -> None:
    snapshot = PresenceSnapshot(1, 0, is_last=True, userids=["alice"])
    here.queues.post(typing(1))
    here.queues.post(snapshot, "there")
    here.queues.post(typing(2))
    await until(lambda: len(here.published) == 3)
    assert here.said() == [typing(1), snapshot, typing(2)]
    topic = here.published[1][0]
    assert topic in Process("there").queues.topics
    assert topic not in Process("elsewhere").queues.topics


async def test_a_process_does_not_hear_itself(here: Process) -> None:
    here.queues.arrive(OURS.close_events("here", [typing(1)]))
    here.queues.arrive(OURS.close_events("", [typing(2)]))
    await until(lambda: here.heard == [("", typing(2))])


async def test_what_strangers_forge_is_ignored(here: Process) -> None:
    for forged in (b"", b"x" * 100, THEIRS.close_events("there", [typing(1)])):
        here.queues.arrive(forged)
    here.queues.arrive(OURS.close_events("there", [typing(2)]))
    await until(lambda: here.heard == [("there", typing(2))])
    assert here.nonsense == 3


async def test_what_cannot_be_used_holds_up_nothing(here: Process, caplog: pytest.LogCaptureFixture) -> None:
    here.queues.arrive(OURS.close_events("there", [Typing("trouble", "bob")]))
    here.queues.arrive(OURS.close_events("there", [typing(1)]))
    await until(lambda: here.heard == [("there", typing(1))])
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


async def test_if_too_many_wait_to_be_published_the_new_one_is_dropped(
    here: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "QUEUE", 3)
    monkeypatch.setattr(module, "MAX_PACKET_WEIGHT", 1)
    here.may_publish.clear()
    for number in range(10):
        here.queues.post(typing(number))
    here.may_publish.set()
    await until(lambda: len(here.published) == 3)
    assert here.said() == [typing(0), typing(1), typing(2)]
    here.queues.post(typing(11))
    await until(lambda: here.said()[-1] == typing(11))


async def test_if_too_many_have_arrived_the_new_one_is_dropped(
    here: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "QUEUE", 3)
    for number in range(10):
        here.queues.arrive(OURS.close_events("there", [typing(number)]))
    await until(lambda: len(here.heard) == 3)
    here.queues.arrive(OURS.close_events("there", [typing(11)]))
    await until(lambda: here.heard[-1] == ("there", typing(11)))
    assert len(here.heard) == 4


async def test_who_typed_while_redis_was_away_is_not_told_of_later(
    here: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_PACKET_WEIGHT", 1)
    lost, reading = Reading("alice", "bob", 7, is_shared=True), Reading("alice", "bob", 8, is_shared=True)
    here.failures = 1
    for event in (lost, typing(1), reading):
        here.queues.post(event)
    await until(lambda: here.said() == [reading])
    here.queues.post(typing(2))
    await until(lambda: here.said() == [reading, typing(2)])
