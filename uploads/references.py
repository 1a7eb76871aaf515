"""A registry of the functions with which apps report references to stored files, and recalled files.

Each app knows only its own tables.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol


class Progress(Protocol):
    """Passes rows through and shows the progress."""

    def __call__(self, rows: Iterable[Any], total: int) -> Iterable[Any]: ...


# Yields the stems (first parts of names) of all files that an app refers to. The second argument is the
# userid of a person whose data is being erased, whose own references do not count, or empty.
References = Callable[[Progress, str], Iterator[str]]

_references: list[References] = []
_is_recalled: Callable[[str], bool] = bool


def register(*references: References) -> None:
    """Register functions that yield referenced stems. Pruning removes files that none of them yields."""
    _references.extend(references)


def referenced_stems(stems: frozenset[str], progress: Progress, leaving: str = "") -> set[str]:
    """Return those of the stems that something refers to. `leaving`: see References."""
    return {stem for stems_in in _references for stem in stems_in(progress, leaving) if stem in stems}


def set_recall_check(is_recalled: Callable[[str], bool]) -> None:
    """Set the function that tells whether all messages that refer to a stem were recalled.

    Such files are not served.
    """
    global _is_recalled
    _is_recalled = is_recalled


def is_recalled(stem: str) -> bool:
    return _is_recalled(stem)
