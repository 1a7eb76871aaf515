"""A reader of the log: it gets every row, and counts what it stores once."""

from collections.abc import Callable, Sequence

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from chat.models import LogReader
from chat.readers import reader as module
from chat.readers.reader import (
    MAX_ROWS_PER_STEP,
    MAX_SHARED_READS,
    Reader,
    SharedRows,
    Write,
    cursor_of,
    move_cursor,
    reader_lag,
    step,
)
from chat.reading import selectors
from log import positions
from log.appending import Draft, append
from log.models import Group
from log.rows import PAGE_CHARACTERS, LogId, Row


class Notes(Reader):
    """Notes the ids of the rows. `before`: what happens before it stores them; `while_storing`: what
    happens in the transaction."""

    name = "notes"

    def __init__(self) -> None:
        self.ids: list[LogId] = []
        self.before: Callable[[], object] = lambda: None
        self.while_storing: Callable[[], object] = lambda: None
        self.fails_at = ""

    def prepare(self, rows: Sequence[Row]) -> Write:
        self._may_fail("prepare")
        self.before()
        return lambda: self._store([row.id for row in rows])

    def _store(self, ids: list[LogId]) -> None:
        self._may_fail("store")
        self.while_storing()
        self.ids += ids

    def _may_fail(self, where: str) -> None:
        if self.fails_at == where:
            raise OperationalError("away")


@pytest.fixture
def notes(group: Group) -> Notes:
    return Notes()


def write(count: int, content: str = "hi") -> list[LogId]:
    return [row.id for row in append([Draft("text", "alice", "bob", content, "")] * count).batch.rows]


def all_ids() -> list[LogId]:
    return [row.id for row in selectors.rows_after(0, 10_000)]


def test_every_row_is_read_once_and_the_cursor_kept(notes: Notes) -> None:
    ids = write(3)
    assert reader_lag("notes") == ids[-1]
    assert step(notes) == ids[-1] == cursor_of("notes")
    assert (notes.ids, reader_lag("notes")) == (all_ids(), 0)


def test_reader_step_at_the_end_of_the_log_does_nothing(notes: Notes) -> None:
    end = step(notes)
    assert step(notes) == end
    write(1)
    step(notes)
    assert notes.ids == all_ids()


def test_a_step_takes_some_rows(notes: Notes) -> None:
    write(MAX_ROWS_PER_STEP)
    step(notes)
    assert len(notes.ids) == MAX_ROWS_PER_STEP
    step(notes)
    assert notes.ids == all_ids()


def test_a_step_takes_no_more_than_the_reader_wants(notes: Notes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notes, "portion", lambda rows: rows[:2])
    write(5)
    ends = [step(notes), step(notes)]
    assert notes.ids == all_ids()[:4]
    assert ends == [notes.ids[1], notes.ids[3]]


def test_a_step_takes_few_long_rows(notes: Notes) -> None:
    step(notes)
    notes.ids.clear()
    ids = write(5, "x" * (PAGE_CHARACTERS // 2))
    step(notes)
    assert notes.ids == ids[:3]
    step(notes)
    assert notes.ids == ids


@pytest.mark.parametrize("where", ["prepare", "store"])
def test_failed_step_is_repeated(notes: Notes, where: str) -> None:
    ids = write(3)
    notes.fails_at = where
    with pytest.raises(OperationalError):
        step(notes)
    assert cursor_of("notes") == 0
    notes.fails_at = ""
    assert step(notes) == ids[-1]
    assert notes.ids == all_ids()


def test_concurrent_readers_store_rows_once(notes: Notes) -> None:
    other = Notes()
    write(3)
    notes.before = lambda: step(other)
    assert step(notes) is None
    assert (notes.ids, other.ids) == ([], all_ids())


def test_reader_at_another_position_stores_nothing(notes: Notes) -> None:
    write(3)
    end = step(notes)
    assert end
    assert not move_cursor("notes", end - 1, end + 1)
    assert not move_cursor("notes", 0, end + 1)
    assert cursor_of("notes") == end


def test_each_reader_has_its_own_cursor(notes: Notes) -> None:
    other = Notes()
    other.name = "others"
    write(3)
    step(notes)
    assert (cursor_of("others"), LogReader.objects.count()) == (0, 1)
    step(other)
    assert other.ids == notes.ids


class TestSharedRows:
    def test_readers_that_follow_each_other_read_once(self, notes: Notes) -> None:
        other, rows = Notes(), SharedRows()
        other.name = "others"
        write(3)
        with CaptureQueriesContext(connection) as queries:
            step(notes, rows.next_rows)
            step(other, rows.next_rows)
        assert notes.ids == other.ids == all_ids()
        assert sum("ORDER BY log_message.id LIMIT" in query["sql"] for query in queries.captured_queries) == 1

    def test_a_reader_that_takes_few_at_a_time_reads_once(
        self, notes: Notes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(notes, "portion", lambda rows: rows[:2])
        write(9)
        rows = SharedRows()
        with CaptureQueriesContext(connection) as queries:
            while step(notes, rows.next_rows) != positions.last_id():
                pass
        assert notes.ids == all_ids()
        assert sum("ORDER BY log_message.id LIMIT" in query["sql"] for query in queries.captured_queries) == 1

    def test_shared_rows_cache_few_pages(self, group: Group) -> None:
        ids = write(MAX_SHARED_READS + 2)
        rows = SharedRows()
        with CaptureQueriesContext(connection) as queries:
            for after in [*ids[-2::-1], ids[0], ids[-2]]:
                assert rows.next_rows(after)[0].id == after + 1
        assert len(rows._read) == MAX_SHARED_READS
        assert (
            sum("ORDER BY log_message.id LIMIT" in query["sql"] for query in queries.captured_queries)
            == MAX_SHARED_READS + 1
        )

    def test_shared_rows_reread_the_end_of_the_log(self, notes: Notes) -> None:
        rows = SharedRows()
        end = step(notes, rows.next_rows)
        assert step(notes, rows.next_rows) == end
        write(1)
        step(notes, rows.next_rows)
        assert notes.ids == all_ids()

    def test_readers_at_different_positions_share_rows(self, notes: Notes) -> None:
        other, rows = Notes(), SharedRows()
        other.name = "others"
        write(3)
        step(notes, rows.next_rows)
        write(3)
        step(notes, rows.next_rows)
        step(other, rows.next_rows)
        step(other, rows.next_rows)
        assert notes.ids == other.ids == all_ids()


def test_search_is_registered() -> None:
    assert "search" in [reader.name for reader in module.registered()]


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no such lock")
def test_concurrent_steps_of_a_reader_are_excluded(notes: Notes) -> None:
    other = connection.copy()
    numbers = [module.LOCK_CLASS, module.lock_number("notes")]
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", numbers)
            write(3)
            assert step(notes) is None
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", numbers)
    finally:
        other.close()
    assert step(notes)
    assert notes.ids == all_ids()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has many writers")
@pytest.mark.django_db(transaction=True)
def test_a_step_that_others_interrupt_is_taken_again_and_counts_once(notes: Notes) -> None:
    ids = write(3)
    stored = LogReader.objects.filter(pk="notes")
    results: list[bool] = []

    def interrupted_once() -> None:
        results.append(stored.exists())
        if len(results) == 1:
            connection._interrupt()  # type: ignore[attr-defined]

    notes.while_storing = interrupted_once
    assert step(notes) == ids[-1] == cursor_of("notes")
    assert results == [True, True]
