"""One page of history, and one of backlog, out of a small log and a large one."""

import asyncio
import json
import random
import sys
import time
from statistics import median

from bench import loops
from bench.figures import Bar, Figure, Scenario
from bench.processes import Process, call
from bench.sockets import Socket, connect
from bench.stage import Stage
from bench.subjects import IM66

SECONDS = 60.0
PAGE = 200
PAUSE_SECONDS = 0.3
QUERIES = {"pair": "records_bob_{}_unicast", "group": "records_1_{}_group"}
KINDS = (*QUERIES, "backlog")


def measure(stage: Stage) -> dict[str, Figure]:
    rows = sorted(stage.sizes.rows)
    small, *between, large = (_read(stage, size) for size in rows)
    named = {"smallest": small, "largest": large, **dict(zip(map(str, rows[1:-1]), between, strict=True))}
    return {f"{kind}, {name}": figures[kind] for kind in KINDS for name, figures in named.items()}


def _read(stage: Stage, rows: int) -> dict[str, Figure]:
    label = f"-{rows}"
    with stage.fresh(IM66, label):
        pass  # makes the tables
    settings = stage.database.settings(IM66, label)
    call([sys.executable, "-m", "bench.generate", str(rows)], settings)
    about = json.loads(call([sys.executable, "-m", "bench.plans"], settings))
    with stage.fresh(IM66, label) as process:
        milliseconds = loops.run(_ask(process, stage.sizes.pages, about["first"], about["last"]))
    return {
        kind: Figure(milliseconds[kind], "ms per page", {"rows": rows, "plans": about["plans"]})
        for kind in KINDS
    }


async def _ask(process: Process, pages: int, first: int, last: int) -> dict[str, float]:
    # Early enough for a whole page to follow in the smallest log.
    seconds = [random.Random(number).randint(first, first + (last - first) // 6) for number in range(pages)]
    asker = await _asker(process.port)
    asker.socket.send(b"login_alice")
    found = {
        kind: median([await asker.ask(query.format(second)) for second in seconds])
        for kind, query in QUERIES.items()
    }
    asker.socket.say_goodbye()
    return {**found, "backlog": median([await _backlog(process.port) for _ in range(max(3, pages // 10))])}


async def _backlog(port: int) -> float:
    """How long after its login somebody who was long away has a page of what was missed."""
    late = await _asker(port)
    took = await late.ask("login_late", answers=PAGE)
    late.socket.vanish()
    await asyncio.sleep(PAUSE_SECONDS)  # for the server to stop reading on
    return took


async def _asker(port: int) -> "Asker":
    asker = Asker()
    asker.socket = await connect(port, asker.on_text)
    return asker


class Asker:
    """Asks, and takes the time until so many answers are there."""

    def __init__(self) -> None:
        self.socket: Socket
        self._due = 0
        self._answered: asyncio.Future[None]

    async def ask(self, text: str, answers: int = 1) -> float:
        """Milliseconds until the answers to `text` are there."""
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
    tuple(
        Bar(f"{kind}, largest", f"{kind}, smallest", dict.fromkeys(("daphne", "uvicorn"), 1.5), False)
        for kind in KINDS
    ),
    once=True,
)
