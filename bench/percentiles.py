"""Percentiles, by nearest rank: always a value that was measured. Pure."""

from collections.abc import Sequence
from math import ceil


def percentile(ordered: Sequence[float], percent: float) -> float:
    """Return the smallest value that at least `percent` of all values do not exceed; 0 if there are none.
    `ordered` must be sorted."""
    if not ordered:
        return 0.0
    return ordered[max(0, ceil(round(len(ordered) * percent / 100, 9)) - 1)]


def summary(values: Sequence[float]) -> dict[str, float]:
    """Return the percentiles that are reported."""
    ordered = sorted(values)
    return {f"p{percent:g}": percentile(ordered, percent) for percent in (50, 99, 99.9)}
