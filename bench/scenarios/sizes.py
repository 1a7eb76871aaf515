"""Measures a few writers in groups of very different sizes: the rate and the cost of deliveries.

The bare server sends as many frames of the same size, with as many in flight, to as many sockets.
"""

import time
from contextlib import ExitStack

from bench import crowds, loops
from bench.crowds import Crowd
from bench.figures import Figure, Scenario, of_outcome
from bench.members import make_group
from bench.processes import ServerProcess
from bench.stage import Stage
from bench.subjects import BARE, IM66
from bench.traffic import TrafficOutcome, closed_loop
from testkit.cpu import seconds

# At most this many writers, each with one message in flight, so that figures show the effect of the group's
# size.
WRITERS = 4


def measure(stage: Stage) -> dict[str, Figure]:
    figures: dict[str, Figure] = {}
    with ExitStack() as stack:
        most = str(max(stage.sizes.groups))
        im66 = stack.enter_context(stage.fresh(IM66, "-sizes", IM66_MAX_GROUP_MEMBERS=most))
        bare = stack.enter_context(stage.fresh(BARE, "-sizes"))
        for size in sorted(stage.sizes.groups):
            figures |= loops.run(_play(stage, im66, size))
            figures |= loops.run(_play_bare(stage, bare, size))
    return figures


async def _play(stage: Stage, process: ServerProcess, size: int) -> dict[str, Figure]:
    userids = stage.userids(size)
    began = time.perf_counter()
    group_id = make_group(process.port, userids)
    making = Figure((time.perf_counter() - began) * 1000, "ms to make it")
    async with crowds.group(process.port, userids, group_id, _writers(size)) as crowd:
        return {f"making, {size}": making, **await _write(stage, process, crowd, f"{IM66}, {size}")}


async def _play_bare(stage: Stage, process: ServerProcess, size: int) -> dict[str, Figure]:
    userids = stage.userids(size - 1)
    async with crowds.bare(process.port, userids, drivers=1, per_frame=_writers(size)) as crowd:
        return await _write(stage, process, crowd, f"{BARE}, {size}")


def _writers(size: int) -> int:
    return min(WRITERS, size - 1)


async def _write(stage: Stage, process: ServerProcess, crowd: Crowd, name: str) -> dict[str, Figure]:
    before = seconds(process.pid)
    outcome = crowd.outcome(await closed_loop(crowd.meter, crowd.flows, stage.sizes.seconds))
    return {
        name: of_outcome(outcome.rates.deliveries, "deliveries/s", outcome),
        f"{name}, processor": _per_delivery(seconds(process.pid) - before, outcome),
    }


def _per_delivery(taken: float, outcome: TrafficOutcome) -> Figure:
    return Figure(taken * 1e6 / max(1, outcome.account.arrived), "µs per delivery", {"seconds": taken})


SCENARIO = Scenario("sizes", measure, once=True)
