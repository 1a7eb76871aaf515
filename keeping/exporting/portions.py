"""Many rows that are asked for by their keys: some databases allow no statement with more values."""

from collections.abc import Collection, Iterator
from typing import TypeVar

from accounts import selectors

MAX_AT_ONCE = 500

_Key = TypeVar("_Key", int, str)


def portions(keys: Collection[_Key]) -> Iterator[list[_Key]]:
    """The keys in their order, so many at a time."""
    ordered = list(keys)
    for start in range(0, len(ordered), MAX_AT_ONCE):
        yield ordered[start : start + MAX_AT_ONCE]


def names_of(userids: Collection[str]) -> dict[str, str]:
    """What each person is called."""
    names: dict[str, str] = {}
    for some in portions(userids):
        names.update({userid: named.name for userid, named in selectors.names_of(some).items()})
    return names
