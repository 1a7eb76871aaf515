"""What is counted in a process, by size and by label."""

from collections.abc import Iterator

import pytest

from accounts import figures
from accounts.figures import ALONE, Figure, Histogram, MetricKind, by_label


@pytest.fixture
def figure() -> Iterator[Figure]:
    """One that an app has registered."""
    figure = Figure(MetricKind.GAUGE, "oldest", "How old the oldest is.", lambda: {ALONE: 7})
    figures.register(figure)
    yield figure
    figures._registered.remove(figure)


def test_sizes_are_counted_by_powers_of_two() -> None:
    sizes = Histogram()
    for number in (0, 1, 2, 3, 4, 1000):
        sizes.count(number)
    assert sizes.total == 1010
    assert sizes.counts[:4] == [1, 1, 2, 1]
    assert sizes.counts[10] == 1
    assert sum(sizes.counts) == 6


def test_a_number_of_any_size_that_a_clock_can_show_is_counted() -> None:
    sizes = Histogram()
    sizes.count(2**64 - 1)
    assert sum(sizes.counts) == 1


def test_values_with_one_label() -> None:
    assert by_label({"a": 1, "b": 2}) == {("a",): 1, ("b",): 2}


def test_registered_figure_is_listed(figure: Figure) -> None:
    assert figure in figures.registered()
