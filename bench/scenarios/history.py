"""Measures reading a page of history and a page of backlog, from a small log and from a large one."""

import asyncio
import json
import random
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import median

from bench import loops
from bench.figures import Bar, Figure, Scenario, size_name
from bench.processes import call
from bench.sockets import Socket, connect
from bench.stage import Stage
from bench.subjects import IM66

SECONDS = 60.0
PAGE = 200
PAUSE_SECONDS = 0.1
QUERIES = {"pair": "records_bob_{}_unicast", "group": "records_1_{}_group"}
KINDS = (*QUERIES, "backlog")


@dataclass(frozen=True, slots=True)
class Log:
    """A server with a log of `rows` rows. `first` and `last`: the seconds of the first and the last row."""

    rows: int
    port: int
    first: int
    last: int
    plans: dict[str, list[str]]


def measure(stage: Stage) -> dict[str, Figure]:
    with ExitStack() as stack:
        logs = [stack.enter_context(_serving(stage, rows)) for rows in sorted(stage.sizes.rows)]
        milliseconds = loops.run(_ask(logs, stage.sizes.pages))
    return {
        f"{kind}, {size_name(log.rows, stage.sizes.rows)}": Figure(
            median(milliseconds[kind, log.rows]), "ms per page", {"rows": log.rows, "plans": log.plans}
        )
        for kind in KINDS
        for log in logs
    }


@contextmanager
def _serving(stage: Stage, rows: int) -> Iterator[Log]:
    label = f"-{rows}"
    settings = stage.database.settings(IM66, label)
    stage.make_tables(IM66, settings)
    call([sys.executable, "-m", "bench.generate", str(rows)], settings)
    about = json.loads(call([sys.executable, "-m", "bench.plans"], settings))
    with stage.fresh(IM66, label) as process:
        yield Log(rows, process.port, **about)


async def _ask(logs: Sequence[Log], pages: int) -> dict[tuple[str, int], list[float]]:
    """Return milliseconds by kind and size. The logs take turns, because the machine's speed changes over
    time."""
    milliseconds: defaultdict[tuple[str, int], list[float]] = defaultdict(list)
    askers = [await _asker(log.port) for log in logs]
    for asker in askers:
        asker.socket.send(b"login_alice")
    for number in range(pages):
        for log, asker in zip(logs, askers, strict=True):
            second = _second(log, number)
            for kind, query in QUERIES.items():
                milliseconds[kind, log.rows].append(await asker.ask(query.format(second)))
            milliseconds["backlog", log.rows].append(await _backlog(log.port))
    for asker in askers:
        await asker.socket.vanish()
    return milliseconds


def _second(log: Log, number: int) -> int:
    """Return a random second, early enough that a whole page follows it in the smallest log."""
    return random.Random(number).randint(log.first, log.first + (log.last - log.first) // 6)


async def _backlog(port: int) -> float:
    """Return the milliseconds from login until a page of missed messages has arrived."""
    late = await _asker(port)
    late.socket.answers_pings = False  # an answer would confirm the page; the next login must get it too
    took = await late.ask("login_late", answers=PAGE)
    await late.socket.vanish()
    await asyncio.sleep(PAUSE_SECONDS)  # so that the server stops reading further
    return took


async def _asker(port: int) -> "Asker":
    asker = Asker()
    asker.socket = await connect(port, asker.on_text)
    return asker


class Asker:
    """Sends requests, and measures the time until the answers have arrived."""

    def __init__(self) -> None:
        self.socket: Socket
        self._due = 0
        self._answered: asyncio.Future[None]

    async def ask(self, text: str, answers: int = 1) -> float:
        """Send the text. Return the milliseconds until all answers have arrived."""
        self._due = answers
        self._answered = asyncio.get_running_loop().create_future()
        began = time.perf_counter()
        self.socket.send(text.encode())
        await asyncio.wait_for(self._answered, SECONDS)
        return (time.perf_counter() - began) * 1000

    def on_text(self, text: bytes) -> None:
        if text.startswith(b"error_"):
            self._answered.set_exception(RuntimeError(text.decode()))
        elif not text.startswith(b"heartbeat_"):
            self._due -= 1
            if self._due == 0:
                self._answered.set_result(None)


SCENARIO = Scenario(
    "history",
    measure,
    tuple(Bar(f"{kind}, largest", f"{kind}, smallest", 1.5, False) for kind in KINDS),
    once=True,
)
