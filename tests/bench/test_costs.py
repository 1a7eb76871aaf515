"""What a block of code took."""

from bench.costs import measured_clocks


def test_block_cost_is_measured() -> None:
    hands = iter([1.0, 4.0])
    with measured_clocks({"clock": lambda: next(hands)}) as moved:
        pass
    assert moved == {"clock": 3.0}
