"""Measures the processor time of a block, by process."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from bench.crowds import Crowd
from bench.figures import Figure
from bench.processes import ServerProcess
from bench.traffic import TrafficOutcome, closed_loop
from testkit.cpu import seconds


@contextmanager
def measured_clocks(clocks: Mapping[str, Callable[[], float]]) -> Iterator[dict[str, float]]:
    """Yield a dictionary that holds the advance of each clock after the block."""
    differences: dict[str, float] = {}
    before = {name: read() for name, read in clocks.items()}
    yield differences
    differences.update((name, read() - before[name]) for name, read in clocks.items())


async def play_with_cost(
    process: ServerProcess, crowd: Crowd, duration: float
) -> tuple[TrafficOutcome, Figure]:
    """Let the crowd write as fast as the server accepts it. Return the outcome and the server's processor
    time."""
    with measured_clocks({"server": partial(seconds, process.pid)}) as spent:
        rates = await closed_loop(crowd.meter, crowd.flows, duration)
    outcome = crowd.outcome(rates)
    return outcome, Figure(spent["server"] * 1e6 / max(1, outcome.account.arrived), "µs per delivery")
