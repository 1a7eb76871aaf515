"""How Chinese names are spelled in Latin letters (pinyin), so that `zhangsan` and `zs` find 张三.

The dictionary takes 13 MB and 60 ms. It is loaded with the first Chinese name, and only in the background,
where `chat.delivery.background` spells names. Pure.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import combinations, islice, product

from accounts.names.normalizing import plain

# The maximum of Chinese characters that are spelled. Names rarely have more; sentences do.
MAX_CHARACTERS = 12
# The maximum of readings of a name, because a character may have several.
MAX_WAYS = 24
# Longer spellings are cut.
MAX_SPELLING_CHARACTERS = 1000

_HAN = re.compile("[\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")
_BETWEEN = re.compile(r"[\s'’·-]+")
_LETTERS = re.compile("[a-z]{1,64}")
# The ways in which keyboards and passports write `ü`.
_UMLAUTS = ("v", "u", "yu")

Way = tuple[str, ...]


def spelling_of(name: str) -> str:
    """Return the spellings of the name and of its suffixes, as whole syllables and as initials, each after
    a space. Empty if the name has no Chinese characters."""
    spellings: dict[str, None] = {}
    left = MAX_CHARACTERS
    for run in _HAN.findall(_BETWEEN.sub("", plain(name))):
        spellings.update(dict.fromkeys(_spellings(run[:left])))
        left -= len(run)
        if left <= 0:
            break
    return "".join(_within_maximum(spellings))


def spelled_query(text: str) -> str:
    """Return the search text as the beginning of a spelling, after a space. Empty if it cannot be pinyin."""
    letters = _BETWEEN.sub("", plain(text)).replace("ü", "v")
    return f" {letters}" if _LETTERS.fullmatch(letters) else ""


def _spellings(run: str) -> Iterator[str]:
    """Yield the spellings of the whole run first, because the result may be cut."""
    ways = [*islice(_ways([_readings(character) for character in run]), MAX_WAYS)]
    for start in range(len(run)):
        yield from ("".join(way[start:]) for way in ways)
        yield from ("".join(syllable[0] for syllable in way[start:]) for way in ways)


def _ways(readings: Sequence[Sequence[str]]) -> Iterator[Way]:
    """The usual reading of all, then others of one character, then of two: surnames are often read unlike the
    same character elsewhere."""
    usual = [known[0] for known in readings]
    several = [index for index, known in enumerate(readings) if len(known) > 1]
    for count in range(3):
        for places in combinations(several, count):
            for others in product(*(readings[index][1:] for index in places)):
                way = usual.copy()
                for index, other in zip(places, others, strict=True):
                    way[index] = other
                yield tuple(way)


@lru_cache(2000)
def _readings(character: str) -> Way:
    """Return the readings of a character without tones, or the character itself if the dictionary lacks
    it."""
    spelled = (way for syllable in _dictionary()(character) for way in _umlaut_spellings(syllable))
    return tuple(dict.fromkeys(spelled)) or (character,)


def _umlaut_spellings(syllable: str) -> Iterator[str]:
    if "v" not in syllable:
        yield syllable
        return
    yield from (syllable.replace("v", letter) for letter in _UMLAUTS)


@cache
def _dictionary() -> Callable[[str], list[str]]:
    """Load the dictionary in about 60 ms. Return the function that looks up the readings of a character."""
    # Phrases would take 44 MB more, and do not help with names.
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
    os.environ.setdefault("PYPINYIN_NO_DICT_COPY", "true")
    from pypinyin import Style, pinyin

    return lambda character: pinyin(character, style=Style.NORMAL, heteronym=True)[0]


def _within_maximum(spellings: Iterable[str]) -> Iterator[str]:
    left = MAX_SPELLING_CHARACTERS
    for spelling in spellings:
        left -= len(spelling) + 1
        if left < 0:
            return
        yield f" {spelling}"
