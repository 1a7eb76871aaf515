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

from accounts.names.normalizing import plain
from chat.readers.entries import PREFIX_MARK

# The index holds this much of a longer word, and so many words of a text.
MAX_WORD_CHARACTERS = 32
MAX_WORDS = 10_000
# The index is asked for so many words at once.
MAX_QUERY_WORDS = 100
# What is shorter is a whole word: in a large conversation, too much begins with one letter.
MIN_PREFIX_CHARACTERS = 2

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
_CHARACTERS_PER_STEP = 1000
_LETTERS = re.compile(f"[^\\W_{_UNSPACED}]*")


def words_of(text: str) -> set[str]:
    """What the index holds of a text: never an empty word, and no word with a quote, a space or a sign of
    ASCII in it."""
    runs, others = _split(plain(text))
    words = {word[:MAX_WORD_CHARACTERS] for word in islice(dict.fromkeys(others), MAX_WORDS)}
    together = " ".join(dict.fromkeys(runs))
    for at in range(0, len(together), _CHARACTERS_PER_STEP):
        if len(words) >= MAX_WORDS:
            break
        some = together[at : at + _CHARACTERS_PER_STEP + 1]
        words.update(some, (pair for pair in set(_pairs(some)) if " " not in pair))
    words.discard(" ")
    return set(islice(words, MAX_WORDS)) if len(words) > MAX_WORDS else words


def _split(clear: str) -> tuple[list[str], list[str]]:
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


class SearchTerms(NamedTuple):
    """What somebody searches for. `runs`: what must stand together in scripts without spaces. `beginning`:
    what a word begins with; empty for none."""

    words: frozenset[str]
    runs: frozenset[str]
    prefix: str = ""

    @classmethod
    def of(cls, text: str) -> "SearchTerms":
        """The last word may be the beginning of one, unless a sign other than `*` follows it."""
        clear = plain(text).rstrip().removesuffix("*")
        runs, words = _split(clear)
        if not words or len(words[-1]) < MIN_PREFIX_CHARACTERS or not clear.endswith(words[-1]):
            return cls(frozenset(words), frozenset(runs))
        return cls(frozenset(words[:-1]), frozenset(runs), words[-1])

    def whole_words(self) -> "SearchTerms":
        """The same with whole words only."""
        return SearchTerms(self.words | {self.prefix} - {""}, self.runs)

    def index_words(self) -> tuple[str, ...]:
        """Words that the index must have of a text that has all of this; the longest first, because they are
        rare. Empty if nothing is wanted."""
        words = {word[:MAX_WORD_CHARACTERS] for word in self.words}
        words.update(pair for run in self.runs for pair in (_pairs(run) if len(run) > 1 else run))
        if self.prefix:
            begun = self.prefix[:MAX_WORD_CHARACTERS]
            words.add(begun if len(begun) == MAX_WORD_CHARACTERS else begun + PREFIX_MARK)
        return tuple(sorted(words, key=lambda word: (-len(word), word))[:MAX_QUERY_WORDS])

    @property
    def index_decides(self) -> bool:
        """Whether a text has all of this if the index has all of `index_words` of it."""
        words = self.whole_words().words
        is_complete = all(len(word) < MAX_WORD_CHARACTERS for word in words) and all(
            len(run) < 3 for run in self.runs
        )
        return is_complete and len(words) + len(self.runs) <= MAX_QUERY_WORDS

    def match(self, text: str) -> bool:
        """Whether the text has all of it."""
        clear = plain(text)
        # Looking for what is not there takes a hundredth of the time of splitting the text.
        if not all(part in clear for part in (*self.runs, *self.words, self.prefix)):
            return False
        long = {word for word in self.words if len(word) >= MAX_WORD_CHARACTERS}
        if not all(_contains_word(word, clear) for word in long):
            return False
        if len(self.prefix) >= MAX_WORD_CHARACTERS and not _contains_word(
            self.prefix, clear, is_complete=False
        ):
            return False
        return self._match_short_words(self.words - long, clear)

    def _match_short_words(self, words: frozenset[str], clear: str) -> bool:
        is_short = 0 < len(self.prefix) < MAX_WORD_CHARACTERS
        if not words and not is_short:
            return True
        there = _split(clear)[1]
        is_begun = not is_short or any(word.startswith(self.prefix) for word in there)
        return is_begun and words.issubset(there)


def _contains_word(word: str, clear: str, *, is_complete: bool = True) -> bool:
    """Whether it is a word there, or one begins with it. For long words, which cannot be in many places."""
    at = clear.find(word)
    while at >= 0:
        is_begin = at == 0 or not _LETTERS.fullmatch(clear, at - 1, at)
        end = _LETTERS.match(clear, at).end()  # type: ignore[union-attr]
        if is_begin and (not is_complete or end == at + len(word)):
            return True
        at = clear.find(word, end)
    return False


def _pairs(run: str) -> Iterator[str]:
    return map(add, run, run[1:])
