"""Measures many pairs, each with one message in flight."""

from bench import crowds, loops
from bench.costs import play_with_cost
from bench.figures import Bar, Figure, Scenario, of_outcome
from bench.stage import Stage
from bench.subjects import IM66, TEXTBOOK
from bench.traffic import TrafficOutcome


def measure(stage: Stage) -> dict[str, Figure]:
    figures: dict[str, Figure] = {}
    for subject in (IM66, TEXTBOOK):
        outcome, cost = loops.run(_play(stage, subject))
        figures[subject] = of_outcome(outcome.rates.messages, "messages/s", outcome)
        figures[f"{subject}, processor"] = cost
    return figures


async def _play(stage: Stage, subject: str) -> tuple[TrafficOutcome, Figure]:
    process = stage.subject(subject)
    async with crowds.pairs(process.port, stage.userids(2 * stage.sizes.pairs)) as crowd:
        return await play_with_cost(process, crowd, stage.sizes.seconds)


SCENARIO = Scenario("pairs", measure, (Bar(IM66, TEXTBOOK, 3.5),))
