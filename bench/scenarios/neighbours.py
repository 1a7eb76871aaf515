"""Runs the attacks, one after the other, each on its own server, and measures what other clients notice: two
people who write to each other, one who logs in, one who makes HTTP calls, and one who uploads a small
picture. It also measures the server's memory.
"""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from bench import apart, crowds, loops, neighbours
from bench.apart import begin
from bench.attacks import ATTACKS
from bench.figures import Bar, Figure, Scenario, of_outcome
from bench.neighbours import Measurements
from bench.percentiles import summary
from bench.processes import ServerProcess
from bench.stage import Stage
from bench.subjects import IM66
from bench.traffic import Rates, TrafficOutcome
from testkit.cpu import seconds_of_family

# The bars. The times of others are at most RATIO times those before, or ENOUGH milliseconds if that is more.
# Memory grows by at most MAX_MEGABYTES during the attack, and by at most LEFT_MEGABYTES until after it.
RATIO, ENOUGH = 1.5, 50.0
MAX_MEGABYTES, LEFT_MEGABYTES = 64.0, 10.0
BEFORE = ", before"
# The time for the work left over from preparing, and the time for memory to be given back.
REST_SECONDS, AFTER_SECONDS = 2.0, 5.0

logger = logging.getLogger(__name__)


def measure(stage: Stage) -> dict[str, Figure]:
    figures: dict[str, Figure] = {}
    for name in stage.sizes.attacks:
        logger.info("  %s", name)
        label = f"-{name}"
        with stage.fresh(IM66, label, **ATTACKS[name].settings) as process:
            figures |= loops.run(_play(stage, name, label, process))
    return figures


async def _play(stage: Stage, name: str, label: str, process: ServerProcess) -> dict[str, Figure]:
    seconds, pictures = stage.sizes.attack_seconds, ATTACKS[name].pictures
    settings = {**stage.database.settings(IM66, label), **ATTACKS[name].settings}
    folder = Path(settings["IM66_DATA_DIR"])
    with apart.attacker(name, process.port, seconds, settings) as attacker:
        await apart.attack_ready(attacker)
        async with crowds.pairs(process.port, stage.userids(2)) as pair:
            if pictures:
                await neighbours.warm_up(process)
            await asyncio.sleep(min(REST_SECONDS, seconds))
            before = await neighbours.watch(pair, process, seconds / 2, pictures=pictures)
            stored, worked = _bytes(folder), seconds_of_family(process.pid)
            begin(attacker)
            during = await neighbours.watch(pair, process, seconds, pictures=pictures)
            stored, worked = _bytes(folder) - stored, seconds_of_family(process.pid) - worked
            done = await apart.end_attack(attacker)
            left = await neighbours.min_kilobytes(process, min(AFTER_SECONDS, seconds))
            outcome = pair.outcome(Rates(messages=neighbours.TEXTS_PER_SECOND))
    return {
        **dict(_times_of(name, before, during, outcome, done)),
        **dict(_memory_of(name, before, during, left)),
        f"{name}: disk": Figure(stored / 2**20, "MB more"),
        f"{name}: processor": Figure(worked, "s"),
    }


def _times_of(
    name: str, before: Measurements, during: Measurements, outcome: TrafficOutcome, done: int
) -> Iterator[tuple[str, Figure]]:
    percentiles = summary(during.texts)
    complaints = dict(before.complaints + during.complaints)
    yield f"{name}: text{BEFORE}", _times(before.texts)
    yield (
        f"{name}: text",
        of_outcome(
            percentiles["p99"], "ms p99", outcome, milliseconds=percentiles, done=done, complaints=complaints
        ),
    )
    yield f"{name}: login{BEFORE}", _times(before.logins)
    yield f"{name}: login", _times(during.logins)
    yield f"{name}: call{BEFORE}", _times(before.calls)
    yield f"{name}: call", _times(during.calls)
    if during.pictures:
        yield f"{name}: picture{BEFORE}", _times(before.pictures)
        yield f"{name}: picture", _times(during.pictures)


def _memory_of(
    name: str, before: Measurements, during: Measurements, left: int
) -> Iterator[tuple[str, Figure]]:
    start = before.kilobytes[-1]
    yield f"{name}: memory", Figure((max(during.kilobytes) - start) / 1024, "MB more")
    yield f"{name}: memory, after", Figure((left - start) / 1024, "MB more")
    if children := max(during.children):
        yield f"{name}: memory, children", Figure(children / 1024, "MB")


def _bytes(folder: Path) -> int:
    """Return the bytes stored in a folder. Files that appear or disappear meanwhile may be missed."""
    total = 0
    for path in folder.rglob("*"):
        with suppress(OSError):
            total += path.stat().st_size
    return total


def _times(milliseconds: list[float]) -> Figure:
    percentiles = summary(milliseconds)
    return Figure(percentiles["p99"], "ms p99", {"milliseconds": percentiles, "count": len(milliseconds)})


def _bars() -> Iterator[Bar]:
    for name, attack in ATTACKS.items():
        for what in ("text", "login", "call", "picture"):
            over = f"{name}: {what}"
            yield Bar(over, f"{over}{BEFORE}", RATIO, False, ENOUGH)
        if attack.memory:
            yield Bar(f"{name}: memory", None, MAX_MEGABYTES, False)
            yield Bar(f"{name}: memory, after", None, LEFT_MEGABYTES, False)


SCENARIO = Scenario("neighbours", measure, tuple(_bars()), once=True, apart=True)
