"""The words of a text, as the search index knows them. Pure.

Scripts that put no spaces between words are split into single characters and into pairs of neighbours; what
was asked for is then found wherever it stands in such a text. Everything else is split into whole words.
Case, width and the way in which accents are composed make no difference.
"""

import re
from collections.abc import Iterator
from itertools import islice
from operator import add
from typing import NamedTuple

from accounts.normalizing import plain

# The index holds this much of a longer word, and so many words of a text.
LONGEST = 32
MOST_WORDS = 10_000
# The index is asked for so many words at once.
MOST_ASKED = 100

# Han, Kana, Bopomofo and Hangul; and the scripts of India and of South-East Asia: some of these have no
# spaces, and all have vowels that are no letters to `\w`.
_UNSPACED = "\u0900-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3021-\u3029\u3040-\u318f\u31a0-\u31ff"
_UNSPACED += "\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
# Arrows, symbols and emoji: each is a word.
_SIGNS = "\u2190-\u2bff\U0001f000-\U0001faff"
_RUN = re.compile(f"([{_UNSPACED}]+)")
# Where there are no such runs.
_WORD = re.compile(f"[^\\W_]+|[{_SIGNS}]")
# So much of the runs is taken apart at once.
_PORTION = 1000
_LETTERS = re.compile(f"[^\\W_{_UNSPACED}]*")


def words_of(text: str) -> set[str]:
    """What the index holds of a text: never an empty word, and no word with a quote, a space or a sign of
    ASCII in it."""
    runs, others = _taken_apart(plain(text))
    words = {word[:LONGEST] for word in islice(dict.fromkeys(others), MOST_WORDS)}
    together = " ".join(dict.fromkeys(runs))
    for at in range(0, len(together), _PORTION):
        if len(words) >= MOST_WORDS:
            break
        some = together[at : at + _PORTION + 1]
        words.update(some, (pair for pair in set(_pairs(some)) if " " not in pair))
    words.discard(" ")
    return set(islice(words, MOST_WORDS)) if len(words) > MOST_WORDS else words


def _taken_apart(clear: str) -> tuple[list[str], list[str]]:
    """What stands together in scripts without spaces, and all other words, of a plain text."""
    if clear.isascii():
        return [], _WORD.findall(clear)
    parts = _RUN.split(clear)
    return parts[1::2], _WORD.findall(" ".join(parts[::2]))


def count_words(text: str) -> int:
    """About how many words a text has at most, told from its length in UTF-8: a Chinese character has three
    bytes, and two words; six letters are a word."""
    beyond_ascii = len(text.encode("utf-8", "surrogatepass")) - len(text)
    return beyond_ascii + max(0, len(text) - beyond_ascii // 2) // 6 + 1


class Wanted(NamedTuple):
    """What somebody searches for. `runs`: what must stand together in scripts without spaces."""

    words: frozenset[str]
    runs: frozenset[str]

    @classmethod
    def of(cls, text: str) -> "Wanted":
        runs, words = _taken_apart(plain(text))
        return cls(frozenset(words), frozenset(runs))

    def asked(self) -> tuple[str, ...]:
        """Words that the index must have of a text that has all of this; the longest first, because they are
        rare. Empty if nothing is wanted."""
        found = {word[:LONGEST] for word in self.words}
        found.update(pair for run in self.runs for pair in (_pairs(run) if len(run) > 1 else run))
        return tuple(sorted(found, key=lambda word: (-len(word), word))[:MOST_ASKED])

    @property
    def is_told(self) -> bool:
        """Whether a text has all of this if the index has all of `asked` of it."""
        is_whole = all(len(word) < LONGEST for word in self.words) and all(len(run) < 3 for run in self.runs)
        return is_whole and len(self.words) + len(self.runs) <= MOST_ASKED

    def is_in(self, text: str) -> bool:
        """Whether the text has all of it."""
        clear = plain(text)
        # Looking for what is not there takes a hundredth of the time of splitting the text.
        if not all(part in clear for part in (*self.runs, *self.words)):
            return False
        short = {word for word in self.words if len(word) < LONGEST}
        if not all(_stands_in(word, clear) for word in self.words - short):
            return False
        return not short or short.issubset(_taken_apart(clear)[1])


def _stands_in(word: str, clear: str) -> bool:
    """Whether it is a whole word there. For long words, which cannot be in many places."""
    at = clear.find(word)
    while at >= 0:
        is_begin = at == 0 or not _LETTERS.fullmatch(clear, at - 1, at)
        end = _LETTERS.match(clear, at).end()  # type: ignore[union-attr]
        if is_begin and end == at + len(word):
            return True
        at = clear.find(word, end)
    return False


def _pairs(run: str) -> Iterator[str]:
    return map(add, run, run[1:])
