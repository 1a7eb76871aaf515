"""Types of progress displays."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

# Called with the number of bytes (or rows) that were processed since the last call.
Advance = Callable[[int], object]

# Takes a description of the work and its total, if known. Shows the progress in the block.
Progress = Callable[[str, int | None], AbstractContextManager[Advance]]


@contextmanager
def unseen(_what: str, _total: int | None) -> Iterator[Advance]:
    """A progress display that shows nothing."""
    yield lambda size: None
