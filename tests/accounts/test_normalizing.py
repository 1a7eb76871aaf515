"""Normalizing gives what Unicode says, of texts of any language, and no text takes long."""

import sys
import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from accounts.names import normalizing
from accounts.names.normalizing import MAX_EXPANDING, MAX_MARKS, changing_characters, plain, stream_safe

# A mark of its own: folding the case makes a letter of it.
IOTA_BELOW = "\u0345"
# Characters that combine, that are composed, that become several, and those of both of Hangul's ways.
CHARACTERS = st.sampled_from(
    [*"aÅbßﬁⅫ中かガゟ㌓ﷺㅏㄱ가각\u0301\u0323\u0327\u3099\u309a\uff9e\u1161\u11a8\u09c7\u09be\u0f73İ. "]
)
TEXTS = (
    st.text(CHARACTERS, max_size=40)
    | st.text(st.sampled_from(changing_characters()), max_size=20)
    | st.text()
)


def slowly(text: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def test_texts_are_folded_and_marks_bounded() -> None:
    assert plain("Ｓtraße E\u0301té か\u3099") == "strasse été が"
    assert stream_safe("a" + "\u0301" * 100 + "b") == "a" + "\u0301" * MAX_MARKS + "b"


def test_characters_have_unicode_spelling() -> None:
    characters = [chr(code) for code in range(1, sys.maxunicode + 1)]
    assert [one for one in characters if plain(one) != slowly(one)] == []


@given(TEXTS)
def test_portions_are_normalized_like_full_text(text: str) -> None:
    expected = plain(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(normalizing, "PORTION_CHARACTERS", 2)
        assert plain(text) == expected


@given(TEXTS)
def test_texts_have_unicode_spelling(text: str) -> None:
    assume("\0" not in text and IOTA_BELOW not in unicodedata.normalize("NFKD", text))
    assert plain(text) == slowly(text)


@pytest.mark.parametrize("mark", ["\u0301", "\u0f73", "\uff9e", "\U0001d165"])
def test_runs_of_marks_are_cut(mark: str) -> None:
    kept = mark * MAX_MARKS
    assert stream_safe(f"{kept}{mark}a{kept * 3}é{mark}") == f"{kept}a{kept}é{mark}"
    assert plain(f"a{kept}{mark}") == plain(f"a{kept}")


def test_marks_of_several_kinds_are_one_run() -> None:
    assert stream_safe("a" + "\u0315\u0334" * MAX_MARKS) == "a" + "\u0315\u0334" * (MAX_MARKS // 2)


def test_combining_marks_are_kept_up_to_limit() -> None:
    text = "a" + "\u0301" * MAX_MARKS
    assert stream_safe(text) == text
    assert plain(text) == slowly(text)


def test_expanding_characters_are_bounded() -> None:
    usual = "\ufdfa " * MAX_EXPANDING
    assert plain(usual) == slowly(usual)
    assert len(plain("\ufdfa" * 65_536)) <= 18 * MAX_EXPANDING
