"""Folds texts for comparison. Pure.

Case, width, accents, lookalike letters, traditional characters and invisible characters make no difference.
`spaced` keeps spaces and signs, `squeezed` has only letters and digits. Both can map each of their characters
back to its position in the text.

A text may be long and the event loop waits, so each step is a single call on the whole text. Positions are
computed only for the blocks in which something is found.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, groupby

from accounts.names.normalizing import normalized_each
from moderation.rules.characters import JOINER, UNSPACED, continues, fold_letters, is_letter, tables
from moderation.rules.hanzi import SIMPLIFIED
from moderation.rules.lookalikes import SHAPES

# Chinese punctuation, emoji, and the full-width forms of ASCII signs.
_WIDE = "\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff5e"
_WIDE_SIGNS = re.findall(f"[{_WIDE}]", "".join(map(chr, range(0xFF00, 0xFF60))))
_SIGNS = f"\u2014\u2018-\u201d\u3001-\u3003\u3008-\u3011{_WIDE}\U0001f300-\U0001f3fa\U0001f400-\U0001f64f"
_SIGNS += "\U0001f680-\U0001f6ff\U0001f900-\U0001f9ff"
_ODD = re.compile(f"[^\x00-\x7f{UNSPACED}{_SIGNS}]")
_EASY_SIGNS = re.compile(f"[^0-9a-z{UNSPACED}]+")
_NARROW = {code: chr(code - 0xFEE0) for code in map(ord, _WIDE_SIGNS)}

_TRADITIONAL = re.compile(f"[{''.join(map(chr, SIMPLIFIED))}]")
_LATIN, _OTHERS = "A-Za-z\u00c0-\u024f", "\u0370-\u052f\u1f00-\u1fff"
# Greek and Cyrillic letters next to Latin ones. Possessive, so that failures are not retried from each
# letter.
_MIXED = re.compile(f"((?<=[{_LATIN}])[{_OTHERS}]++|(?<![{_OTHERS}])[{_OTHERS}]++(?=[{_LATIN}]))")

_ASCII = bytes(range(128))
_SMALL = bytes(range(256)).lower()
_ASCII_SIGNS = bytes(byte for byte in _ASCII if not chr(byte).isalnum())

_BLOCK = 64
# A displayed character extends at most this many characters in either direction.
_MAX_CONTINUED = 32


class _Origins:
    """Maps characters made from others back to them, block by block. `lengths`: number of characters made
    from each block. `places(block)`: for each of them, the index in the block of its source."""

    def __init__(self, lengths: Iterable[int], places: Callable[[int], list[int]]) -> None:
        # Evaluated lazily: most matches are near the beginning.
        self._lengths = accumulate(lengths)
        self._ends: list[int] = [0]
        self._places = places
        self._known: dict[int, list[int]] = {}

    def source_index(self, place: int) -> int:
        while self._ends[-1] <= place:
            self._ends.append(next(self._lengths))
        number = bisect_right(self._ends, place) - 1
        if number not in self._known:
            self._known[number] = self._places(number)
        return number * _BLOCK + self._known[number][place - self._ends[number]]


class Folded:
    """A folded text, with the positions of its characters."""

    __slots__ = (
        "_blocks",
        "_letters",
        "_origins",
        "_parts",
        "_small",
        "_source",
        "_spaced",
        "squeezed",
        "text",
    )

    def __init__(
        self,
        text: str,
        small: str,
        squeezed: str,
        blocks: Sequence[str] | None = None,
        parts: "_Parts | None" = None,
    ) -> None:
        """`small`: the text in lower case, with full-width signs. `blocks`: the folded blocks of `parts`, or
        of the text, if characters do not correspond one to one; otherwise None."""
        self.text = text
        self.squeezed = squeezed
        self._small = small
        self._spaced: str | None = None if blocks is None else small
        self._blocks = blocks
        self._parts = parts
        self._source = text if parts is None else parts.composed_text
        self._origins: _Origins | None = None
        self._letters: _Origins | None = None

    @property
    def spaced(self) -> str:
        """The folded text with spaces and signs."""
        if self._spaced is None:
            small = self._small
            self._spaced = small if small.isascii() else small.translate(_NARROW)
        return self._spaced

    def spaced_indexes(self, first: int = 0, end: int | None = None) -> list[int]:
        """Return the indexes in `spaced` of the characters of `squeezed` from `first` to before `end`."""
        return [
            self.spaced_index(place) for place in range(first, len(self.squeezed) if end is None else end)
        ]

    def spaced_index(self, place: int) -> int:
        """Return the index in `spaced` of a character of `squeezed`."""
        if self._letters is None:
            lengths = (len(_squeezed(block)) for block in _blocks(self.spaced))
            self._letters = _Origins(lengths, self._letters_in)
        return self._letters.source_index(place)

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Return start and end in the text of the characters of `spaced` from `first` to `last`. Invisible
        characters belong to the character before them, and no displayed character is cut."""
        if self._blocks is None:
            return grapheme_span(self.text, first, last + 1)
        start, end = self._start(last), len(self.text)
        for place in range(last + 1, len(self.spaced)):
            if (following := self._start(place)) > start:
                end = following
                break
        return grapheme_span(self.text, self._start(first), end)

    def _start(self, place: int) -> int:
        """Return where in the text the source of a character of `spaced` begins."""
        if self._origins is None:
            self._origins = _Origins(map(len, self._blocks or ()), self._places_in)
        origin = self._origins.source_index(place)
        return origin if self._parts is None else self._parts.start(origin)

    def _places_in(self, number: int) -> list[int]:
        block = self._source[number * _BLOCK : (number + 1) * _BLOCK]
        return [place for place, character in enumerate(block) for _ in fold_letters(character)]

    def _letters_in(self, number: int) -> list[int]:
        block = self.spaced[number * _BLOCK : (number + 1) * _BLOCK]
        return [place for place, character in enumerate(block) if is_letter(character)]


class _Parts:
    """A text whose composable sequences are composed. `composed_text`: the result."""

    def __init__(self, parts: list[str]) -> None:
        """`parts`: every second one is a sequence to compose."""
        lengths = list(map(len, parts))
        letters = list(set(parts[1::2]))
        composed = dict(zip(letters, normalized_each("NFC", letters, fold_letters), strict=True))
        parts[1::2] = map(composed.__getitem__, parts[1::2])
        self.composed_text = "".join(parts)
        self._starts = [0, *accumulate(lengths)]
        self._ends = list(accumulate(map(len, parts)))

    def start(self, place: int) -> int:
        """Return where in the text the source of a character of `composed_text` begins."""
        number = bisect_right(self._ends, place)
        if number % 2:
            return self._starts[number]
        return self._starts[number] + place - (self._ends[number - 1] if number else 0)


def fold(text: str) -> Folded:
    """Fold the text."""
    if text.isascii():
        small = text.encode().translate(_SMALL)
        return Folded(text, small.decode(), small.translate(None, _ASCII_SIGNS).decode())
    if _ODD.search(text) is None:
        lowered = text.lower()
        if _TRADITIONAL.search(lowered):
            lowered = lowered.translate(SIMPLIFIED)
        return Folded(text, lowered, _EASY_SIGNS.sub("", lowered))
    return _fold_odd(text)


def grapheme_span(text: str, start: int, end: int) -> tuple[int, int]:
    """Extend the range so that its first and last displayed characters are complete."""
    first, last = max(0, start - _MAX_CONTINUED), min(len(text), end + _MAX_CONTINUED)
    while start > first and (continues(text[start]) or text[start - 1] == JOINER):
        start -= 1
    while end < last and (continues(text[end]) or text[end - 1] == JOINER):
        end += 1
    return start, end


def _fold_odd(text: str) -> Folded:
    divided = tables().composable.split(text)
    parts = _Parts(divided) if len(divided) > 1 else None
    blocks = list(map(fold_letters, _blocks(text if parts is None else parts.composed_text)))
    spaced = "".join(blocks)
    return Folded(text, spaced, _squeezed(spaced), blocks, parts)


def readings(text: str) -> Iterator[str]:
    """Yield the text, and, if it mixes scripts, the text with Greek and Cyrillic letters among Latin ones
    read by their shape: a small ν is the small letter of Ν, but looks like a v. The length stays the same."""
    yield text
    parts = [text] if text.isascii() else _MIXED.split(text)
    if len(parts) > 1:
        yield _read_by_shape(parts)


def _read_by_shape(parts: list[str]) -> str:
    """Read every second part as Latin letters."""
    parts[1::2] = "\n".join(parts[1::2]).translate(SHAPES).split("\n")
    return "".join(parts)


def _blocks(text: str) -> Iterator[str]:
    return (text[at : at + _BLOCK] for at in range(0, len(text), _BLOCK))


def _squeezed(spaced: str) -> str:
    """Return only the letters and digits of a folded text."""
    if spaced.isascii():
        return spaced.encode().translate(None, _ASCII_SIGNS).decode()
    return tables().signs.sub("", spaced.replace("_", ""))


def masked(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """Replace each character of the spans by `*`. The length stays the same."""
    parts, end = [], 0
    for first, last in sorted(spans):
        parts += [text[end:first], "*" * (last - max(first, end))]
        end = max(end, last)
    return "".join([*parts, text[end:]])


def consecutive_runs(places: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield first and last of each run of consecutive places, which must be sorted."""
    for _, group in groupby(enumerate(places), lambda item: item[1] - item[0]):
        run = [place for _, place in group]
        yield run[0], run[-1]
