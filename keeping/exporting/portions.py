"""Queries by many keys, in portions: databases limit the number of a statement's parameters."""

from collections.abc import Collection, Iterator
from typing import TypeVar

from accounts import selectors

MAX_KEYS = 500

_Key = TypeVar("_Key", int, str)


def portions(keys: Collection[_Key]) -> Iterator[list[_Key]]:
    """Yield the keys in their order, MAX_KEYS at a time."""
    ordered = list(keys)
    for start in range(0, len(ordered), MAX_KEYS):
        yield ordered[start : start + MAX_KEYS]


def names_of(userids: Collection[str]) -> dict[str, str]:
    """Return the display name of each person."""
    names: dict[str, str] = {}
    for portion in portions(userids):
        names.update({userid: person.name for userid, person in selectors.names_of(portion).items()})
    return names
