"""Measures the 99th percentile of searches in a small log and in a large one, by HTTP calls to a server, and
without a server."""

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection
from typing import NamedTuple
from urllib.parse import urlencode

from bench.apart import Worker, apart, begin, read_line
from bench.figures import Bar, Figure, Scenario, size_name
from bench.percentiles import summary
from bench.processes import call
from bench.searching import PEOPLE, texts
from bench.sockets import HOST
from bench.stage import Stage
from bench.subjects import IM66

ROUNDS = 3
SECONDS = 60.0
PATH = "/api/v1/messages/search?"


class Log(NamedTuple):
    """A log of `rows` rows. `alone`: a process that searches it without a server. `server`: a connection to
    its server."""

    rows: int
    alone: Worker
    server: HTTPConnection


def measure(stage: Stage) -> dict[str, Figure]:
    with ExitStack() as stack:
        logs = [stack.enter_context(_serving(stage, rows)) for rows in sorted(stage.sizes.rows)]
        alone = _in_turns(logs, _search_alone)
        called = _in_turns(logs, lambda log: _call(log.server, stage.sizes.pages))
    return {**_figures("call", logs, called), **_figures("alone", logs, alone)}


@contextmanager
def _serving(stage: Stage, rows: int) -> Iterator[Log]:
    # The same label as in the scenario `history`, whose logs are reused if it ran before.
    label = f"-{rows}"
    settings = stage.database.settings(IM66, label)
    stage.make_tables(IM66, settings)
    call([sys.executable, "-m", "bench.generate", str(rows)], settings)
    with apart("bench.searching", stage.sizes.pages, settings=settings) as worker:
        read_line(worker)  # it has indexed the log
        with (
            stage.fresh(IM66, label) as process,
            closing(HTTPConnection(HOST, process.port, timeout=SECONDS)) as server,
        ):
            yield Log(rows, worker, server)


def _in_turns(logs: Sequence[Log], search: Callable[[Log], list[float]]) -> list[list[float]]:
    """Return the milliseconds of each log. The logs take turns, because the machine's speed changes over
    time."""
    took: list[list[float]] = [[] for _ in logs]
    for number in range(ROUNDS + 1):
        for log, milliseconds_of_log in zip(logs, took, strict=True):
            milliseconds = search(log)
            if number:  # the first round reads the disk
                milliseconds_of_log += milliseconds
    return took


def _search_alone(log: Log) -> list[float]:
    begin(log.alone)
    milliseconds: list[float] = json.loads(read_line(log.alone))
    return milliseconds


def _call(server: HTTPConnection, count: int) -> list[float]:
    return [_call_once(server, userid, text) for text in texts(count) for userid in PEOPLE]


def _call_once(server: HTTPConnection, userid: str, text: str) -> float:
    """Search by an HTTP call. Return the milliseconds until the answer has arrived."""
    began = time.perf_counter()
    server.request("GET", PATH + urlencode({"q": text}), headers={"Authorization": f"Userid {userid}"})
    answer = server.getresponse()
    body = answer.read()
    took = (time.perf_counter() - began) * 1000
    if answer.status != 200:
        raise RuntimeError(f"{answer.status}: {body.decode()}")
    return took


def _figures(name: str, logs: Sequence[Log], took: Sequence[list[float]]) -> dict[str, Figure]:
    sizes = [log.rows for log in logs]
    return {
        f"{name}, {size_name(rows, sizes)}": _figure(rows, milliseconds)
        for rows, milliseconds in zip(sizes, took, strict=True)
    }


def _figure(rows: int, took: Sequence[float]) -> Figure:
    percentiles = summary(took)
    return Figure(percentiles["p99"], "ms, p99", {"rows": rows, "milliseconds": percentiles})


SCENARIO = Scenario(
    "search",
    measure,
    (Bar("call, largest", "call, smallest", 1.5, False),),
    once=True,
)
