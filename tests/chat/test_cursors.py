"""How far each person's delivery has come, on its way into the database."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, cast

import pytest
from django.db import OperationalError

from accounts.services import raise_delivered
from chat.delivery.loop import cursors as module
from chat.delivery.loop.cursors import Cursors
from chat.delivery.loop.threads import DatabaseThreads


class Threads:
    """Notes what is written instead of writing it."""

    def __init__(self) -> None:
        self.written: list[dict[str, int]] = []
        self.failures = 0
        self.answers = asyncio.Event()
        self.answers.set()

    async def mark(self, write: Callable[[], Any]) -> None:
        await self.answers.wait()
        if self.failures:
            self.failures -= 1
            raise OperationalError("away")
        self.written.append(cast("partial[None]", write).args[0])


class Marks:
    """Cursors, what they wrote and whom they told."""

    def __init__(self) -> None:
        self.threads = Threads()
        self.raised: list[tuple[str, int]] = []
        self.cursors = Cursors(
            cast(DatabaseThreads, self.threads), raise_delivered, lambda *mark: self.raised.append(mark)
        )


@pytest.fixture
async def marks(monkeypatch: pytest.MonkeyPatch) -> Marks:
    """So patient that a test sees all."""
    monkeypatch.setattr(module, "PAUSE_SECONDS", 0.01)
    return Marks()


async def test_cursor_is_noted_and_then_written(marks: Marks) -> None:
    marks.cursors.note("alice", 5)
    assert marks.cursors.recent_cursor("alice") == 5
    await marks.cursors.write("alice")
    assert marks.threads.written == [{"alice": 5}]
    assert marks.raised == [("alice", 5)]


async def test_written_cursor_is_remembered_while_a_login_may_need_it(
    marks: Marks, monkeypatch: pytest.MonkeyPatch
) -> None:
    marks.cursors.note("alice", 5)
    await marks.cursors.write("alice")
    assert marks.cursors.recent_cursor("alice") == 5
    monkeypatch.setattr(module, "WRITTEN_SECONDS", 0.0)
    marks.cursors.note("bob", 6)
    await marks.cursors.write("bob")
    assert marks.cursors.recent_cursor("alice") == 0, "the database has it"


async def test_noted_cursors_are_written_together(marks: Marks) -> None:
    marks.cursors.note("alice", 5)
    marks.cursors.note("bob", 6)
    await marks.cursors.write("bob")
    assert marks.threads.written == [{"alice": 5, "bob": 6}]
    assert marks.raised == [("bob", 6)]


async def test_cursor_never_moves_back(marks: Marks) -> None:
    marks.cursors.note("alice", 5)
    marks.cursors.note("alice", 3)
    assert marks.cursors.recent_cursor("alice") == 5
    await marks.cursors.flush()
    assert marks.threads.written == [{"alice": 5}]


async def test_cursor_noted_during_a_write_is_written_next(marks: Marks) -> None:
    marks.threads.answers.clear()
    marks.cursors.note("alice", 5)
    writing = asyncio.create_task(marks.cursors.write("alice"))
    await asyncio.sleep(0.05)
    marks.cursors.note("alice", 7)
    marks.threads.answers.set()
    await writing
    assert marks.threads.written == [{"alice": 5}, {"alice": 7}]


async def test_cursors_are_written_soon_after_a_silent_database_returns(
    marks: Marks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(module, "TIME_DIVISOR", 10_000)
    marks.threads.answers.clear()
    marks.cursors.note("alice", 5)
    writing = asyncio.create_task(marks.cursors.write("alice"))
    await asyncio.sleep(0.05)
    marks.threads.answers.set()
    await writing
    marks.cursors.note("alice", 7)
    async with asyncio.timeout(30):
        while len(marks.threads.written) < 2:
            await asyncio.sleep(0.01)
    assert marks.threads.written == [{"alice": 5}, {"alice": 7}]


async def test_unchanged_cursors_are_not_written(marks: Marks) -> None:
    await marks.cursors.write("alice")
    await marks.cursors.flush()
    assert (marks.threads.written, marks.raised) == ([], [])


async def test_cursor_of_another_process_counts_but_is_not_written_here(marks: Marks) -> None:
    marks.cursors.on_message("alice", 5)
    marks.cursors.on_message("alice", 4)
    assert marks.cursors.recent_cursor("alice") == 5
    marks.cursors.note("alice", 6)
    assert marks.cursors.recent_cursor("alice") == 6
    await marks.cursors.flush()
    assert marks.threads.written == [{"alice": 6}], "what was heard the other process writes"


async def test_least_recent_cursors_of_other_processes_are_evicted(
    marks: Marks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_REMOTE_CURSORS", 2)
    for userid in ("alice", "bob", "alice", "charlie"):
        marks.cursors.on_message(userid, 5)
    assert [marks.cursors.recent_cursor(userid) for userid in ("alice", "bob", "charlie")] == [5, 0, 5]


async def test_cursor_is_written_once_the_database_is_back(
    marks: Marks, caplog: pytest.LogCaptureFixture
) -> None:
    marks.threads.failures = 2
    marks.cursors.note("alice", 5)
    await marks.cursors.flush()
    assert marks.cursors.recent_cursor("alice") == 5
    await marks.cursors.write("alice")
    assert marks.threads.written == [{"alice": 5}]
    assert len(caplog.records) == 1, "it is said once"


async def test_write_returns_when_the_database_does_not_answer(
    marks: Marks, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "WAIT_SECONDS", 0.05)
    marks.threads.answers.clear()
    marks.cursors.note("alice", 5)
    await asyncio.wait_for(marks.cursors.write("alice"), 2)
    assert "not written yet" in caplog.text
    marks.threads.answers.set()
    await marks.cursors.flush()
    assert marks.threads.written == [{"alice": 5}]
