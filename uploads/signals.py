"""What uploads asks the rest of the system."""

from collections.abc import Iterable
from typing import Any, Protocol

from django.dispatch import Signal


class Progress(Protocol):
    """Passes rows through, and shows how far it is."""

    def __call__(self, rows: Iterable[Any], total: int) -> Iterable[Any]: ...


# Sent before unused files are removed, with stems (a frozenset of the first parts of names) and progress
# (Progress). A receiver returns the set of those that it refers to; a file that nobody claims is removed.
references_wanted = Signal()
