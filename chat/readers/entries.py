"""The entries of the search index: a code of the conversation (the place) with a word, so that a search reads
no entries of other conversations. Pure."""

import base64
import hashlib
from collections.abc import Iterable
from functools import lru_cache

# Ends a word that stands for all words with this prefix. No word of a text has this sign.
PREFIX_MARK = "*"
_CODE_CHARACTERS = 6


class TooCommon(Exception):
    """Too many documents have words with this prefix for looking them up."""


def entry(place: str, word: str) -> str:
    """Return the entry of this place and this word."""
    return f"{place_code(place)}{word}"


def entries(places: Iterable[str], words: Iterable[str]) -> list[str]:
    """Return the entries of each place with each word."""
    some = list(words)
    return [f"{begin}{word}" for begin in map(place_code, places) for word in some]


def quoted(entry: str, quote: str, prefix_operator: str) -> str:
    """Quote the entry for a query. `prefix_operator`: what the database has after a prefix."""
    word = entry.removesuffix(PREFIX_MARK)
    return f"{quote}{word}{quote}{'' if word == entry else prefix_operator}"


def has_prefix(words: Iterable[str]) -> bool:
    """Return whether one of the words is a prefix."""
    return any(word.endswith(PREFIX_MARK) for word in words)


@lru_cache(10_000)
def place_code(place: str) -> str:
    """Return the short code of a place. Codes may collide: a search checks its matches."""
    digest = hashlib.blake2b(place.encode(), digest_size=5).digest()
    return base64.b32encode(digest).decode().lower()[:_CODE_CHARACTERS]
