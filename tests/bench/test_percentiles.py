"""Percentiles are values that were measured, and the right ones."""

import random
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.percentiles import percentile, summary


def test_percentiles_are_values_that_were_measured() -> None:
    values = [float(number) for number in range(1, 1001)]
    random.Random(1).shuffle(values)
    assert summary(values) == {"p50": 500, "p99": 990, "p99.9": 999}


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [([], 99, 0), ([7], 50, 7), ([7], 99.9, 7), ([1, 2], 50, 1), ([1, 2], 51, 2), ([1, 2, 3, 4], 100, 4)],
)
def test_percentile_of_few_values(values: list[float], percent: float, expected: float) -> None:
    assert percentile(values, percent) == expected


@given(st.lists(st.integers(-5, 5).map(float), min_size=1), st.integers(1, 100))
def test_percentile_is_the_smallest_value_not_exceeded_by_its_share(
    values: list[float], percent: int
) -> None:
    result = percentile(sorted(values), percent)
    expected = ceil(len(values) * percent / 100)
    assert sum(value <= result for value in values) >= expected
    assert sum(value < result for value in values) < expected
