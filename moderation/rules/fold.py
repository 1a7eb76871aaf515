"""What a text says, however it is written. Pure.

Case, width, accents, letters that look alike and characters that nobody sees make no difference. `kept` still
has the spaces and signs, `squeezed` has letters and digits only. Both know where in the text each of their
characters comes from.

Most texts become what they already are, one character for one. For these, everything here is done without
a loop over their characters.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby, islice

from moderation.rules.lookalikes import LATIN

# In these scripts no spaces stand between words: a word can begin and end anywhere.
_UNSPACED = "\u3005-\u3007\u3041-\u3096\u30a1-\u30fa\u30fc\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3"
# Signs of Chinese texts, emoji, and the wide signs, that are ASCII but for their width.
_WIDE = "\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff5e"
_SIGNS = f"\u2014\u2018-\u201d\u3001-\u3003\u3008-\u3011{_WIDE}\U0001f300-\U0001f3fa\U0001f400-\U0001f64f"
_SIGNS += "\U0001f680-\U0001f6ff\U0001f900-\U0001f9ff"
_ODD = re.compile(f"[^\x00-\x7f{_UNSPACED}{_SIGNS}]")
_EASY_SIGNS = re.compile(f"[^0-9a-z{_UNSPACED}]+")
_WIDE_SIGN = re.compile(f"[{_WIDE}]")
_UNSPACED_LETTER = re.compile(f"[{_UNSPACED}]")
_WIDER_BY = 0xFEE0

_ASCII = bytes(range(128))
_SMALL = bytes(range(256)).lower()
_ASCII_SIGNS = bytes(byte for byte in _ASCII if not chr(byte).isalnum())

# Marks that make one letter of two or three: of Kana, and the later parts of a Hangul syllable.
_COMPOSING = "\u3099\u309a\u1161-\u1175\u11a8-\u11c2\uff9e\uff9f"
_COMPOSING_MARK = re.compile(f"[{_COMPOSING}]")
# Marks that only decorate a letter. Those of other scripts are vowels, for example.
_DECORATING = (
    *((0x300, 0x36F), (0x483, 0x489), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF)),
    *((0xFE00, 0xFE0F), (0xFE20, 0xFE2F), (0xE0100, 0xE01EF)),
)
# Letters by their class, that show nothing.
_BLANK = frozenset("\u115f\u1160\u17b4\u17b5\u3164\uffa0")
# What is not seen and may stand between a letter and its mark.
_UNSEEN = "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff" + "".join(_BLANK)
_UNSEEN += "".join(f"{chr(first)}-{chr(last)}" for first, last in _DECORATING)
_UNIT = re.compile(f"[^{_COMPOSING}](?:[{_UNSEEN}]*[{_COMPOSING}]){{1,2}}|.", re.DOTALL)
_ACCENTED = ((0xC0, 0x52F), (0x1E00, 0x1FFF))
_JOINER = "\u200d"
_TONES = range(0x1F3FB, 0x1F400)
_MOST_UNITS = 8192


class Folded:
    """A text, folded."""

    __slots__ = ("_kept", "_small", "_starts", "_units", "squeezed", "text")

    def __init__(self, text: str, small: str, squeezed: str, units: Sequence[str] | None = None) -> None:
        """`small`: the text in small letters, but for wide signs. `units`: where one character does not come
        from one, the parts of the text that do not depend on each other."""
        self.text = text
        self.squeezed = squeezed
        self._small = small
        self._kept: str | None = None if units is None else small
        self._units = units
        self._starts: list[int] | None = None

    @property
    def kept(self) -> str:
        """With spaces and signs."""
        if self._kept is None:
            small = self._small
            self._kept = small if small.isascii() else _WIDE_SIGN.sub(_narrow, small)
        return self._kept

    def letters(self) -> list[int]:
        """Where in `kept` each character of `squeezed` stands."""
        return [place for place, character in enumerate(self.kept) if is_letter(character)]

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Where in the text the characters of `kept` from `first` to `last` begin and end. What is not seen
        belongs to the character before it, and no character is cut that people see as one."""
        if self._units is None:
            return whole(self.text, first, last + 1)
        if self._starts is None:
            self._starts = list(_starts(self._units))
        starts, length = self._starts, len(self.text)
        following = next((start for start in islice(starts, last + 1, None) if start > starts[last]), length)
        return whole(self.text, starts[first], following)


def fold(text: str) -> Folded:
    """What the text says."""
    if text.isascii():
        small = text.encode().translate(_SMALL)
        return Folded(text, small.decode(), small.translate(None, _ASCII_SIGNS).decode())
    if _ODD.search(text) is None:
        lowered = text.lower()
        return Folded(text, lowered, _EASY_SIGNS.sub("", lowered))
    return _fold_each(text)


@lru_cache(_MOST_UNITS)
def is_letter(character: str) -> bool:
    """Whether the folded character is a letter or a digit, or a part of one."""
    return character.isalnum() or unicodedata.category(character)[0] == "M"


def is_unspaced(character: str) -> bool:
    """Whether the folded character is of a script that has no spaces between words."""
    return _UNSPACED_LETTER.match(character) is not None


def whole(text: str, start: int, end: int) -> tuple[int, int]:
    """The part of the text, and what is left of the first and the last character as people see it."""
    while start > 0 and (_continues(text[start]) or text[start - 1] == _JOINER):
        start -= 1
    while end < len(text) and (_continues(text[end]) or text[end - 1] == _JOINER):
        end += 1
    return start, end


def _fold_each(text: str) -> Folded:
    units = _UNIT.findall(text) if _COMPOSING_MARK.search(text) else text
    kept = "".join(map(fold_unit, units))
    is_easy = _ODD.search(kept) is None
    return Folded(
        text, kept, _EASY_SIGNS.sub("", kept) if is_easy else "".join(filter(is_letter, kept)), units
    )


def _starts(units: Sequence[str]) -> Iterator[int]:
    """Where the unit begins that each folded character comes from."""
    start = 0
    for unit in units:
        for _ in fold_unit(unit):
            yield start
        start += len(unit)


@lru_cache(_MOST_UNITS)
def fold_unit(unit: str) -> str:
    """What a character says, or several that make one letter; nothing for what is not seen."""
    if len(unit) > 1:
        unit = "".join(character for character in unit if not _is_unseen(character))
    composed = unicodedata.normalize("NFKC", unit)
    small = unicodedata.normalize("NFKC", composed.casefold())
    return "".join(LATIN.get(letter, letter) for letter in map(_plain, small))


def _plain(character: str) -> str:
    if _is_unseen(character):
        return ""
    code = ord(character)
    if _is_in(code, _ACCENTED):
        return unicodedata.normalize("NFD", character)[0]
    # Half a pair, as JSON can have it: no text, so nothing that could be searched.
    return "\ufffd" if 0xD800 <= code <= 0xDFFF else character


def _is_unseen(character: str) -> bool:
    if character in _BLANK or unicodedata.category(character) == "Cf":
        return True
    return _is_in(ord(character), _DECORATING)


def _continues(character: str) -> bool:
    """Whether people see the character as a part of the one before it."""
    return unicodedata.category(character)[0] == "M" or character == _JOINER or ord(character) in _TONES


def _is_in(code: int, ranges: Sequence[tuple[int, int]]) -> bool:
    return any(first <= code <= last for first, last in ranges)


def _narrow(sign: "re.Match[str]") -> str:
    return chr(ord(sign[0]) - _WIDER_BY)


def masked(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """The text with `*` for each character of the spans. It is as long as before."""
    characters = list(text)
    for start, end in spans:
        characters[start:end] = "*" * (end - start)
    return "".join(characters)


def runs(places: Sequence[int]) -> Iterator[tuple[int, int]]:
    """First and last of the places that follow each other; the places rise."""
    for _, group in groupby(enumerate(places), lambda item: item[1] - item[0]):
        found = [place for _, place in group]
        yield found[0], found[-1]
