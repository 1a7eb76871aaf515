"""What a text says, however it is written, and where in the text that stands."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from moderation.rules.characters import fold_letters
from moderation.rules.fold import fold, masked, readings

# What people write, and what those write who do not want to be found.
CHARACTERS = st.sampled_from(
    [*"aB1 .-，。！敏感词發龍νΝηПＳｐ​ \u200b\u200d\u0301\u3099かガｶﾞ한é🍆👍🏽👨👩\ufe0fßİсеⓢ①𝓼\u0336\n"]
)
TEXTS = st.text(CHARACTERS, max_size=40) | st.text(max_size=40)


def test_folded_text_maps_letters_to_positions() -> None:
    folded = fold("Ｓ p-á\u200bm！")
    assert folded.spaced == "s p-am!"
    assert folded.squeezed == "spam"
    assert [folded.spaced[place] for place in folded.spaced_indexes()] == list("spam")
    assert folded.span(0, 5) == (0, 7)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SPAM Spam", "spam spam"),
        ("ＳＰＡＭ１２", "spam12"),  # full width
        ("𝓼𝓹𝓪𝓶 ⓢ 🅂🅟 ①", "spam s sp 1"),
        ("ѕрам sραm", "spam spam"),  # Cyrillic, Greek
        ("CASIΝO", "casino"),  # with a Greek Ν
        ("ΝΙΝΕ ναι ΝΑΙ", "nine nai nai"),
        ("發財 發财 发财", "发财 发财 发财"),
        ("澳門賭場 (VIP) ①", "澳门赌场 (vip) 1"),
        ("s\u0336p\u0336a\u0301m sp\u00e1m", "spam spam"),  # struck through, accents
        ("s\u200bp\u00ada\u2060m", "spam"),  # zero width, soft hyphen
        ("sp\u3164am", "spam"),  # a blank that is a letter
        ("敏感词，好！", "敏感词,好!"),
        ("⼈", "人"),  # a radical
        ("ｶﾞ か\u3099", "ガ が"),
        ("ｶ\u200bﾞ か\u0301\u3099", "ガ が"),  # with something between that is not seen
        ("\u1112\u1161\u11ab", "한"),  # a syllable in its parts
        ("Straße", "strasse"),
        ("हिन्दी", "हिन्दी"),  # vowels that are marks stay
        ("\ud800", "\ufffd"),
    ],
)
def test_fold_texts(text: str, expected: str) -> None:
    assert fold(text).spaced == expected


@given(TEXTS)
@example("İ")
def test_fold_is_idempotent(text: str) -> None:
    kept = fold(text).spaced
    assert fold(kept).spaced == kept
    assert fold(kept).squeezed == fold(text).squeezed


@given(TEXTS)
def test_case_makes_no_difference(text: str) -> None:
    small = text.lower()
    if small.upper().lower() == small:
        assert fold(small.upper()).spaced == fold(small).spaced


@given(TEXTS)
def test_text_is_folded_letter_by_letter(text: str) -> None:
    kept = fold_letters(text)
    # Marks that compose are the one thing that cannot be seen one by one.
    if unicodedata.is_normalized("NFC", text) and not set(text) & set("ﾞﾟ\u3099\u309a"):
        assert fold(text).spaced == kept


@given(TEXTS)
def test_span_covers_every_character(text: str) -> None:
    folded = fold(text)
    assert len(folded.spaced_indexes()) == len(folded.squeezed)
    at = 0
    for place in range(len(folded.spaced)):
        start, end = folded.span(place, place)
        assert 0 <= start < end <= len(text)
        assert start >= at or folded.span(place - 1, place - 1)[1] >= end
        at = start


@given(TEXTS)
def test_mapped_span_folds_to_the_same_text(text: str) -> None:
    """A character stands in the text where its place is, and maybe others with which people see it as one."""
    folded = fold(text)
    for place, character in enumerate(folded.spaced):
        start, end = folded.span(place, place)
        assert character in fold(text[start:end]).spaced


@given(TEXTS)
def test_folding_spans_do_not_split_characters(text: str) -> None:
    folded = fold(text)
    for place in range(len(folded.spaced)):
        start, end = folded.span(place, place)
        rest = text[end : end + 1]
        assert not rest or not unicodedata.category(rest).startswith("M")
        assert start == 0 or text[start - 1] != "\u200d"


def test_mask_keeps_length_of_text() -> None:
    assert masked("a敏感👍🏽b", [(1, 3), (3, 5)]) == "a****b"
    assert masked("abc", [(0, 2), (1, 3)]) == "***"


def test_lookalikes_among_latin_letters_are_also_read_by_shape() -> None:
    assert list(readings("casiηo νiagra Υahoo POЯN")) == [
        "casiηo νiagra Υahoo POЯN",
        "casino viagra yahoo POrN",
    ]
    for text in ("plain", "ναι", "Привет, IT-отдел", "微信 VIP"):
        assert list(readings(text)) == [text]


@given(TEXTS)
def test_readings_keep_length(text: str) -> None:
    assert {len(reading) for reading in readings(text)} == {len(text)}
