"""Normalizes texts in a time that rises with their length. Pure.

Only this module calls `unicodedata.normalize`. CPython puts combining marks into their order by moving each
one past those before it, and it holds the interpreter meanwhile: 32,000 marks after one letter take seconds.
So runs of marks are cut first, as UAX #15 describes it ("Stream-Safe Text Format"). No language needs longer
ones.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import chain, islice
from typing import Literal, NamedTuple

# So many combining marks may follow each other. UAX #15 names this number.
MAX_MARKS = 30
# So many characters of a text may become three or more each, if much comes of them. The others are left out.
MAX_EXPANDING = 1000

# So much is normalized at a time, unless it combines with what follows: 2 ms of the interpreter at most.
PORTION_CHARACTERS = 8192

# Stands between texts that are normalized together, and for a character that may combine. No text has it.
_SEPARATOR = "\0"
_TOO_MANY = _SEPARATOR * (MAX_MARKS + 1)
_RUN = re.compile(f"{_SEPARATOR}{{{MAX_MARKS + 1},}}")
# All characters that combine, or that differ in case or width, but for Hangul syllables: these combine with
# what follows only.
_PLACES = (
    *(range(0x80, 0x3400), range(0xA000, 0xAC00), range(0xD7A4, 0xD800), range(0xF900, 0x17000)),
    *(range(0x1A000, 0x20000), range(0x2F800, 0x2FA20), range(0xE0000, 0xE01F0)),
)

_Form = Literal["NFC", "NFD", "NFKC", "NFKD"]


def plain(text: str) -> str:
    """The one spelling of all that differ in case, in width, or in how accents are composed: NFKC, with the
    case folded. Only what no language has is left out: see MAX_MARKS and MAX_EXPANDING."""
    if text.isascii():
        return text.lower()
    # To look characters up takes less time than to normalize them, but tells nothing of those that combine.
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
    # It need not be composed twice, which is what takes the time.
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKD", text).casefold())


def _portions(text: str) -> Iterator[str]:
    """The text in parts that can be normalized by themselves: none begins with what may combine with the
    character before it. Between two, others have the interpreter."""
    table, start = _tables().plain, 0
    while start < len(text):
        end = start + PORTION_CHARACTERS
        while end < len(text) and table.get(ord(text[end])) == _SEPARATOR:
            end += 1
        yield text[start:end]
        start = end


def stream_safe(text: str) -> str:
    """The text without the combining marks that are more than MAX_MARKS in a row."""
    marked = text if text.isascii() else text.translate(_tables().marks)
    if _TOO_MANY not in marked:
        return text
    runs = (run.span() for run in _RUN.finditer(marked))
    ends = [0, *(end for start, last in runs for end in (start + MAX_MARKS, last)), len(text)]
    return "".join(text[start:end] for start, end in zip(ends[::2], ends[1::2], strict=True))


def normalized_each(
    form: _Form, texts: Iterable[str], change: Callable[[str], str] | None = None
) -> list[str]:
    """Each of the texts in this form, after `change`, which gets all of them at once. They are short, and
    without NUL."""
    joined = _SEPARATOR.join(texts)
    return unicodedata.normalize(form, change(joined) if change else joined).split(_SEPARATOR)


def prepare() -> None:
    """Make what is looked up, so that no text waits for it."""
    _tables()


def changing_characters() -> list[str]:
    """All characters of which the forms or cases differ, but for ASCII and Hangul syllables; and others."""
    return list(map(chr, chain(*_PLACES)))


class _Tables(NamedTuple):
    """`plain`: the plain spelling of each character that differs from it, and NUL for those that may combine
    with what stands before them. `marks`: NUL for those of which the decomposition begins with a combining
    mark. `expanding`: one of those that become three or more."""

    plain: dict[int, str]
    marks: dict[int, str]
    expanding: re.Pattern[str]


@cache
def _tables() -> _Tables:
    """Made in some 0.1 seconds: by `prepare`, or with the first text that is not ASCII."""
    all_ = changing_characters()
    spellings = normalized_each("NFKC", normalized_each("NFKC", all_), str.casefold)
    decomposed = dict(zip(all_, normalized_each("NFKD", all_), strict=True))
    seconds = {parts[-1] for parts in normalized_each("NFD", all_) if len(parts) > 1}
    marks = [ord(one) for one, parts in decomposed.items() if unicodedata.combining(parts[0])]
    others = [
        ord(one) for one, parts in decomposed.items() if parts[0] in seconds or _is_later_jamo(parts[0])
    ]
    expanding = [one for one, parts in decomposed.items() if len(parts) > 2 and _count_starters(parts) > 2]
    table = {ord(one): spelling for one, spelling in zip(all_, spellings, strict=True) if one != spelling}
    table |= {code: chr(code).lower() for code in range(0x80)}
    table |= dict.fromkeys(chain(marks, others), _SEPARATOR)
    return _Tables(table, dict.fromkeys(marks, _SEPARATOR), re.compile(f"[{''.join(expanding)}]"))


def _is_later_jamo(character: str) -> bool:
    """Whether it is a vowel or the end of a Hangul syllable."""
    return "\u1161" <= character <= "\u11c2"


def _count_starters(parts: str) -> int:
    return sum(not unicodedata.combining(part) for part in parts)


def _without_many_expanding(text: str) -> str:
    expanding = _tables().expanding
    first = next(islice(expanding.finditer(text), MAX_EXPANDING, None), None)
    if first is None:
        return text
    return text[: first.start()] + expanding.sub("", text[first.start() :])
