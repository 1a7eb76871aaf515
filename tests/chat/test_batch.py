"""Rows appended together, and the place they have in the log."""

from chat.batch import Batch
from chat.protocol.rows import Entry


def test_it_ends_with_its_last_row() -> None:
    rows = tuple(Entry(id, "text", "alice", "bob", "hi", "", 0) for id in (8, 9))
    assert Batch(7, rows).last == 9


def test_without_rows_it_ends_where_it_begins() -> None:
    assert Batch(7, ()).last == 7
