"""Counters of a process, and how they are exported. Pure.

Counts are plain integers in lists and dictionaries, kept where things happen, so to count takes next to no
time. They are exported from there. They are counts of things, never of people: no label is somebody's name.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import NamedTuple

# A whole number has at most so many bits here.
_BITS = 64


class Histogram:
    """Whole numbers by their size. Each bucket reaches twice as far as the one before it: `counts[bits]` is
    how many numbers there were with so many bits."""

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts = [0] * (_BITS + 1)
        self.total = 0

    def count(self, number: int) -> None:
        """One more number, 0 or greater."""
        self.counts[number.bit_length()] += 1
        self.total += number


class MetricKind(StrEnum):
    """`GAUGE`: how much there is of something. `COUNTER`: how often something happened since the start.
    `HISTOGRAM`: how often, by size."""

    GAUGE = "gauge"
    COUNTER = "counter"
    HISTOGRAM = "histogram"


# The values of a figure's labels, in their order. A figure without labels has the key ().
Labels = tuple[str, ...]
ALONE: Labels = ()
Values = Mapping[Labels, float | Histogram]


class Figure(NamedTuple):
    """`name`: without the prefix that all have. `about`: one line of what it says. `read()` gives its values,
    and may leave out what is not known. It runs in the event loop, so it must be quick; if it
    `asks_database`, it runs in a thread instead, and may ask it something that is quick to answer.

    Numbers of a histogram are multiplied by `unit`; shown are the buckets from `least` to `most` bits.
    """

    kind: MetricKind
    name: str
    about: str
    read: Callable[[], Values]
    labels: Labels = ()
    asks_database: bool = False
    unit: float = 1.0
    least: int = 0
    most: int = 16


_registered: list[Figure] = []


def register(*figures: Figure) -> None:
    """Show these as well, from now on."""
    _registered.extend(figures)


def registered() -> list[Figure]:
    return list(_registered)


def by_label(counts: Mapping[str, float]) -> Values:
    """The values of a figure with one label."""
    return {(label,): number for label, number in counts.items()}
