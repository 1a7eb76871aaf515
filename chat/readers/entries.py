"""The entries of the search index: a place together with a word, so that a search reads nothing of other
places. Pure."""

import base64
import hashlib
from collections.abc import Iterable
from functools import lru_cache

# Ends what stands for all words that begin so. No word of a text has this sign.
PREFIX_MARK = "*"
_CODE_CHARACTERS = 6


class TooCommon(Exception):
    """So much has words that begin like this that looking it up would take too long."""


def entry(place: str, word: str) -> str:
    """The one of this place and this word."""
    return f"{place_code(place)}{word}"


def entries(places: Iterable[str], words: Iterable[str]) -> list[str]:
    """Those of each place with each word."""
    some = list(words)
    return [f"{begin}{word}" for begin in map(place_code, places) for word in some]


def quoted(entry: str, quote: str, beginning: str) -> str:
    """The entry between these quotes. `beginning`: what the database writes after what stands for all that
    begin so."""
    word = entry.removesuffix(PREFIX_MARK)
    return f"{quote}{word}{quote}{'' if word == entry else beginning}"


def has_prefix(words: Iterable[str]) -> bool:
    """Whether one of them stands for all that begin so."""
    return any(word.endswith(PREFIX_MARK) for word in words)


@lru_cache(10_000)
def place_code(place: str) -> str:
    """What stands for a place. Places with the same sign are told apart by the search itself."""
    digest = hashlib.blake2b(place.encode(), digest_size=5).digest()
    return base64.b32encode(digest).decode().lower()[:_CODE_CHARACTERS]
