"""Runs the requested scenarios."""

import json
import logging
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from bench import machine
from bench.databases import Database, database
from bench.options import Options
from bench.pinning import on_core
from bench.processes import LOAD_CORE, allow_many_sockets
from bench.results import Result
from bench.scenarios import SCENARIOS
from bench.stage import Stage
from testkit.services import Unavailable

logger = logging.getLogger(__name__)


def run(options: Options) -> list[Result]:
    """Run the scenarios. Return the results in the order of the options."""
    allow_many_sockets()
    return [result for name in options.databases for result in _on_database(options, name)]


def _on_database(options: Options, name: str) -> Iterator[Result]:
    with tempfile.TemporaryDirectory(prefix="im66-bench-") as folder:
        try:
            with database(name, Path(folder)) as opened, on_core(LOAD_CORE):
                yield from _on_stage(options, opened)
        except Unavailable as missing:
            logger.warning("Nothing is measured on %s: %s", name, missing)


def _on_stage(options: Options, opened: Database) -> Iterator[Result]:
    with Stage(opened, options.sizes) as stage:
        for name in options.scenarios:
            if can_be_played(name, opened):
                yield _play(options, stage, name)


def can_be_played(name: str, opened: Database) -> bool:
    """Whether this database has the servers that the scenario needs. If not, it is logged."""
    if SCENARIOS[name].shared and not (opened.postgres and opened.redis):
        logger.info("%s is not played on %s: it needs PostgreSQL and Redis", name, opened.name)
        return False
    return True


def _play(options: Options, stage: Stage, name: str) -> Result:
    scenario = SCENARIOS[name]
    runs = 1 if scenario.once else options.runs
    figures = []
    for number in range(1, runs + 1):
        logger.info("%s on %s: run %d of %d", name, stage.database.name, number, runs)
        figures.append(scenario.measure(stage))
    return Result(scenario, stage.database.name, figures)


def save(results: list[Result], folder: Path) -> Path:
    """Write all measurements into a new file in the folder. Return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC)
    path = folder / f"{now:%Y%m%d-%H%M%S}.json"
    content = {
        "at": now.isoformat(timespec="seconds"),
        "load": machine.load(),
        "with": machine.describe(),
        "results": [result.as_json() for result in results],
    }
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False))
    return path
