"""Many pairs, each with one message in flight."""

from bench import crowds, loops
from bench.figures import Bar, Figure, Scenario, of_outcome
from bench.stage import Stage
from bench.subjects import IM66, TEXTBOOK
from bench.traffic import Outcome, closed_loop


def measure(stage: Stage) -> dict[str, Figure]:
    outcomes = {subject: loops.run(_play(stage, subject)) for subject in (IM66, TEXTBOOK)}
    return {
        subject: of_outcome(outcome.rates.messages, "messages/s", outcome)
        for subject, outcome in outcomes.items()
    }


async def _play(stage: Stage, subject: str) -> Outcome:
    port = stage.subject(subject).port
    async with crowds.pairs(port, stage.userids(2 * stage.sizes.pairs)) as crowd:
        return crowd.outcome(await closed_loop(crowd.meter, crowd.flows, stage.sizes.seconds))


SCENARIO = Scenario("pairs", measure, (Bar(IM66, TEXTBOOK, 3.5),))
