"""Metrics of a process, and their registry. Pure.

Counts are plain integers in lists and dictionaries of the modules that count, so counting takes almost no
time. Metrics read them from there. No label names a person.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import NamedTuple

# The maximum number of bits of a counted number.
_BITS = 64


class Histogram:
    """Counts whole numbers by size. `counts[bits]` is the number of values with that bit length, so each
    bucket is twice as wide as the one before."""

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts = [0] * (_BITS + 1)
        self.total = 0

    def count(self, number: int) -> None:
        """Count a number, 0 or greater."""
        self.counts[number.bit_length()] += 1
        self.total += number


class MetricKind(StrEnum):
    """`GAUGE`: a current amount. `COUNTER`: a number of events since the start. `HISTOGRAM`: a number of
    events, by size."""

    GAUGE = "gauge"
    COUNTER = "counter"
    HISTOGRAM = "histogram"


# The values of a metric's labels, in order. A metric without labels has the key ().
Labels = tuple[str, ...]
ALONE: Labels = ()
Values = Mapping[Labels, float | Histogram]


class Figure(NamedTuple):
    """A metric. `name`: without the common prefix. `about`: its help text of one line. `read()` returns the
    values, and may omit unknown ones. It runs in the event loop, so it must be quick; if it
    `asks_database`, it runs in a thread instead, and its queries must be quick.

    Numbers of a histogram are multiplied by `unit`. Buckets from `least` to `most` bits are exported.
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
    """Export these metrics as well."""
    _registered.extend(figures)


def registered() -> list[Figure]:
    return list(_registered)


def by_label(counts: Mapping[str, float]) -> Values:
    """Return the values of a metric with one label."""
    return {(label,): number for label, number in counts.items()}
