"""A large group in which many write, each with one message in flight to all others.

The bare server sends as many frames of the same size, with as many in flight, to as many sockets.
"""

from bench import crowds, loops
from bench.figures import Bar, Figure, Scenario, of_outcome
from bench.members import make_group
from bench.stage import Stage
from bench.subjects import BARE, IM66, TEXTBOOK
from bench.traffic import Outcome, closed_loop

# The sockets that tell the bare server to send, so that it is always busy.
DRIVERS = 2


def measure(stage: Stage) -> dict[str, Figure]:
    outcomes = {subject: loops.run(_play(stage, subject)) for subject in (IM66, TEXTBOOK)}
    outcomes[BARE] = loops.run(_play_bare(stage))
    return {
        subject: of_outcome(outcome.rates.deliveries, "deliveries/s", outcome)
        for subject, outcome in outcomes.items()
    }


async def _play(stage: Stage, subject: str) -> Outcome:
    port, userids = stage.subject(subject).port, stage.userids(stage.sizes.members)
    async with crowds.group(port, userids, make_group(port, userids), stage.sizes.writers) as crowd:
        return crowd.outcome(await closed_loop(crowd.meter, crowd.flows, stage.sizes.seconds))


async def _play_bare(stage: Stage) -> Outcome:
    per_frame = max(1, stage.sizes.writers // DRIVERS)
    userids = stage.userids(stage.sizes.members - 1)
    async with crowds.bare(stage.subject(BARE).port, userids, DRIVERS, per_frame) as crowd:
        return crowd.outcome(await closed_loop(crowd.meter, crowd.flows, stage.sizes.seconds))


SCENARIO = Scenario(
    "group",
    measure,
    (
        Bar(IM66, TEXTBOOK, 4.0),
        Bar(IM66, BARE, 0.85),
    ),
)
