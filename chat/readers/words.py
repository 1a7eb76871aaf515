"""Splits texts into words for the search index. Pure.

Scripts without spaces between words are split into single characters and pairs of neighbours, so that any
part of such a text is found. Everything else is split into whole words. Case, width and the composition of
accents make no difference.
"""

import re
from collections.abc import Iterator
from itertools import islice
from operator import add
from typing import NamedTuple

from accounts.names.normalizing import plain
from chat.readers.entries import PREFIX_MARK

# The index holds the first characters of a longer word, and this many words of a text.
MAX_WORD_CHARACTERS = 32
MAX_WORDS = 10_000
# The words in one index query.
MAX_QUERY_WORDS = 100
# A shorter word must match whole: in a large conversation, too many words begin with one letter.
MIN_PREFIX_CHARACTERS = 2

# Han, Kana, Bopomofo and Hangul; and the scripts of India and of South-East Asia: some of these have no
# spaces, and all have vowel signs that `\w` does not match.
_UNSPACED = "\u0900-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3021-\u3029\u3040-\u318f\u31a0-\u31ff"
_UNSPACED += "\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
# Arrows, symbols and emoji: each is a word.
_SIGNS = "\u2190-\u2bff\U0001f000-\U0001faff"
_RUN = re.compile(f"([{_UNSPACED}]+)")
# A word outside of such runs.
_WORD = re.compile(f"[^\\W_]+|[{_SIGNS}]")
# The characters of the runs that are split at once.
_CHARACTERS_PER_STEP = 1000
_LETTERS = re.compile(f"[^\\W_{_UNSPACED}]*")


def words_of(text: str) -> set[str]:
    """Return the words of a text for the index: no empty word, and none with a quote, a space or another
    ASCII sign."""
    runs, others = _split(plain(text))
    words = {word[:MAX_WORD_CHARACTERS] for word in islice(dict.fromkeys(others), MAX_WORDS)}
    together = " ".join(dict.fromkeys(runs))
    for offset in range(0, len(together), _CHARACTERS_PER_STEP):
        if len(words) >= MAX_WORDS:
            break
        characters = together[offset : offset + _CHARACTERS_PER_STEP + 1]
        words.update(characters, (pair for pair in set(_pairs(characters)) if " " not in pair))
    words.discard(" ")
    return set(islice(words, MAX_WORDS)) if len(words) > MAX_WORDS else words


def _split(clear: str) -> tuple[list[str], list[str]]:
    """Split a normalized text into the runs of scripts without spaces, and all other words."""
    if clear.isascii():
        return [], _WORD.findall(clear)
    parts = _RUN.split(clear)
    return parts[1::2], _WORD.findall(" ".join(parts[::2]))


def count_words(text: str) -> int:
    """Estimate the number of words of a text from its length in UTF-8: a Chinese character has three bytes
    and counts as two words; six letters count as a word."""
    beyond_ascii = len(text.encode("utf-8", "surrogatepass")) - len(text)
    return beyond_ascii + max(0, len(text) - beyond_ascii // 2) // 6 + 1


class SearchTerms(NamedTuple):
    """The terms of a search. `runs`: strings in scripts without spaces. `prefix`: of a word; empty if there
    is none."""

    words: frozenset[str]
    runs: frozenset[str]
    prefix: str = ""

    @classmethod
    def of(cls, text: str) -> "SearchTerms":
        """Split a query into terms. Its last word is a prefix, unless a sign other than `*` follows it."""
        clear = plain(text).rstrip().removesuffix("*")
        runs, words = _split(clear)
        if not words or len(words[-1]) < MIN_PREFIX_CHARACTERS or not clear.endswith(words[-1]):
            return cls(frozenset(words), frozenset(runs))
        return cls(frozenset(words[:-1]), frozenset(runs), words[-1])

    def whole_words(self) -> "SearchTerms":
        """Return the same terms with the prefix as a whole word."""
        return SearchTerms(self.words | {self.prefix} - {""}, self.runs)

    def index_words(self) -> tuple[str, ...]:
        """Return the words that the index has for each matching text, the longest first, because they are
        rare. Empty if there are no terms."""
        words = {word[:MAX_WORD_CHARACTERS] for word in self.words}
        words.update(pair for run in self.runs for pair in (_pairs(run) if len(run) > 1 else run))
        if self.prefix:
            begun = self.prefix[:MAX_WORD_CHARACTERS]
            words.add(begun if len(begun) == MAX_WORD_CHARACTERS else begun + PREFIX_MARK)
        return tuple(sorted(words, key=lambda word: (-len(word), word))[:MAX_QUERY_WORDS])

    @property
    def index_decides(self) -> bool:
        """Whether a text that has all of `index_words` in the index is sure to match."""
        words = self.whole_words().words
        is_complete = all(len(word) < MAX_WORD_CHARACTERS for word in words) and all(
            len(run) < 3 for run in self.runs
        )
        return is_complete and len(words) + len(self.runs) <= MAX_QUERY_WORDS

    def match(self, text: str) -> bool:
        """Return whether the text has all terms."""
        clear = plain(text)
        # A substring check first: it takes a hundredth of the time of splitting the text.
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
    """Return whether the text has the word or, if not `is_complete`, a word with this prefix. For long words,
    which occur few times."""
    start = clear.find(word)
    while start >= 0:
        is_begin = start == 0 or not _LETTERS.fullmatch(clear, start - 1, start)
        end = _LETTERS.match(clear, start).end()  # type: ignore[union-attr]
        if is_begin and (not is_complete or end == start + len(word)):
            return True
        start = clear.find(word, end)
    return False


def _pairs(run: str) -> Iterator[str]:
    return map(add, run, run[1:])
