"""Measures messages of a pair while a very large group gets a message per second."""

import asyncio

from bench import crowds, loops
from bench.crowds import Crowd
from bench.figures import Figure, Scenario, of_outcome
from bench.members import make_group
from bench.stage import Stage
from bench.subjects import IM66
from bench.traffic import Rates, TrafficOutcome, open_loop

# Messages per second.
PAIR, GROUP = 50.0, 1.0

ALONE, DATABASE_SUFFIXES, CROWD = "the two alone", "beside the group", "the group"


def measure(stage: Stage) -> dict[str, Figure]:
    size = max(stage.sizes.groups)
    with stage.fresh(IM66, "-crowd", IM66_MAX_GROUP_MEMBERS=str(size)) as process:
        outcomes = loops.run(_play(stage, process.port, size))
    return {
        name: of_outcome(outcome.milliseconds["p99"], "ms p99", outcome, members=size)
        for name, outcome in outcomes.items()
    }


async def _play(stage: Stage, port: int, size: int) -> dict[str, TrafficOutcome]:
    userids = stage.userids(size)
    group_id = make_group(port, userids)
    async with (
        crowds.group(port, userids, group_id, writers=1) as group,
        crowds.pairs(port, stage.userids(2)) as pair,
    ):
        seconds = stage.sizes.seconds
        await _write(pair, PAIR, seconds)
        alone = pair.outcome(Rates(messages=PAIR))
        pair.meter.nanoseconds.clear()
        await asyncio.gather(_write(pair, PAIR, 4 * seconds), _write(group, GROUP, 4 * seconds))
        return {
            ALONE: alone,
            DATABASE_SUFFIXES: pair.outcome(Rates(messages=PAIR)),
            CROWD: group.outcome(Rates(messages=GROUP)),
        }


async def _write(crowd: Crowd, rate: float, seconds: float) -> None:
    await open_loop(crowd.meter, crowd.flows, rate, seconds)


SCENARIO = Scenario("crowd", measure, once=True)
