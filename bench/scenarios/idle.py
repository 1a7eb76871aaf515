"""Measures the memory of a connection that is logged in and silent."""

from bench import loops
from bench.figures import Bar, Figure, Scenario
from bench.members import Meter, enter, leave
from bench.processes import ServerProcess
from bench.stage import Stage
from bench.subjects import BARE, IM66

# These connect first and stay connected, so that everything a server loads on first use is in memory before
# it is measured.
FIRST = 50
LARGEST = "im66, largest"


def measure(stage: Stage) -> dict[str, Figure]:
    sizes = sorted(stage.sizes.idle)
    figures = {f"im66, {size}": _weigh(stage, IM66, size) for size in sizes[:-1]}
    return {
        **figures,
        LARGEST: _weigh(stage, IM66, sizes[-1]),
        "bare, largest": _weigh(stage, BARE, sizes[-1]),
    }


def _weigh(stage: Stage, subject: str, size: int) -> Figure:
    with stage.fresh(subject, "-idle") as process:
        kilobytes = loops.run(_fill(process, stage, size))
    return Figure(kilobytes / size, "KB per connection", {"connections": size})


async def _fill(process: ServerProcess, stage: Stage, size: int) -> int:
    first = await enter(process.port, stage.userids(FIRST), Meter())
    before = process.kilobytes
    rest = await enter(process.port, stage.userids(size), Meter())
    grown = process.kilobytes - before
    await leave([*first, *rest])
    return grown


SCENARIO = Scenario("idle", measure, (Bar(LARGEST, None, 28.0, False),), once=True)
