"""Measures messages of a pair in the JSON dialect while a directory creates many people: by the API, 1,000
per call, and by `manage.py syncusers`. It also measures how long the creation takes.
"""

import asyncio
import json
import sys
from collections import defaultdict
from collections.abc import Awaitable, Mapping
from itertools import count
from pathlib import Path
from time import perf_counter

from bench import crowds, devices, loops, web
from bench.crowds import PLAIN, Crowd
from bench.figures import Bar, Figure, Scenario, of_outcome
from bench.percentiles import summary
from bench.processes import call, environment
from bench.stage import Stage
from bench.subjects import IM66
from bench.traffic import Rates, TrafficOutcome, open_loop

TEXTS_PER_SECOND = 50.0
PORTION = 1000
# The bars: the ratio of the times of texts, and the time for all people.
RATIO, SECONDS = 1.5, 300.0
# The number of turns, and the length of each measurement without creation, in units of a scenario's seconds.
TURNS, ALONE_SECONDS = 3, 5
ALONE, API, SYNCUSERS = "alone", "API", "syncusers"
NICENESS = "10"
_MAKE_KEY = ("makeapikey", "bench", "--scope", "people")

_JSON = PLAIN._replace(enter=devices.enter, to_person=devices.unicast_flow)
_numbers = count()


def measure(stage: Stage) -> dict[str, Figure]:
    label = f"-people-{next(_numbers)}"
    settings = stage.database.settings(IM66, label)
    with stage.fresh(IM66, label) as process:
        key = call([sys.executable, "manage.py", *_MAKE_KEY], settings).split()[-1]
        return loops.run(_play(stage, process.port, key, settings))


async def _play(stage: Stage, port: int, key: str, settings: Mapping[str, str]) -> dict[str, Figure]:
    """Measure in turns, because the load of the machine changes over time."""
    texts: dict[str, list[float]] = {}
    seconds: defaultdict[str, float] = defaultdict(float)
    size = -(-stage.sizes.people // TURNS)
    async with crowds.pairs(port, stage.userids(2), _JSON) as pair:
        for first in range(0, TURNS * size, size):
            numbers = range(first, first + size)
            for name, act in (
                (ALONE, asyncio.sleep(ALONE_SECONDS * stage.sizes.seconds)),
                (API, _call(port, key, numbers)),
                (SYNCUSERS, _sync(numbers, settings)),
            ):
                began = perf_counter()
                texts.setdefault(name, []).extend(await _texts_during(pair, act))
                seconds[name] += perf_counter() - began
        outcome = pair.outcome(Rates(messages=TEXTS_PER_SECOND))
    summaries = {name: summary(times) for name, times in texts.items()}
    return {
        **{f"text, {name}": _figure(percentiles, outcome) for name, percentiles in summaries.items()},
        **{f"seconds, {name}": Figure(took, "s") for name, took in seconds.items()},
    }


async def _texts_during(pair: Crowd, act: Awaitable[None]) -> list[float]:
    """Return the milliseconds of each text that is sent until `act` is done."""
    pair.meter.nanoseconds.clear()
    doing = asyncio.ensure_future(act)
    while not doing.done():
        await open_loop(pair.meter, pair.flows, TEXTS_PER_SECOND, 0.5)
    await doing
    return [nanoseconds / 1e6 for nanoseconds in pair.meter.nanoseconds]


def _figure(milliseconds: dict[str, float], outcome: TrafficOutcome) -> Figure:
    return of_outcome(milliseconds["p99"], "ms p99", outcome, milliseconds=milliseconds)


async def _call(port: int, key: str, numbers: range) -> None:
    proof = f"Authorization: Api-Key {key}"
    for first in range(0, len(numbers), PORTION):
        body = [_person("api", number) for number in numbers[first : first + PORTION]]
        reply = await web.post(
            port, "/api/v1/users/bulk", json.dumps(body).encode(), "application/json", headers=[proof]
        )
        if not reply.startswith(b"HTTP/1.1 200") or b'"error"' in reply:
            raise RuntimeError(reply[-500:].decode(errors="replace"))


async def _sync(numbers: range, settings: Mapping[str, str]) -> None:
    file = Path(settings["IM66_DATA_DIR"]) / "people.json"
    file.write_text("\n".join(json.dumps(_person("file", number)) for number in numbers))
    command = ["nice", "-n", NICENESS, sys.executable, "manage.py", "syncusers", str(file)]
    doing = await asyncio.create_subprocess_exec(*command, env=environment(settings))
    if await doing.wait():
        raise RuntimeError("syncusers failed")


def _person(prefix: str, number: int) -> dict[str, object]:
    return {
        "userid": f"{prefix}{number}",
        "nickname": f"Person {number}",
        "email": f"{prefix}{number}@example.com",
        "fields": {"department": f"d{number % 100}"},
    }


SCENARIO = Scenario(
    "people",
    measure,
    tuple(
        bar
        for name in (API, SYNCUSERS)
        for bar in (
            Bar(f"text, {name}", f"text, {ALONE}", RATIO, False),
            Bar(f"seconds, {name}", None, SECONDS, False),
        )
    ),
    apart=True,
)
