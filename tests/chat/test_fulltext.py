"""The table of the search index."""

from itertools import product

import pytest

from chat.readers import fulltext
from chat.readers.fulltext import Document, Query

END = 10**12
IDS = [1, 2, 5, 20_000, 70_000, 2_000_000, 10**11]


@pytest.fixture(autouse=True)
def table(empty_index: None) -> None:
    fulltext.replace({id_: Document({"@a", f"#{id_}"}, {"hello", f"n{id_}"}) for id_ in IDS})


def matches(*words: str, one_of: tuple[str, ...] = ("@a",), after: int = 0, before: int = END) -> list[int]:
    return fulltext.newest(Query(words, one_of), after, before, 100)


def test_rows_with_all_the_words_are_found_newest_first() -> None:
    assert matches("hello") == IDS[::-1]
    assert matches("hello", "n5") == [5]
    assert matches("n1", "n5") == []


def test_query_matches_one_of_several_places() -> None:
    assert matches("hello", one_of=("#1", "#70000", "#9")) == [70_000, 1]
    assert matches("hello", one_of=("#9",)) == []


def test_query_accepts_hundreds_of_places() -> None:
    places = tuple(f"#{number}" for number in range(1, 500))
    assert matches("n5", "hello", one_of=places) == [5]


def test_many_places_are_queried_with_some_words_only() -> None:
    places = tuple(f"#{number}" for number in range(1, 500))
    assert matches("n5", "bye", one_of=places) == [5]
    assert matches("n5", "bye", one_of=places[:10]) == []


def test_a_beginning_stands_for_all_words_that_begin_so() -> None:
    both = {"@b", "#7"}
    fulltext.replace(
        {7: Document(both, {"camera", "tea"}), 8: Document({"@b"}, {"camel"}), 9: Document(both, {"ca"})}
    )
    assert matches("cam*", one_of=("@b",)) == [8, 7]
    assert matches("tea", "ca*", one_of=("@b", "#7")) == [7]
    assert matches("ca*", one_of=("@b", "#7"), before=9) == [8, 7]
    assert matches("camera*", one_of=("#7",)) == [7]
    assert matches("cameras*", "cam*", one_of=("#7",)) == matches("cam*", one_of=("@a",)) == []


def test_prefix_search_works_across_many_places() -> None:
    places = tuple(f"#{number}" for number in range(1, 500))
    assert matches("hel*", one_of=places) == [5, 2, 1]


def test_bounds() -> None:
    afters = (0, 1, 19_999, 20_000, 2_000_000)
    for after, before in product(afters, (1, 2, 6, 16_384, 20_000, 20_001, 70_000, 3_000_000, END)):
        between = [id_ for id_ in IDS[::-1] if after < id_ < before]
        assert matches("hello", after=after, before=before) == between


def test_search_returns_the_newest_matches() -> None:
    assert fulltext.newest(Query(["hello"], ["@a"]), 0, END, 3) == IDS[:-4:-1]


def test_rare_word_is_matched_behind_many_common_ones() -> None:
    fulltext.replace(
        {id_: Document({"@b"}, {"often", "rare"} if id_ % 97 == 0 else {"often"}) for id_ in range(1, 3000)}
    )
    rare = [*range(2910, 0, -97)]
    for limit in (1, 7, 30):
        for before in (1500, 3000, END):
            expected = [id_ for id_ in rare if id_ < before][:limit]
            assert fulltext.newest(Query(["rare"], ["@b"]), 0, before, limit) == expected


def test_a_document_is_replaced_or_removed() -> None:
    for _ in range(2):
        fulltext.replace({5: Document({"@a"}, {"bye"}), 2: None})
    assert (matches("bye"), matches("n5"), matches("n2")) == ([5], [], [])
    assert matches("hello", before=10) == [1]


def test_index_finds_words_of_any_script() -> None:
    for word in ("天气", "👍", "straße", "@0123abcd", "#10", "<0f", "é"):
        fulltext.replace({5: Document({"@a"}, {word})})
        assert matches(word) == [5]
        assert matches(word[1:] or "x") == []
