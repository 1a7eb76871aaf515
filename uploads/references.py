"""What refers to stored files, and which of them are recalled: said by the apps that register here, each of
which knows its own tables."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol


class Progress(Protocol):
    """Passes rows through and shows the progress."""

    def __call__(self, rows: Iterable[Any], total: int) -> Iterable[Any]: ...


# The stems, the first parts of names, of all files that something refers to. The second argument: the userid
# of a leaving person, whose own references do not count, or empty.
References = Callable[[Progress, str], Iterator[str]]

_references: list[References] = []
_is_recalled: Callable[[str], bool] = bool


def register(*references: References) -> None:
    """Keep the files that these refer to. A file that nothing refers to is removed."""
    _references.extend(references)


def claimed(stems: frozenset[str], progress: Progress, leaving: str = "") -> set[str]:
    """Those of the files that something refers to. `leaving`: see References."""
    return {stem for stems_in in _references for stem in stems_in(progress, leaving) if stem in stems}


def recall_by(is_recalled: Callable[[str], bool]) -> None:
    """From now on, do not serve files for whose stem `is_recalled` is true: everything that referred to them
    was recalled."""
    global _is_recalled
    _is_recalled = is_recalled


def is_recalled(stem: str) -> bool:
    return _is_recalled(stem)
