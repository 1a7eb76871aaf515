"""The table of the search index as it is on SQLite."""

import pytest
from django.db import connection

from chat.readers import fts5
from chat.readers.entries import TooCommon
from chat.readers.fts5 import DOCUMENTS, TABLE

pytestmark = [
    pytest.mark.skipif(connection.vendor != "sqlite", reason="another database has no such table"),
    pytest.mark.usefixtures("empty_index"),
]


def ask(question: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return list(cursor.fetchall())


def matches(word: str, *places: str) -> list[int]:
    return fts5.newest([word], places, 0, 10**6, 100)


def test_words_match_only_where_they_may_be_read() -> None:
    fts5.prepare_replace((), {1: ({"@a", "@b"}, {"hello"}), 2: ({"#10"}, {"hello"})})()
    assert matches("hello", "@b") == [1]
    assert matches("hello", "@a", "#10") == [2, 1]


def test_word_is_not_found_in_another_conversation() -> None:
    fts5.prepare_replace((), {1: ({"@a"}, {"hello"}), 2: ({"@b"}, {"bye"})})()
    assert matches("bye", "@a") == matches("hello", "@b") == []


def test_prefix_search_over_the_time_limit_raises_too_common(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words = {f"ca{number:x}" for number in range(3000)}
    fts5.prepare_replace((), {id_: ({"@a"}, words) for id_ in range(30)})()
    monkeypatch.setattr(fts5, "MAX_CPU_SECONDS", 0.0)
    with pytest.raises(TooCommon):
        matches("ca*", "@a")
    assert len(matches("ca1", "@a")) == 29
    monkeypatch.setattr(fts5, "MAX_CPU_SECONDS", 60.0)
    assert len(matches("ca*", "@a")) == 29


def test_removed_document_leaves_no_entry_and_no_word() -> None:
    fts5.prepare_replace((), {1: ({"@a"}, {"hello", "secret"})})()
    fts5.prepare_replace([1, 2], {})()
    assert matches("secret", "@a") == []
    assert ask(f"SELECT * FROM {DOCUMENTS}") == []
    for _ in fts5.merge():
        pass
    assert not any(b"secret" in bytes(block) for (block,) in ask(f"SELECT block FROM {TABLE}_data"))  # type: ignore[call-overload]


def test_merging_changes_nothing_but_makes_one_part_of_many() -> None:
    for number in range(6):
        fts5.prepare_replace((), {number: ({"@a"}, {"hello"})})()
    fts5.prepare_replace([3], {})()
    before = matches("hello", "@a")
    parts = f"SELECT count(DISTINCT segid) FROM {TABLE}_idx"
    for _ in fts5.merge():
        pass
    assert matches("hello", "@a") == before == [5, 4, 2, 1]
    assert ask(parts) == [(1,)]
