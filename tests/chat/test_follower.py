"""A reader of the log follows it in the background."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError

from chat.delivery import runtime
from chat.delivery.loop import follower as module
from chat.delivery.loop.follower import Follower
from chat.delivery.loop.processor import CpuShare
from chat.delivery.runtime import Runtime
from chat.readers import reader as readers
from chat.readers.reader import MAX_ROWS_PER_STEP, Reader, SharedRows, Write
from chat.readers.search import search
from log.appending import Draft, append
from log.models import Group
from log.rows import LogId, Row
from tests.support.stage import until
from uploads import disk_space


class Notes(Reader):
    name = "notes"
    gather_seconds = 0.0

    def __init__(self) -> None:
        self.ids: list[LogId] = []
        self.steps = 0
        self.fails = 0

    def prepare(self, rows: Sequence[Row]) -> Write:
        self.steps += 1
        if self.fails:
            self.fails -= 1
            raise OperationalError("away")
        return partial(self.ids.extend, [row.id for row in rows])


@pytest.fixture
def notes(monkeypatch: pytest.MonkeyPatch) -> Notes:
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.01)
    return Notes()


@pytest.fixture
async def run(group: Group, notes: Notes) -> AsyncIterator[Runtime]:
    """One in which the notes are taken."""
    current = await runtime.current()
    following = asyncio.create_task(
        Follower(notes, current.threads, current.hub, CpuShare(), SharedRows()).run()
    )
    yield current
    following.cancel()
    await runtime.close_current()


async def write(run: Runtime, count: int = 1) -> LogId:
    appended = await run.threads.write(partial(append, [Draft("text", "alice", "bob", "hello", "")] * count))
    return appended.batch.last


def has(notes: Notes, last: LogId) -> Callable[[], bool]:
    return lambda: last in notes.ids


async def test_follower_reads_each_written_row_once(run: Runtime, notes: Notes) -> None:
    await until(has(notes, run.hub.cursor))
    await until(has(notes, await write(run)))
    await until(has(notes, await write(run)))
    assert notes.ids == sorted(set(notes.ids))


async def test_long_backlog_is_followed_in_steps(run: Runtime, notes: Notes) -> None:
    await until(has(notes, await write(run, 3 * MAX_ROWS_PER_STEP)))
    assert notes.steps > 3
    # A step whose commit had to wait for another reader's too long is taken again.
    assert list(dict.fromkeys(notes.ids)) == sorted(set(notes.ids))


async def test_idle_follower_takes_no_steps(
    run: Runtime, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests: list[str] = []

    def step_(reader: Reader, *given: Any) -> LogId | None:
        requests.append(reader.name)
        return readers.step(reader, *given)

    monkeypatch.setattr(module, "step", step_)
    last = await write(run)
    await run.hub.wait_for_row(last)
    await until(has(notes, last))
    before = requests.count(notes.name)
    await asyncio.sleep(0.1)
    # It may not have been told yet that what it has read was the last.
    assert requests.count(notes.name) <= before + 1


async def test_follower_survives_an_outage_and_logs_it_once(
    run: Runtime, notes: Notes, caplog: pytest.LogCaptureFixture
) -> None:
    notes.fails = 5
    await until(has(notes, await write(run)))
    assert notes.ids == sorted(set(notes.ids))
    assert caplog.text.count("notes cannot follow the log") == 1


async def test_follower_takes_over_when_the_other_process_is_gone(
    run: Runtime, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests: list[str] = []

    @contextmanager
    def of_another(name: str) -> Iterator[bool]:
        requests.append(name)
        yield False

    await until(has(notes, await write(run)))
    with monkeypatch.context() as patched:
        patched.setattr(readers, "_step_lock", of_another)
        last = await write(run)
        await until(lambda: requests.count("notes") > 2)
        assert last not in notes.ids
    await until(has(notes, last))


async def test_follower_pauses_while_the_disk_is_nearly_full(
    run: Runtime, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[bool] = []

    def is_short() -> bool:
        if threading.current_thread().name.startswith("im66-write"):
            return False  # the last there is
        looked.append(True)
        return True

    await until(has(notes, await write(run)))
    with monkeypatch.context() as patched:
        patched.setattr(disk_space, "is_short_for_messages", is_short)
        steps = notes.steps
        last = await write(run)
        await until(lambda: len(looked) > 2)
        assert notes.steps == steps
    await until(has(notes, last))


async def test_follower_indexes_texts_for_search(group: Group, empty_index: None) -> None:
    run = await runtime.current()
    last = await write(run)

    async def follower_ids() -> list[LogId]:
        return (await run.threads.read(partial(search, "bob", "hello")))[0]

    async with asyncio.timeout(10):
        while await follower_ids() != [last]:
            await asyncio.sleep(0.01)
    await runtime.close_current()
