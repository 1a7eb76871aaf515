"""How texts are split into words, and when a text has what is wanted."""

import random
import re
from collections.abc import Iterable

import pytest

from accounts.names.normalizing import plain
from chat.readers.entries import PREFIX_MARK, has_prefix
from chat.readers.words import (
    _SIGNS,
    _UNSPACED,
    MAX_QUERY_WORDS,
    MAX_WORD_CHARACTERS,
    MAX_WORDS,
    SearchTerms,
    count_words,
    words_of,
)

PIECES = re.compile(f"([{_UNSPACED}]+)|[^\\W_{_UNSPACED}]+|[{_SIGNS}]")


def test_a_text_is_split_into_words_and_pairs_of_characters() -> None:
    assert words_of("Hello, world!") == {"hello", "world"}
    assert words_of("天气好") == {"天", "气", "好", "天气", "气好"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ＨＥＬＬＯ １２", {"hello", "12"}),  # full width
        ("Straße ÉTÉ Été", {"strasse", "été"}),
        ("été e\u0301te\u0301", {"été"}),  # composed or not
        ("im66今天v2", {"im66", "今", "天", "今天", "v2"}),
        ("カタカナ ｶﾅ", {"カ", "タ", "ナ", "カタ", "タカ", "カナ"}),
        ("안녕", {"안", "녕", "안녕"}),
        ("𠮷野", {"𠮷", "野", "𠮷野"}),
        ("好👍🏽好", {"好", "👍", "🏽"}),
        ("a_b-c.d@e#1<2~3", {"a", "b", "c", "d", "e", "1", "2", "3"}),
        ("\"' \\ & | ! * ( ) :", set()),
        ("", set()),
    ],
)
def test_words(text: str, words: set[str]) -> None:
    assert words_of(text) == words


def test_long_words_and_texts_are_bounded() -> None:
    assert words_of("x" * 1000) == {"x" * MAX_WORD_CHARACTERS}
    assert len(words_of(" ".join(map(str, range(2 * MAX_WORDS))))) == MAX_WORDS
    han = "".join(map(chr, range(0x4E00, 0x9FFF)))
    assert MAX_WORDS - 1 <= len(words_of(han)) <= MAX_WORDS
    assert len(words_of(f"a {han}")) <= MAX_WORDS


@pytest.mark.parametrize(
    ("text", "at_least", "at_most"),
    [
        ("", 0, 1),
        ("天" * 1000, 2000, 2001),
        ("hello " * 1000, 1000, 1001),
        ("hello, how are you? 今天天气很好", 14, 20),
        ("\ud800", 1, 3),
    ],
)
def test_about_how_many_words_a_text_has(text: str, at_least: int, at_most: int) -> None:
    assert at_least <= count_words(text) <= at_most


@pytest.mark.parametrize(
    ("query", "text", "is_there"),
    [
        ("hello", "Say HELLO", True),
        ("hell", "Say hello", True),
        ("ell", "Say hello", False),
        ("hell.", "Say hello", False),  # a sign follows
        ("hell o", "Say hello", False),  # one letter is a whole word
        ("hell  ", "Say hello", True),
        ("hello wor", "hello, world", True),
        ("hel world", "hello, world", False),  # only the last one
        ("天气cam", "天气 camera", True),
        ("cam天气", "天气 camera", False),
        ("ca_cam", "ca camera", True),
        ("CAFE\u0301", "cafétéria", True),
        ("ＣＡＭ", "camera", True),
        ("world hello", "hello, world", True),
        ("world hello", "hello", False),
        ("天气", "今天天气好", True),
        ("天气", "天上有气", False),
        ("气", "天气", True),
        ("天气 下雨", "下雨天气", True),
        ("大天气天大", "大天 气天大 天气", False),  # all pairs, but not together
        ("v2今天", "今天 v2", True),
        ("👍", "好👍", True),
        ("x" * 50, "x" * 50, True),
        ("x" * 50, "x" * 51, True),
        ("x" * 50 + "!", "x" * 51, False),
        ("x" * 50, "y" + "x" * 51, False),
        ("x" * 50, "x" * 51 + " " + "x" * 50, True),
        ("x" * 50, "好" + "x" * 50 + "👍", True),
        ("x" * 50 + " a", "x" * 50, False),
        ("x" * 50 + "!", "x" * 51 + " " + "x" * 50, True),
        ("x" * 50, "x" * 50 + "_" + "x" * 60, True),
        ("x" * 31, "x" * 50, True),
    ],
)
def test_words_of_a_query_match_a_text(query: str, text: str, is_there: bool) -> None:
    assert SearchTerms.of(query).match(text) is is_there


@pytest.mark.parametrize(
    "text", ["hello 天气", "气", "x" * 31, "x" * 50, "👍", "大天气天大", "a b", "say hello"]
)
def test_index_query_has_only_indexed_words(text: str) -> None:
    reply = SearchTerms.of(text).index_words()
    assert reply
    assert has_all(words_of(text), reply)


def has_all(words: set[str], words_of_query: Iterable[str]) -> bool:
    """Whether the index names a text of these words."""
    return all(
        any(word.startswith(one[:-1]) for word in words) if one.endswith(PREFIX_MARK) else one in words
        for one in words_of_query
    )


@pytest.mark.parametrize("text", ["cam", "say cam", "cam ", "cam*", 'say "cam', "a_cam", "天cam", "o cam"])
def test_the_last_word_is_a_beginning(text: str) -> None:
    expected = SearchTerms.of(text)
    assert expected.prefix == "cam"
    assert f"cam{PREFIX_MARK}" in expected.index_words()
    assert not has_prefix(expected.whole_words().index_words())
    assert expected.whole_words().words == {*expected.words, "cam"}


@pytest.mark.parametrize(
    "text", ["c", "cam**", "cam:*", 'cam"', "cam%", "cam_", "cam 天", "cam 👍", "👍", "x" * 32]
)
def test_queries_without_a_prefix_match_whole_words(text: str) -> None:
    assert not has_prefix(SearchTerms.of(text).index_words())


def test_index_query_has_pairs_instead_of_characters() -> None:
    assert set(SearchTerms.of("天气好").index_words()) == {"天气", "气好"}


def test_query_asks_the_index_for_few_words() -> None:
    assert len(SearchTerms.of(" ".join(map(str, range(1000)))).index_words()) == MAX_QUERY_WORDS


@pytest.mark.parametrize("text", ["", "   ", "!?", "\ud800"])
def test_query_without_words_asks_the_index_for_none(text: str) -> None:
    assert SearchTerms.of(text).index_words() == ()


PARTS = ["a", "b", "ab", *("x" * length for length in (31, 32, 33)), *"大天气👍Éß", " ", " ", "_", "ＡＢ"]


def test_index_and_comparison_agree_on_random_texts() -> None:
    """For many texts and searches made of the same few parts."""
    chance = random.Random(1)
    outcomes = set()
    for _ in range(20_000):
        text = "".join(chance.choices(PARTS, k=chance.randint(1, 12)))
        expected = SearchTerms.of("".join(chance.choices(PARTS, k=chance.randint(1, 4))))
        if not expected.index_words():
            continue
        is_named, is_there = has_all(words_of(text), expected.index_words()), is_in_slowly(expected, text)
        assert expected.match(text) is is_there, (expected, text)
        # The index names all that have it, and others only if it does not tell.
        assert is_named or not is_there, (expected, text)
        assert is_there or not is_named or not expected.index_decides, (expected, text)
        outcomes.add((is_named, is_there, expected.index_decides))
    assert outcomes == {
        *((True, True, True), (True, True, False), (True, False, False)),
        *((False, False, True), (False, False, False)),
    }


def is_in_slowly(words: SearchTerms, text: str) -> bool:
    """What `is_in` says, by looking at every piece of the text."""
    pieces = [piece[0] for piece in PIECES.finditer(plain(text))]
    return (
        all(word in pieces for word in words.words)
        and all(any(run in piece for piece in pieces) for run in words.runs)
        and (not words.prefix or any(piece.startswith(words.prefix) for piece in pieces))
    )
