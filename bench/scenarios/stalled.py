"""One member of a large group reads nothing any more. What do the others notice?

Its pipe is filled first, with more than the kernel holds, so that it stands in the way from the first message
on.
"""

from bench import crowds, loops
from bench.crowds import Crowd
from bench.figures import Bar, Figure, Scenario, of_outcome
from bench.members import Member, Meter, make_group
from bench.percentiles import summary
from bench.stage import Stage
from bench.subjects import IM66
from bench.traffic import Outcome, Rates, closed_loop, open_loop

SHARE = 0.2
RECEIVE_BUFFER = 4096
FILLING = "y" * 60_000
FILLINGS = 128

WITHOUT, WITH = "nobody stalled", "one stalled"


def measure(stage: Stage) -> dict[str, Figure]:
    without, with_one, outcome = loops.run(_play(stage))
    return {
        WITHOUT: Figure(without["p99"], "ms p99", without),
        WITH: of_outcome(with_one["p99"], "ms p99", outcome),
    }


async def _play(stage: Stage) -> tuple[dict[str, float], dict[str, float], Outcome]:
    port, userids = stage.subject(IM66).port, stage.userids(stage.sizes.members)
    stalled = Member(userids.pop(), Meter())
    group_id = make_group(port, [*userids, stalled.userid])
    async with crowds.group(port, userids, group_id, stage.sizes.writers) as crowd:
        most = await closed_loop(crowd.meter, crowd.flows, stage.sizes.seconds)
        rate = most.messages * SHARE
        without = await _milliseconds(crowd, stage, rate)
        await _stall(stalled, port, stage.userids(1)[0])
        with_one = await _milliseconds(crowd, stage, rate)
        await stalled.socket.vanish()
        return without, with_one, crowd.outcome(Rates(messages=rate))


async def _stall(member: Member, port: int, filler: str) -> None:
    await member.enter(port, RECEIVE_BUFFER)
    member.socket.stall()
    other = Member(filler, Meter())
    await other.enter(port)
    for _ in range(FILLINGS):
        other.socket.send(f"text_{member.userid}_{FILLING}_unicast_".encode())
    await other.settle()
    await other.socket.vanish()


async def _milliseconds(crowd: Crowd, stage: Stage, rate: float) -> dict[str, float]:
    crowd.meter.nanoseconds.clear()
    await open_loop(crowd.meter, crowd.flows, rate, 2 * stage.sizes.seconds)
    return summary([nanoseconds / 1e6 for nanoseconds in crowd.meter.nanoseconds])


SCENARIO = Scenario(
    "stalled", measure, (Bar(WITH, WITHOUT, dict.fromkeys(("daphne", "uvicorn"), 1.3), False),)
)
