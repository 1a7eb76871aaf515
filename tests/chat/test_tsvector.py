"""The table of the search index as it is on PostgreSQL."""

import pytest
from django.db import connection

from chat.readers import tsvector
from chat.readers.entries import TooCommon

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="another database has no such table"),
    pytest.mark.usefixtures("empty_index"),
]

FAR = 10**12
# More than the newest blocks hold.
SPREAD = [2**bits + 1 for bits in range(4, 24)]


def matches(*words: str, places: tuple[str, ...] = ("@a",), limit: int = 100, before: int = FAR) -> list[int]:
    return tsvector.newest(words, places, 0, before, limit)


def test_words_match_only_in_readable_places() -> None:
    tsvector.prepare_replace((), {1: ({"@a", "@b"}, {"hello"}), 2: ({"#10"}, {"hello"})})()
    assert matches("hello", places=("@b",)) == [1]
    assert matches("hello", places=("@a", "#10")) == [2, 1]


def test_word_matches_in_its_own_places_only() -> None:
    tsvector.prepare_replace((), {1: ({"@a"}, {"hello"}), 2: ({"@b"}, {"bye"})})()
    assert matches("bye") == matches("hello", places=("@b",)) == []


def test_the_newest_come_first_wherever_they_are() -> None:
    tsvector.prepare_replace((), {id_: ({"@a"}, {"hello"}) for id_ in SPREAD})()
    for before in (*SPREAD, FAR):
        older = [id_ for id_ in reversed(SPREAD) if id_ < before]
        for limit in (1, 2, 5, 100):
            assert matches("hello", limit=limit, before=before) == older[:limit]


def test_common_and_rare_ones_are_found_among_all_others() -> None:
    """However many of them the newest blocks have."""
    ids = range(1, 3_000_000, 30_011)
    rare = {id_ for at, id_ in enumerate(ids) if at % 7 == 3}
    words = {id_: {"hello", "bob"} if id_ in rare else {"hello"} for id_ in ids}
    tsvector.prepare_replace((), {id_: ({"@a"}, text) for id_, text in words.items()})()
    for limit in (3, 20, 200):
        assert matches("hello", limit=limit) == sorted(ids, reverse=True)[:limit]
        assert matches("hello", "bob", limit=limit) == sorted(rare, reverse=True)[:limit]


def test_query_accepts_many_places() -> None:
    places = tuple(f"#{number}" for number in range(50))
    tsvector.prepare_replace((), {id_: ({place}, {"hello"}) for id_, place in enumerate(places, 1)})()
    assert matches("hello", places=places) == list(range(50, 0, -1))
    assert matches("hello", places=places[10:20], limit=3) == [20, 19, 18]


def test_two_words_must_be_in_the_same_place() -> None:
    tsvector.prepare_replace(
        (), {1: ({"@a"}, {"hello"}), 2: ({"@b"}, {"bob"}), 3: ({"@b"}, {"hello", "bob"})}
    )()
    assert matches("hello", "bob", places=("@a", "@b")) == [3]


def test_a_beginning_that_takes_long_is_given_up_and_the_next_search_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tsvector.prepare_replace((), {1: ({"@a"}, {"hello"})})()
    with monkeypatch.context() as patched:
        patched.setattr(tsvector, "MAX_MILLISECONDS", 50)
        patched.setattr(tsvector, "_MATCHES", "words @@ %s::tsquery AND pg_sleep(60) IS NOT NULL")
        with pytest.raises(TooCommon):
            matches("hel*")
    assert matches("hel*") == matches("hello") == [1]


def test_a_block_is_no_word() -> None:
    tsvector.prepare_replace((), {1: ({"@a"}, {"hello"})})()
    assert matches("11") == matches("0") == []


def test_oversized_document_keeps_its_shorter_words() -> None:
    words = {f"{number:06}{'长' * 26}" for number in range(10_000)} | {"hello"}
    tsvector.prepare_replace((), {1: ({"@a", "@b"}, words)})()
    assert matches("hello") == matches("hello", places=("@b",)) == [1]
