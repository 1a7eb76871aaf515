"""Measures a large group in which many people write, each with one message in flight to all others.

The bare server sends as many frames of the same size, with as many in flight, to as many sockets.
"""

from bench import crowds, loops
from bench.costs import play_with_cost
from bench.figures import Bar, Figure, Scenario, of_outcome
from bench.members import make_group
from bench.stage import Stage
from bench.subjects import BARE, IM66, TEXTBOOK
from bench.traffic import TrafficOutcome

# The sockets that make the bare server send: with two, it is always busy.
DRIVERS = 2


def measure(stage: Stage) -> dict[str, Figure]:
    figures: dict[str, Figure] = {}
    plays = {IM66: _play(stage, IM66), TEXTBOOK: _play(stage, TEXTBOOK), BARE: _play_bare(stage)}
    for subject, play in plays.items():
        outcome, cost = loops.run(play)
        figures[subject] = of_outcome(outcome.rates.deliveries, "deliveries/s", outcome)
        figures[f"{subject}, processor"] = cost
    return figures


async def _play(stage: Stage, subject: str) -> tuple[TrafficOutcome, Figure]:
    process, userids = stage.subject(subject), stage.userids(stage.sizes.members)
    group_id = make_group(process.port, userids)
    async with crowds.group(process.port, userids, group_id, stage.sizes.writers) as crowd:
        return await play_with_cost(process, crowd, stage.sizes.seconds)


async def _play_bare(stage: Stage) -> tuple[TrafficOutcome, Figure]:
    per_frame = max(1, stage.sizes.writers // DRIVERS)
    userids = stage.userids(stage.sizes.members - 1)
    process = stage.subject(BARE)
    async with crowds.bare(process.port, userids, DRIVERS, per_frame) as crowd:
        return await play_with_cost(process, crowd, stage.sizes.seconds)


SCENARIO = Scenario(
    "group",
    measure,
    (
        Bar(IM66, TEXTBOOK, 4.0),
        Bar(IM66, BARE, 0.85),
    ),
)
