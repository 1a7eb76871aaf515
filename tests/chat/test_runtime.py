"""What an event loop needs to run chat, made on first use and ended with the loop."""

import asyncio
import logging
import threading
import time
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from pytest_django import Settings

from accounts.limits.fair_queue import Breaks
from chat.delivery import runtime
from chat.delivery.loop import threads
from chat.delivery.loop.processor import StallMonitor
from chat.delivery.loop.threads import DatabaseThreads
from chat.delivery.runtime import Runtime
from log import positions
from log.appending import Draft, append
from log.models import Group, Message
from tests.support.settings import override

pytestmark = pytest.mark.django_db(transaction=True)
DRAFT = Draft("text", "alice", "bob", "hi", "")


@pytest.fixture
async def run(group: Group, settings: Settings) -> AsyncIterator[Runtime]:
    """Which does not find by polling what it should be told."""
    override(settings, poll_seconds=60)
    yield await runtime.current()
    await runtime.close_current()


async def test_event_loop_has_one_runtime_that_has_caught_up(run: Runtime) -> None:
    assert run.started
    assert run.hub.cursor == await run.threads.read(positions.last_id) > 0
    assert await runtime.current() is run


async def test_writer_connects_before_the_first_write(run: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(_: BaseDatabaseWrapper) -> None:
        raise OperationalError("no descriptor is left")

    monkeypatch.setattr(BaseDatabaseWrapper, "connect", connect)
    batch = (await run.threads.write(partial(append, [DRAFT]))).batch
    assert len(batch.rows) == 1


async def test_concurrent_callers_share_one_runtime(run: Runtime) -> None:
    await runtime.close_current()
    one, other = await asyncio.gather(runtime.current(), runtime.current())
    assert one is other
    assert one.started


async def test_current_starts_a_new_runtime_after_close(run: Runtime) -> None:
    await runtime.close_current()
    assert not run.started
    again = await runtime.current()
    assert (again is run, again.started) == (False, True)


async def test_runtime_closed_right_after_its_start_is_removed(group: Group) -> None:
    begun = await runtime.current()
    await runtime.close_current()
    assert not begun.started
    assert asyncio.get_running_loop() not in runtime._runtimes


async def test_each_event_loop_has_its_own_runtime(run: Runtime) -> None:
    async def other() -> Runtime:
        theirs = await runtime.current()
        await runtime.close_current()
        return theirs

    theirs = await asyncio.to_thread(asyncio.run, other())
    assert theirs is not run
    assert (theirs.started, run.started) == (False, True)


async def test_batch_committed_by_any_thread_reaches_the_hub(run: Runtime) -> None:
    batch = (await run.threads.write(partial(append, [DRAFT]))).batch
    async with asyncio.timeout(5):
        while run.hub.cursor < batch.last:
            await asyncio.sleep(0)


async def test_drain_writes_all_queued_messages(run: Runtime) -> None:
    written = [await run.writer.enqueue(DRAFT, run.hub.cursor) for _ in range(10)]
    await runtime.drain_current()
    assert all(each.done() for each in written)
    assert await run.threads.read(Message.objects.filter(kind="text").count) == 10


async def test_closing_without_a_runtime_does_nothing() -> None:
    await runtime.drain_current()
    await runtime.close_current()
    assert asyncio.get_running_loop() not in runtime._runtimes


async def test_failed_start_is_logged_and_retried(
    group: Group, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away() -> int:
        raise OperationalError("away")

    with monkeypatch.context() as patched:
        patched.setattr(positions, "last_id", away)
        runtime.start_current_soon()
        async with asyncio.timeout(5):
            while not caplog.records:
                await asyncio.sleep(0.01)
    assert (caplog.records[0].levelno, "will be at the first login" in caplog.text) == (logging.ERROR, True)
    begun = await runtime.current()
    assert await begun.threads.read(positions.last_id) == begun.hub.cursor
    await runtime.close_current()


class Reader:
    """A read that takes until it is let go, as of a database that does not answer."""

    def __init__(self) -> None:
        self.began, self.may_end = threading.Event(), threading.Event()

    def read(self) -> int:
        self.began.set()
        self.may_end.wait(10)
        return 0


async def test_closing_threads_does_not_block_the_loop() -> None:
    reader, speaking = Reader(), DatabaseThreads()
    reading = asyncio.create_task(speaking.read(reader.read))
    await asyncio.to_thread(reader.began.wait)
    started = time.monotonic()
    closed = asyncio.wrap_future(speaking.close())
    assert time.monotonic() - started < 5
    assert not closed.done()
    reader.may_end.set()
    await closed
    assert await reading == 0


async def test_cancelled_start_does_not_stop_the_event_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reader = Reader()
    monkeypatch.setattr(positions, "last_id", reader.read)
    starting = asyncio.create_task(Runtime(asyncio.get_running_loop()).start())
    await asyncio.to_thread(reader.began.wait)
    starting.cancel()
    started = time.monotonic()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert time.monotonic() - started < 5
    monkeypatch.undo()
    reader.may_end.set()


async def test_database_connection_is_kept_and_not_from_the_pool() -> None:
    def mine() -> tuple[dict[str, Any], object]:
        positions.last_id()
        return connection.settings_dict["OPTIONS"], connection.connection

    speaking = DatabaseThreads()
    try:
        options, opened = await speaking.write(mine)
        assert "pool" not in options
        assert (await speaking.write(mine))[1] is opened
        await speaking.write(lambda: setattr(threads._thread, "fresh_until", 0.0))
        assert (await speaking.write(mine))[1] is opened
    finally:
        await asyncio.wrap_future(speaking.close())


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps no copies")
async def test_sqlite_append_writes_no_temporary_file() -> None:
    def setting() -> int:
        with connection.cursor() as cursor:
            (value,) = cursor.execute("PRAGMA temp_store").fetchone()
            return int(value)

    in_memory = 2
    speaking = DatabaseThreads()
    try:
        assert await speaking.write(setting) == in_memory
        # What sorts much may need a file.
        assert await speaking.read(setting) != in_memory
    finally:
        await asyncio.wrap_future(speaking.close())


@pytest.mark.slow
async def test_unreachable_database_is_retried_after_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    attempts: list[float] = []

    def away(_: BaseDatabaseWrapper) -> None:
        attempts.append(time.monotonic())
        raise OperationalError("away")

    speaking = DatabaseThreads()
    try:
        monkeypatch.setattr(BaseDatabaseWrapper, "connect", away)
        for _ in range(100):
            with pytest.raises(DatabaseError):
                await speaking.read(positions.last_id)
        assert len(attempts) <= threads.READERS * 2
        attempts.clear()
        for _ in range(3):
            with pytest.raises(DatabaseError):
                await speaking.write(positions.last_id)
        assert attempts[2] - attempts[0] >= 2 * threads.RETRY_SECONDS * 0.9
        monkeypatch.undo()
        assert await speaking.write(positions.last_id) == 0
    finally:
        await asyncio.wrap_future(speaking.close())


async def test_page_reads_take_turns_by_person(monkeypatch: pytest.MonkeyPatch) -> None:
    # However long one takes here.
    monkeypatch.setattr(threads, "BREAKS", Breaks(grace=60.0, maximum=60.0))
    speaking, came = DatabaseThreads(), []

    def ask(userid: str) -> "asyncio.Task[None]":
        return asyncio.create_task(speaking.read_page(userid, lambda: came.append(userid)))

    await asyncio.gather(*(ask("alice") for _ in range(5)), ask("bob"), ask("bob"))
    assert came == ["alice", "alice", "bob", "alice", "bob", "alice", "alice"]
    await asyncio.wrap_future(speaking.close())


@pytest.mark.slow
async def test_page_slot_rests_as_long_as_a_slow_page_took(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(threads, "MAX_CONCURRENT_PAGES", 1)
    speaking, ended, began = DatabaseThreads(), [], []

    def read() -> None:
        time.sleep(0.09)
        ended.append(time.monotonic())

    await speaking.read_page("alice", read)
    await speaking.read_page("alice", lambda: began.append(time.monotonic()))
    assert began[0] - ended[0] >= 0.09 - threads.BREAKS.grace
    await asyncio.wrap_future(speaking.close())


async def test_slow_page_read_delays_no_other_reads() -> None:
    reader, speaking = Reader(), DatabaseThreads()
    pages = [asyncio.create_task(speaking.read_page("alice", reader.read)) for _ in range(10)]
    await asyncio.to_thread(reader.began.wait)
    assert await asyncio.wait_for(speaking.read(lambda: 1), 5) == 1
    reader.may_end.set()
    assert await asyncio.gather(*pages) == [0] * 10
    await asyncio.wrap_future(speaking.close())


async def test_cancelled_page_keeps_its_turn_until_read() -> None:
    reader, speaking = Reader(), DatabaseThreads()
    cancelled = [asyncio.create_task(speaking.read_page("alice", reader.read)) for _ in range(10)]
    await asyncio.to_thread(reader.began.wait)
    for reading in cancelled:
        reading.cancel()
    waiting = asyncio.create_task(speaking.read_page("bob", lambda: "bob's"))
    assert await asyncio.wait_for(speaking.read(lambda: 1), 5) == 1
    assert not waiting.done()
    reader.may_end.set()
    assert await waiting == "bob's"
    await asyncio.wrap_future(speaking.close())


class Hands:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_each_stall_is_counted_once() -> None:
    hands = Hands()
    stalls = StallMonitor(hands)
    assert stalls.count() == 0
    hands.now += 30
    assert stalls.count() == 1
    assert stalls.count() == 1, "the same one"
    hands.now += 30
    assert stalls.count() == 2


def test_small_delays_are_no_stalls() -> None:
    hands = Hands()
    stalls = StallMonitor(hands)
    for _ in range(60):
        hands.now += 1.5
        assert stalls.count() == 0


@pytest.mark.slow
async def test_stall_monitor_counts_a_blocked_event_loop() -> None:
    stalls = StallMonitor(asyncio.get_running_loop().time)
    looking = asyncio.create_task(stalls.run())
    await asyncio.sleep(2.5)
    assert stalls.count() == 0, "looked at all the time"
    time.sleep(2.5)  # noqa: ASYNC251
    await asyncio.sleep(0)
    assert stalls.count() == 1
    while sum(stalls.late_micros.counts) < 3:
        await asyncio.sleep(0)
    # One look was late by a second and a half or so, and both before it were not.
    assert 1_000_000 < stalls.late_micros.total < 60_000_000
    looking.cancel()
