"""Measures chat latency while many clients upload at once, and without uploads: `python -m bench.uploads`.

One person writes to another all the time: first without other clients, then while fifty clients upload a
voice message each at the same time, then a picture, then a video. All is measured in one run on one server,
because only the ratio is meaningful.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from copy import copy
from functools import partial
from pathlib import Path
from typing import Any

from PIL import Image

from testkit import recordings
from testkit.phone import Phone
from testkit.server import Server
from testkit.uploading import upload

CLIENTS = 50
IDLE_SECONDS = 10.0
PAUSE_SECONDS = 0.005
# The highest allowed ratio.
RATIO = 3.0


def files() -> dict[str, list[bytes]]:
    """Return for each upload call a list of files, a different one for each client."""
    numbers = range(CLIENTS)
    return {
        "writev1": [
            recordings.tone(5 + number / 50, container="amr", codec="libopencore_amrnb", rate=8_000)
            for number in numbers
        ],
        "writev2": [
            recordings.photo(Image.effect_noise((1_200, 900 + number), 60).convert("RGB"), "JPEG")
            for number in numbers
        ],
        "writev3": [
            recordings.film(container="mov", codec="libx264", sound="aac", seconds=2 + number / 25)
            for number in numbers
        ],
    }


async def latencies(alice: Phone, bob: Phone, until: Awaitable[Any]) -> list[float]:
    """Return the seconds from Alice's sending to Bob's receiving of each message until `until` is done."""
    measured = []
    done = asyncio.ensure_future(until)
    while not done.done():
        began = time.perf_counter()
        await alice.text("bob", "x")
        await bob.receive()
        measured.append(time.perf_counter() - began)
        await asyncio.sleep(PAUSE_SECONDS)
    await done
    return measured


def _send_all(server: Server, path: str, contents: list[bytes]) -> set[int]:
    with ThreadPoolExecutor(len(contents)) as threads:
        return {reply.code for reply in threads.map(partial(upload, server, path), contents)}


async def flood(clients: Executor, server: Server, call: str, contents: list[bytes]) -> None:
    # In another process, because uploads from the measuring process would delay it.
    target = copy(server)
    target._process = None
    loop = asyncio.get_running_loop()
    codes = await loop.run_in_executor(clients, _send_all, target, f"/upload/{call}", contents)
    assert codes == {0}, codes


def p99(values: list[float]) -> float:
    return statistics.quantiles(values, n=100)[98] * 1000


async def main() -> bool:
    contents_of = files()
    with tempfile.TemporaryDirectory() as data, ProcessPoolExecutor(1) as clients:
        server = Server(Path(data))
        server.prepare()
        server.start()
        try:
            async with Phone(server.entry, "alice") as alice, Phone(server.entry, "bob") as bob:
                await asyncio.get_running_loop().run_in_executor(clients, int)
                idle = p99(await latencies(alice, bob, asyncio.sleep(IDLE_SECONDS)))
                print(f"idle      p99 {idle:6.1f} ms")  # noqa: T201
                good = True
                for call, contents in contents_of.items():
                    began = time.perf_counter()
                    busy = await latencies(alice, bob, flood(clients, server, call, contents))
                    taken = time.perf_counter() - began
                    good = good and p99(busy) <= RATIO * idle
                    print(  # noqa: T201
                        f"{call}   p99 {p99(busy):6.1f} ms, {p99(busy) / idle:4.1f} times, "
                        f"{CLIENTS} files in {taken:.1f} s, {len(busy)} messages"
                    )
                return good
        finally:
            server.stop()


if __name__ == "__main__":
    sys.exit(not asyncio.run(main()))
