"""Measures a group and pairs as in the scenarios of these names, without rules and with many rules, none of
which matches."""

import sys
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager

from bench import crowds, loops
from bench.figures import Bar, Figure, Scenario, of_outcome
from bench.members import make_group
from bench.processes import ServerProcess, call
from bench.stage import Stage
from bench.subjects import IM66
from bench.traffic import TrafficOutcome, closed_loop
from testkit.cpu import seconds

WITHOUT, WITH = "without", "with"
GROUP, PAIRS = "group", "pairs"


def measure(stage: Stage) -> dict[str, Figure]:
    figures: dict[str, Figure] = {}
    for name, count in ((WITHOUT, 0), (WITH, stage.sizes.rules)):
        with _serving(stage, count) as process:
            figures |= _figures(f"{GROUP}, {name}", "deliveries/s", process, _group(stage, process.port))
            figures |= _figures(f"{PAIRS}, {name}", "messages/s", process, _pairs(stage, process.port))
    return figures


@contextmanager
def _serving(stage: Stage, count: int) -> Iterator[ServerProcess]:
    """Run a server with this many rules."""
    label = f"-rules-{count}"
    settings = stage.database.settings(IM66, label)
    stage.make_tables(IM66, settings)
    call([sys.executable, "-m", "bench.rules", str(count)], settings)
    with stage.fresh(IM66, label) as process:
        yield process


def _figures(
    name: str, unit: str, process: ServerProcess, play: Coroutine[None, None, TrafficOutcome]
) -> dict[str, Figure]:
    """Return the rate, and the server's processor time per delivered message."""
    before = seconds(process.pid)
    outcome = loops.run(play)
    taken = seconds(process.pid) - before
    rate = outcome.rates.deliveries if unit == "deliveries/s" else outcome.rates.messages
    return {
        name: of_outcome(rate, unit, outcome),
        f"{name}, processor": Figure(taken * 1e6 / max(1, outcome.account.arrived), "µs per delivery"),
    }


async def _group(stage: Stage, port: int) -> TrafficOutcome:
    userids = stage.userids(stage.sizes.members)
    async with crowds.group(port, userids, make_group(port, userids), stage.sizes.writers) as crowd:
        return crowd.outcome(await closed_loop(crowd.meter, crowd.flows, stage.sizes.seconds))


async def _pairs(stage: Stage, port: int) -> TrafficOutcome:
    async with crowds.pairs(port, stage.userids(2 * stage.sizes.pairs)) as crowd:
        return crowd.outcome(await closed_loop(crowd.meter, crowd.flows, stage.sizes.seconds))


SCENARIO = Scenario(
    "rules",
    measure,
    tuple(Bar(f"{name}, {WITH}", f"{name}, {WITHOUT}", 0.9) for name in (GROUP, PAIRS)),
)
