"""What a block of code took."""

from bench.costs import taken


def test_block_cost_is_measured() -> None:
    hands = iter([1.0, 4.0])
    with taken({"clock": lambda: next(hands)}) as moved:
        pass
    assert moved == {"clock": 3.0}
