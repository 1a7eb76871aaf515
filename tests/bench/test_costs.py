"""What a block of code took."""

from bench.costs import taken


def test_what_a_block_took() -> None:
    hands = iter([1.0, 4.0])
    with taken({"clock": lambda: next(hands)}) as moved:
        pass
    assert moved == {"clock": 3.0}
