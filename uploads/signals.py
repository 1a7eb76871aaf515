"""What uploads asks the other apps."""

from collections.abc import Iterable
from typing import Any, Protocol

from django.dispatch import Signal


class Progress(Protocol):
    """Passes rows through and shows the progress."""

    def __call__(self, rows: Iterable[Any], total: int) -> Iterable[Any]: ...


# Sent when somebody asks for a file, with `stem`, the first part of its name. A receiver returns whether all
# that referred to it was recalled: then nobody gets it.
recalled_wanted = Signal()

# Sent before unused files are removed, with stems (a frozenset of the first parts of names) and progress
# (Progress). A receiver returns the set of stems that it refers to. A file that no receiver claims is
# removed. With `leaving`: the userid of somebody whose own references do not count.
references_wanted = Signal()
