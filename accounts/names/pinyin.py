"""How Chinese names are spelled in Latin letters (pinyin), so that `zhangsan` and `zs` find 张三.

The dictionary takes 13 MB and 60 ms, so it is loaded with the first Chinese name, and never by what somebody
waits for: `chat.delivery.background` spells names in the background. Pure.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import combinations, islice, product

from accounts.names.normalizing import plain

# So many Chinese characters of a name are spelled. Hardly a name has more; a sentence may.
MAX_CHARACTERS = 12
# A character may be read in several ways, and a name in so many at most.
MAX_WAYS = 24
# More of a spelling is left out.
MAX_SPELLING_CHARACTERS = 1000

_HAN = re.compile("[\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")
_BETWEEN = re.compile(r"[\s'’·-]+")
_LETTERS = re.compile("[a-z]{1,64}")
# `ü` is written like this, by keyboards and in passports.
_UMLAUTS = ("v", "u", "yu")

Way = tuple[str, ...]


def spelling_of(name: str) -> str:
    """Each spelling of the name, from each of its characters on, as syllables and as their first letters,
    with a space before each. Empty if nothing of it is Chinese."""
    spellings: dict[str, None] = {}
    left = MAX_CHARACTERS
    for run in _HAN.findall(_BETWEEN.sub("", plain(name))):
        spellings.update(dict.fromkeys(_spellings(run[:left])))
        left -= len(run)
        if left <= 0:
            break
    return "".join(_fitting(spellings))


def spelled_query(text: str) -> str:
    """How a spelling begins that is asked for by this text, with a space before it. Empty if it is none."""
    letters = _BETWEEN.sub("", plain(text)).replace("ü", "v")
    return f" {letters}" if _LETTERS.fullmatch(letters) else ""


def _spellings(run: str) -> Iterator[str]:
    """The whole first: a long one may be cut."""
    ways = [*islice(_ways([_readings(character) for character in run]), MAX_WAYS)]
    for start in range(len(run)):
        yield from ("".join(way[start:]) for way in ways)
        yield from ("".join(syllable[0] for syllable in way[start:]) for way in ways)


def _ways(readings: Sequence[Sequence[str]]) -> Iterator[Way]:
    """The usual reading of all, then others of one character, then of two: surnames are often read unlike the
    same character elsewhere."""
    usual = [known[0] for known in readings]
    several = [at for at, known in enumerate(readings) if len(known) > 1]
    for count in range(3):
        for places in combinations(several, count):
            for others in product(*(readings[at][1:] for at in places)):
                way = usual.copy()
                for at, other in zip(places, others, strict=True):
                    way[at] = other
                yield tuple(way)


@lru_cache(2000)
def _readings(character: str) -> Way:
    """Without tones. Of a character that the dictionary lacks, the character itself."""
    spelled = (way for one in _dictionary()(character) for way in _written(one))
    return tuple(dict.fromkeys(spelled)) or (character,)


def _written(syllable: str) -> Iterator[str]:
    if "v" not in syllable:
        yield syllable
        return
    yield from (syllable.replace("v", letter) for letter in _UMLAUTS)


@cache
def _dictionary() -> Callable[[str], list[str]]:
    """What gives the readings of a character. Made in some 60 ms."""
    # Those of phrases would take 44 MB more, and tell nothing of names.
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
    os.environ.setdefault("PYPINYIN_NO_DICT_COPY", "true")
    from pypinyin import Style, pinyin

    return lambda character: pinyin(character, style=Style.NORMAL, heteronym=True)[0]


def _fitting(spellings: Iterable[str]) -> Iterator[str]:
    left = MAX_SPELLING_CHARACTERS
    for one in spellings:
        left -= len(one) + 1
        if left < 0:
            return
        yield f" {one}"
