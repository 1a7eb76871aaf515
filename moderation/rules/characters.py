"""Normalises each character to the plain letter that it stands for. Pure.

All characters are looked up in one table, also rare ones: computing a replacement takes a hundred times as
long.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain
from typing import NamedTuple

from accounts.names.normalizing import changing_characters, normalized_each
from moderation.rules.hanzi import SIMPLIFIED
from moderation.rules.lookalikes import LATIN

# Scripts without spaces between words: a word can begin and end anywhere.
UNSPACED = "\u3005-\u3007\u3041-\u3096\u30a1-\u30fa\u30fc\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3"
_UNSPACED_LETTER = re.compile(f"[{UNSPACED}]")

# Marks that combine with a letter: voice marks of kana, and the vowel and final parts of a Hangul syllable.
VOICE_MARKS = "\u3099\u309a\uff9e\uff9f"
JAMO_VOWELS, JAMO_ENDS = "\u1161-\u1175", "\u11a8-\u11c2"
_SYLLABLES = "\uac00-\ud7a3"
# Longer replacements are sentences in one character; only their first letter counts.
_MAX_REPLACEMENT = 6
# At most this many invisible characters may stand between a letter and its mark.
_MAX_BETWEEN = 8
# Marks that only decorate a letter. Marks of other scripts can be vowels, for example.
_DECORATING = (
    *((0x300, 0x36F), (0x483, 0x489), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF)),
    *((0xFE00, 0xFE0F), (0xFE20, 0xFE2F), (0xE0100, 0xE01EF)),
)
# Characters in the category of letters that show nothing.
_BLANK = frozenset("\u115f\u1160\u17b4\u17b5\u3164\uffa0")
_ACCENTED = ((0xC0, 0x52F), (0x1E00, 0x1FFF))
# Unpaired surrogates, which JSON may contain. They are no text, so they cannot be searched.
_HALVES = dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
_LAST_OF_BMP = 0xFFFF

JOINER = "\u200d"
_TONES = range(0x1F3FB, 0x1F400)


class Tables(NamedTuple):
    """`replacements`: by code point, for characters that do not stand for themselves; empty for invisible
    ones. `composable`: sequences of characters that make one letter. `signs`: what `is_letter` rejects,
    except `_`."""

    replacements: dict[int, str]
    composable: re.Pattern[str]
    signs: re.Pattern[str]


@cache
def tables() -> Tables:
    """Compute the tables once, in about 0.2 seconds."""
    all_ = changing_characters()
    folded = normalized_each("NFKC", normalized_each("NFKC", all_), str.casefold)
    unseen = [character for character in all_ if is_unseen(character)]
    plain: dict[int, str] = {code: LATIN.get(letter, letter) for code, letter in _without_accents(all_)}
    plain |= {ord(letter): latin for letter, latin in LATIN.items()} | dict.fromkeys(map(ord, unseen), "")
    plain |= SIMPLIFIED
    replacements = normalized_each("NFKC", folded, lambda joined: joined.translate(plain))
    replacements = [saying if len(saying) <= _MAX_REPLACEMENT else saying[0] for saying in replacements]
    table = {
        ord(character): saying
        for character, saying in zip(all_, replacements, strict=True)
        if character != saying
    }
    table |= {code: chr(code).lower() for code in range(0x80)} | _HALVES | SIMPLIFIED
    return Tables(table, _composable(all_, replacements, unseen), _signs(all_))


def fold_letters(text: str) -> str:
    """Replace each character by the letters that it stands for."""
    return text.translate(tables().replacements)


def is_letter(character: str) -> bool:
    """Return whether a folded character is a letter, a digit, or a combining mark."""
    return character.isalnum() or _is_part_of_letter(character)


def is_unspaced(character: str) -> bool:
    """Return whether a folded character belongs to a script without spaces between words."""
    return _UNSPACED_LETTER.match(character) is not None


def is_unseen(character: str) -> bool:
    """Return whether the character is invisible, or only decorates another one."""
    if character in _BLANK or unicodedata.category(character) == "Cf":
        return True
    return _is_in(ord(character), _DECORATING)


def continues(character: str) -> bool:
    """Return whether the character is displayed as a part of the one before it."""
    return unicodedata.category(character)[0] == "M" or character == JOINER or ord(character) in _TONES


def _without_accents(all_: Sequence[str]) -> Iterator[tuple[int, str]]:
    accented = [character for character in all_ if _is_in(ord(character), _ACCENTED)]
    for character, parts in zip(accented, normalized_each("NFD", accented), strict=True):
        yield ord(character), parts[0]


def _composable(all_: Sequence[str], replacements: Sequence[str], unseen: Sequence[str]) -> re.Pattern[str]:
    last = {character: saying[-1] for character, saying in zip(all_, replacements, strict=True) if saying}
    voiced = normalized_each("NFC", [f"{letter}\u3099" for letter in last.values()])
    kana = [character for character, letter in zip(last, voiced, strict=True) if len(letter) == 1]
    first_jamo = [character for character, letter in last.items() if "\u1100" <= letter <= "\u1112"]
    between = f"[{_ranges(unseen)}]{{0,{_MAX_BETWEEN}}}"
    end = f"{between}[{JAMO_ENDS}]"
    return re.compile(
        f"([{_ranges(kana)}]{between}[{VOICE_MARKS}]"
        f"|[{_ranges(first_jamo)}]{between}[{JAMO_VOWELS}](?:{end})?|[{_SYLLABLES}]{end})"
    )


def _signs(all_: Sequence[str]) -> re.Pattern[str]:
    return re.compile(f"[^\\w{_ranges([one for one in all_ if _is_part_of_letter(one)])}]+")


def _is_part_of_letter(character: str) -> bool:
    # Marks beyond this plane belong to scripts that are no longer written, and matching them is slow.
    return ord(character) <= _LAST_OF_BMP and unicodedata.category(character)[0] == "M"


def _is_in(code: int, ranges: Sequence[tuple[int, int]]) -> bool:
    return any(first <= code <= last for first, last in ranges)


def _ranges(characters: Sequence[str]) -> str:
    """Return the characters, which must be sorted, as ranges of a regular expression's class."""
    codes = list(map(ord, characters))
    firsts = [code for before, code in zip(chain([-1], codes), codes) if code != before + 1]  # noqa: B905
    lasts = [code for code, after in zip(codes, [*codes[1:], -1], strict=True) if after != code + 1]
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in zip(firsts, lasts, strict=True))
