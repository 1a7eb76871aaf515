"""Attacks, one after the other, each on a server of its own. What do two people who write to each other, one
who logs in and one who sends a small picture notice, and how much memory does it take?
"""

import logging
from collections.abc import Iterator

from bench import attackers, crowds, loops, neighbours
from bench.attacks import ATTACKS
from bench.figures import Bar, Figure, Scenario, of_outcome
from bench.neighbours import Seen
from bench.percentiles import summary
from bench.processes import Process
from bench.stage import Stage
from bench.subjects import IM66, SERVERS
from bench.traffic import Outcome, Rates

# The bars: others wait at most so much longer, or so many milliseconds where that is more; so many MB over
# what it was before, while it goes on and after it.
RATIO, ENOUGH = 1.5, 50.0
MOST_MEGABYTES, LEFT_MEGABYTES = 64.0, 10.0
BEFORE = ", before"
# In which memory may come back.
AFTER_SECONDS = 5.0

logger = logging.getLogger(__name__)


def measure(stage: Stage) -> dict[str, Figure]:
    figures: dict[str, Figure] = {}
    for name in stage.sizes.attacks:
        logger.info("  %s", name)
        label = f"-{name}"
        with stage.fresh(IM66, label, **ATTACKS[name].settings) as process:
            figures |= loops.run(_play(stage, name, label, process))
    return figures


async def _play(stage: Stage, name: str, label: str, process: Process) -> dict[str, Figure]:
    seconds, pictures = stage.sizes.attack_seconds, ATTACKS[name].pictures
    settings = {**stage.database.settings(IM66, label), **ATTACKS[name].settings}
    with attackers.attacker(name, process.port, seconds, settings) as attacker:
        await attackers.ready(attacker)
        async with crowds.pairs(process.port, stage.userids(2)) as pair:
            before = await neighbours.watch(pair, process, seconds / 2, pictures=pictures)
            attackers.begin(attacker)
            during = await neighbours.watch(pair, process, seconds, pictures=pictures)
            done = await attackers.end(attacker)
            left = await neighbours.least_kilobytes(process, min(AFTER_SECONDS, seconds))
            outcome = pair.outcome(Rates(messages=neighbours.TEXTS_PER_SECOND))
    return dict(_figures(name, before, during, left, outcome, done))


def _figures(
    name: str, before: Seen, during: Seen, left: int, outcome: Outcome, done: int
) -> Iterator[tuple[str, Figure]]:
    yield f"{name}: text{BEFORE}", _times(before.texts)
    percentiles = summary(during.texts)
    more = {
        "milliseconds": percentiles,
        "done": done,
        "complaints": dict(before.complaints + during.complaints),
    }
    yield f"{name}: text", of_outcome(percentiles["p99"], "ms p99", outcome, **more)
    for what, earlier, now in (
        ("login", before.logins, during.logins),
        ("picture", before.pictures, during.pictures),
    ):
        if now:
            yield f"{name}: {what}{BEFORE}", _times(earlier)
            yield f"{name}: {what}", _times(now)
    start = before.kilobytes[-1]
    yield f"{name}: memory", _megabytes(max(during.kilobytes) - start)
    yield f"{name}: memory, after", _megabytes(left - start)


def _times(milliseconds: list[float]) -> Figure:
    percentiles = summary(milliseconds)
    return Figure(percentiles["p99"], "ms p99", {"milliseconds": percentiles, "count": len(milliseconds)})


def _megabytes(kilobytes: int) -> Figure:
    return Figure(kilobytes / 1024, "MB more")


def _bars() -> Iterator[Bar]:
    for name, attack in ATTACKS.items():
        for what in ("text", "login", "picture"):
            over = f"{name}: {what}"
            yield Bar(over, f"{over}{BEFORE}", dict.fromkeys(SERVERS, RATIO), False, ENOUGH)
        if attack.memory:
            yield Bar(f"{name}: memory", None, dict.fromkeys(SERVERS, MOST_MEGABYTES), False)
            yield Bar(f"{name}: memory, after", None, dict.fromkeys(SERVERS, LEFT_MEGABYTES), False)


SCENARIO = Scenario("neighbours", measure, tuple(_bars()), once=True, apart=True)
