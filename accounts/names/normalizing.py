"""Unicode normalization in linear time. Pure.

Only this module calls `unicodedata.normalize`. CPython sorts combining marks in quadratic time while it holds
the interpreter lock: 32,000 marks after one letter take seconds. So runs of marks are cut first, as UAX #15
describes it ("Stream-Safe Text Format"). No language needs longer runs.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import chain, islice
from typing import Literal, NamedTuple

# The maximum of consecutive combining marks, from UAX #15.
MAX_MARKS = 30
# The maximum of characters in a text that expand to three or more. The others are removed if the text grows
# much.
MAX_EXPANDING = 1000

# The length of a portion, which takes 2 ms at most. It is extended if the next character may combine.
PORTION_CHARACTERS = 8192

# Separates texts that are normalized together, and marks characters that may combine. Texts do not contain
# it.
_SEPARATOR = "\0"
_TOO_MANY = _SEPARATOR * (MAX_MARKS + 1)
_RUN = re.compile(f"{_SEPARATOR}{{{MAX_MARKS + 1},}}")
# The ranges of all characters that combine or differ in case or width, except Hangul syllables, which combine
# with the following character only.
_PLACES = (
    *(range(0x80, 0x3400), range(0xA000, 0xAC00), range(0xD7A4, 0xD800), range(0xF900, 0x17000)),
    *(range(0x1A000, 0x20000), range(0x2F800, 0x2FA20), range(0xE0000, 0xE01F0)),
)

_Form = Literal["NFC", "NFD", "NFKC", "NFKD"]


def plain(text: str) -> str:
    """Return the text in NFKC with the case folded, so that texts that differ only in case, width or
    composition of accents are equal. Runs that occur in no language are cut: see MAX_MARKS and
    MAX_EXPANDING."""
    if text.isascii():
        return text.lower()
    # A table lookup is faster than normalizing, but cannot handle characters that combine.
    looked_up = text.translate(_tables().plain)
    if len(looked_up) > len(text) + 2 * MAX_EXPANDING:
        bounded = _without_many_expanding(text)
        if bounded is not text:
            return plain(bounded)
    if _SEPARATOR not in looked_up:
        return looked_up
    if _TOO_MANY in looked_up:
        text = stream_safe(text)
    return "".join(map(_normalized, _portions(text)))


def _normalized(text: str) -> str:
    # NFKD first, because composing, the slow part, is needed only once.
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKD", text).casefold())


def _portions(text: str) -> Iterator[str]:
    """Yield parts of the text that can be normalized separately: none begins with a character that may
    combine with the one before it. Other threads may run between two parts."""
    table, start = _tables().plain, 0
    while start < len(text):
        end = start + PORTION_CHARACTERS
        while end < len(text) and table.get(ord(text[end])) == _SEPARATOR:
            end += 1
        yield text[start:end]
        start = end


def stream_safe(text: str) -> str:
    """Return the text with each run of combining marks cut to MAX_MARKS."""
    marked = text if text.isascii() else text.translate(_tables().marks)
    if _TOO_MANY not in marked:
        return text
    runs = (run.span() for run in _RUN.finditer(marked))
    ends = [0, *(end for start, last in runs for end in (start + MAX_MARKS, last)), len(text)]
    return "".join(text[start:end] for start, end in zip(ends[::2], ends[1::2], strict=True))


def normalized_each(
    form: _Form, texts: Iterable[str], change: Callable[[str], str] | None = None
) -> list[str]:
    """Normalize each of the texts, which are short and without NUL. `change` is applied first, to all of
    them in one text."""
    joined = _SEPARATOR.join(texts)
    return unicodedata.normalize(form, change(joined) if change else joined).split(_SEPARATOR)


def prepare() -> None:
    """Build the lookup tables, so that no text waits for them."""
    _tables()


def changing_characters() -> list[str]:
    """Return a superset of the characters whose normal forms or cases differ, without ASCII and Hangul
    syllables."""
    return list(map(chr, chain(*_PLACES)))


class _Tables(NamedTuple):
    """Lookup tables. `plain`: the plain spelling of each character that differs from it, and NUL for
    characters that may combine with the one before. `marks`: NUL for characters whose decomposition begins
    with a combining mark. `expanding`: matches a character that expands to three or more."""

    plain: dict[int, str]
    marks: dict[int, str]
    expanding: re.Pattern[str]


@cache
def _tables() -> _Tables:
    """Build the tables, which takes about 0.1 s."""
    all_ = changing_characters()
    spellings = normalized_each("NFKC", normalized_each("NFKC", all_), str.casefold)
    decomposed = dict(zip(all_, normalized_each("NFKD", all_), strict=True))
    seconds = {parts[-1] for parts in normalized_each("NFD", all_) if len(parts) > 1}
    marks = [ord(one) for one, parts in decomposed.items() if unicodedata.combining(parts[0])]
    others = [
        ord(one) for one, parts in decomposed.items() if parts[0] in seconds or _is_later_jamo(parts[0])
    ]
    expanding = [
        one
        for one, parts in decomposed.items()
        if len(parts) > 2 and sum(not unicodedata.combining(part) for part in parts) > 2
    ]
    table = {ord(one): spelling for one, spelling in zip(all_, spellings, strict=True) if one != spelling}
    table |= {code: chr(code).lower() for code in range(0x80)}
    table |= dict.fromkeys(chain(marks, others), _SEPARATOR)
    return _Tables(table, dict.fromkeys(marks, _SEPARATOR), re.compile(f"[{''.join(expanding)}]"))


def _is_later_jamo(character: str) -> bool:
    """Return whether the character is a vowel or a final consonant of a Hangul syllable."""
    return "\u1161" <= character <= "\u11c2"


def _without_many_expanding(text: str) -> str:
    expanding = _tables().expanding
    first = next(islice(expanding.finditer(text), MAX_EXPANDING, None), None)
    if first is None:
        return text
    return text[: first.start()] + expanding.sub("", text[first.start() :])
