"""Measures the processor time of a block, by process."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager


@contextmanager
def taken(clocks: Mapping[str, Callable[[], float]]) -> Iterator[dict[str, float]]:
    """How far each clock moved during the block; filled at its end."""
    moved: dict[str, float] = {}
    before = {name: read() for name, read in clocks.items()}
    yield moved
    moved.update((name, read() - before[name]) for name, read in clocks.items())
