"""Measures the latency of messages to a large group, at a tenth of the server's maximal rate.

The bare server sends the same frames at the same rate.
"""

from bench import crowds, loops
from bench.crowds import Crowd
from bench.figures import Bar, Figure, Scenario, of_outcome
from bench.members import make_group
from bench.stage import Stage
from bench.subjects import BARE, IM66
from bench.traffic import Rates, TrafficOutcome, closed_loop, open_loop

SHARE = 0.1


def measure(stage: Stage) -> dict[str, Figure]:
    max_rate = loops.run(_max_rate(stage))
    outcomes = {
        IM66: loops.run(_play(stage, max_rate * SHARE)),
        BARE: loops.run(_play_bare(stage, max_rate * SHARE)),
    }
    return {
        subject: of_outcome(outcome.milliseconds["p99"], "ms p99", outcome)
        for subject, outcome in outcomes.items()
    }


async def _max_rate(stage: Stage) -> float:
    port, userids = stage.subject(IM66).port, stage.userids(stage.sizes.members)
    async with crowds.group(port, userids, make_group(port, userids), stage.sizes.writers) as crowd:
        return (await closed_loop(crowd.meter, crowd.flows, stage.sizes.seconds)).messages


async def _play(stage: Stage, rate: float) -> TrafficOutcome:
    port, userids = stage.subject(IM66).port, stage.userids(stage.sizes.members)
    async with crowds.group(port, userids, make_group(port, userids), stage.sizes.writers) as crowd:
        return await _at_rate(crowd, stage, rate)


async def _play_bare(stage: Stage, rate: float) -> TrafficOutcome:
    userids = stage.userids(stage.sizes.members - 1)
    async with crowds.bare(stage.subject(BARE).port, userids, drivers=1, per_frame=1) as crowd:
        return await _at_rate(crowd, stage, rate)


async def _at_rate(crowd: Crowd, stage: Stage, rate: float) -> TrafficOutcome:
    await open_loop(crowd.meter, crowd.flows, rate, 2 * stage.sizes.seconds)
    return crowd.outcome(Rates(rate * crowd.flows[0].receivers, rate))


SCENARIO = Scenario("latency", measure, (Bar(IM66, BARE, 3.0, False),))
