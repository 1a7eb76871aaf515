"""How people who wait are shown that something goes on."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

# To be called with how many bytes were dealt with since the last call.
Advance = Callable[[int], object]

# Shows how far a piece of work has come, as long as the block lasts: what it is, and its bytes, if known.
Progress = Callable[[str, int | None], AbstractContextManager[Advance]]


@contextmanager
def unseen(_what: str, _total: int | None) -> Iterator[Advance]:
    """Shows nobody anything."""
    yield lambda size: None
