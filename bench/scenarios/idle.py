"""Measures the memory of a connection that is logged in and silent.

The slope between two numbers of connections counts: the first few use memory that the process has already.
"""

from itertools import pairwise

from bench import loops
from bench.figures import Bar, Figure, Scenario
from bench.members import Meter, enter, leave
from bench.processes import ServerProcess
from bench.stage import Stage
from bench.subjects import BARE, IM66

# These connect first and stay connected, so that everything a server loads on first use is in memory before
# it is measured.
FIRST = 50
SLOPE = f"{IM66}, slope"
UNIT = "KB per connection"


def measure(stage: Stage) -> dict[str, Figure]:
    return _weigh(stage, IM66) | _weigh(stage, BARE)


def _weigh(stage: Stage, subject: str) -> dict[str, Figure]:
    sizes = [0, *sorted(stage.sizes.idle)]
    with stage.fresh(subject, "-idle") as process:
        kilobytes = loops.run(_fill(process, stage, sizes))
    (*_, fewer, most) = zip(sizes, kilobytes, strict=True)
    means = {
        f"{subject}, {size}": Figure((grown - kilobytes[0]) / size, UNIT)
        for size, grown in zip(sizes[1:], kilobytes[1:], strict=True)
    }
    return {**means, f"{subject}, slope": Figure(max(0.0, (most[1] - fewer[1]) / (most[0] - fewer[0])), UNIT)}


async def _fill(process: ServerProcess, stage: Stage, sizes: list[int]) -> list[int]:
    """The server's kilobytes with each number of connections."""
    members = await enter(process.port, stage.userids(FIRST), Meter())
    kilobytes = [process.kilobytes]
    for before, size in pairwise(sizes):
        members += await enter(process.port, stage.userids(size - before), Meter())
        kilobytes.append(process.kilobytes)
    await leave(members)
    return kilobytes


SCENARIO = Scenario("idle", measure, (Bar(SLOPE, None, 28.0, False),), once=True)
