"""Texts cut to fit into a frame."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.compact import compact_text
from chat.protocol.bounds import (
    ALWAYS_FITTING_CHARACTERS,
    CUT,
    FRAME_BYTES,
    count_fitting,
    fits,
    max_json_bytes,
    size,
    truncated,
    truncated_for_json,
)

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


def test_frame_limit_is_counted_in_bytes() -> None:
    assert fits("x" * FRAME_BYTES)
    assert not fits("x" * (FRAME_BYTES + 1))
    assert fits("😀" * ALWAYS_FITTING_CHARACTERS)
    assert not fits("😀" * ALWAYS_FITTING_CHARACTERS + "x")


@pytest.mark.parametrize(
    ("text", "room", "kept"),
    [
        ("abcdef", 5, "ab…"),
        ("汉字汉字", 9, "汉字…"),
        ("汉字汉字", 8, "汉…"),
        ("😀😀", 6, "…"),
        ("abc", 3, "…"),
    ],
)
def test_a_beginning_ends_with_a_character(text: str, room: int, kept: str) -> None:
    assert truncated(text, room) == kept


@given(texts, st.integers(3, 60))
def test_a_beginning_fits_and_is_the_longest(text: str, room: int) -> None:
    text *= 80
    kept = truncated(text, room).removesuffix(CUT)
    assert text.startswith(kept)
    assert size(kept + CUT) <= room < size(text[: len(kept) + 1] + CUT)


@given(texts, st.integers(3, 60))
def test_text_cut_for_json_is_the_longest_that_fits(text: str, room: int) -> None:
    text *= 80
    kept = truncated_for_json(text, room).removesuffix(CUT)
    assert text.startswith(kept)
    assert size(compact_text(kept + CUT)) - 2 <= room < size(compact_text(text[: len(kept) + 1] + CUT)) - 2


def test_parts_are_counted_until_there_is_no_room() -> None:
    assert count_fitting(["aa", "bb", "cc"], 6) == 2
    assert count_fitting(["aa", "bb"], 5) == 1
    assert count_fitting(["汉"], 3) == 0


def test_json_fills_a_frame() -> None:
    room = max_json_bytes("members_1_")
    assert len("members_1_") + (room + 2) // 3 * 4 <= FRAME_BYTES < len("members_1_") + (room + 5) // 3 * 4
