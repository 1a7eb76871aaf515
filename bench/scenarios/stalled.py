"""Measures the latency of a large group of which one member stops reading.

The member's connection is filled first with more than the kernel can buffer, so that it blocks from the first
message on.
"""

import asyncio

from bench import crowds, loops
from bench.crowds import Crowd
from bench.figures import Bar, Figure, Scenario, of_outcome
from bench.members import BenchMember, Meter, make_group
from bench.percentiles import summary
from bench.stage import Stage
from bench.subjects import IM66
from bench.traffic import Rates, TrafficOutcome, closed_loop, open_loop

SHARE = 0.2
RECEIVE_BUFFER = 4096
FILLING = "y" * 60_000
FILLINGS = 128
# The work left over from filling it, mainly on the disk, must not be measured.
REST_SECONDS = 1.0

WITHOUT, WITH = "nobody stalled", "one stalled"


def measure(stage: Stage) -> dict[str, Figure]:
    without, with_one, outcome = loops.run(_play(stage))
    return {
        WITHOUT: Figure(without["p99"], "ms p99", without),
        WITH: of_outcome(with_one["p99"], "ms p99", outcome),
    }


async def _play(stage: Stage) -> tuple[dict[str, float], dict[str, float], TrafficOutcome]:
    port, userids = stage.subject(IM66).port, stage.userids(stage.sizes.members)
    stalled = BenchMember(userids.pop(), Meter())
    group_id = make_group(port, [*userids, stalled.userid])
    async with crowds.group(port, userids, group_id, stage.sizes.writers) as crowd:
        most = await closed_loop(crowd.meter, crowd.flows, stage.sizes.seconds)
        rate = most.messages * SHARE
        before = await _nanoseconds(crowd, stage.sizes.seconds, rate)
        await _stall(stalled, port, stage.userids(1)[0])
        with_one = await _nanoseconds(crowd, 2 * stage.sizes.seconds, rate)
        outcome = crowd.outcome(Rates(messages=rate))
        await stalled.socket.vanish()
        # Measured before and after, so that growth or slowing over time favours neither.
        after = await _nanoseconds(crowd, stage.sizes.seconds, rate)
        return _summary(before + after), _summary(with_one), outcome


async def _stall(member: BenchMember, port: int, filler: str) -> None:
    await member.enter(port, RECEIVE_BUFFER)
    member.socket.stall()
    other = BenchMember(filler, Meter())
    await other.enter(port)
    for _ in range(FILLINGS):
        other.socket.send(f"text_{member.userid}_{FILLING}_unicast_".encode())
    await other.settle()
    await other.socket.vanish()
    await asyncio.sleep(REST_SECONDS)


async def _nanoseconds(crowd: Crowd, seconds: float, rate: float) -> list[int]:
    crowd.meter.nanoseconds.clear()
    await open_loop(crowd.meter, crowd.flows, rate, seconds)
    return list(crowd.meter.nanoseconds)


def _summary(nanoseconds: list[int]) -> dict[str, float]:
    return summary([each / 1e6 for each in nanoseconds])


SCENARIO = Scenario("stalled", measure, (Bar(WITH, WITHOUT, 1.3, False),))
