"""What the chat client costs its reader's browser: `python -m bench.browser`.

Real Chromium, against servers of its own. Three figures, each the median of several runs: the first load,
with the processor slowed; the longest task while 1,000 messages arrive in 10 seconds in the conversation that
is open; and the longest frame while 10,000 messages are scrolled back through.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

from playwright.async_api import Page, ViewportSize

from bench import first_load
from testkit.chromium import chromium
from testkit.device import Device
from testkit.server import WITHOUT_LIMITS, Server

SIZE = ViewportSize(width=1280, height=800)
# At once, so that the writer does not run ahead of the server.
TOGETHER = 200
ALL = 10_000
BURST, BURST_SECONDS = 1_000, 10.0

_LISTEN = """() => {
    window.tasks = [];
    new PerformanceObserver((list) => window.tasks.push(...list.getEntries().map((task) => task.duration)))
        .observe({ type: "longtask" });
}"""

# As a wheel is turned: some steps in each frame, until the first message is there.
_SCROLL = """async (first) => {
    const log = document.querySelector("[role=log]");
    const frames = [];
    const frame = () => new Promise(requestAnimationFrame);
    let last = await frame();
    const isThere = () => log.querySelector(`article[data-id="${first}"]`);
    while (!isThere()) {
        log.scrollTop -= 400;
        const now = await frame();
        frames.push(now - last);
        last = now;
    }
    return frames;
}"""


class Run(NamedTuple):
    """Milliseconds. `longest`: the longest task or frame; `usual`: the median of all of them, 0 for none;
    `steps`: how many there were."""

    longest: float
    usual: float
    steps: int


async def _write(server: Server, sender: str, to: str, count: int) -> list[int]:
    """So many texts as fast as they are taken, which are read. Returns their ids."""
    ids: list[int] = []
    async with Device(server.entry, to) as reader, Device(server.entry, sender) as device:
        for start in range(0, count, TOGETHER):
            sent = [
                await device.command("send", to=f"u:{to}", kind="text", content=f"Message number {number}")
                for number in range(start, min(count, start + TOGETHER))
            ]
            ids += [(await device.reply(id_))["id"] for id_ in sent]
        await reader.call("read", to=f"u:{sender}", upto=ids[-1])
    return ids


@asynccontextmanager
async def _page(server: Server, userid: str, conversation: str) -> AsyncIterator[Page]:
    async with chromium() as browser:
        page = await (await browser.new_context(viewport=SIZE)).new_page()
        await page.goto(f"{server.http}/")
        await page.get_by_role("textbox", name="User ID").fill(userid)
        await page.get_by_role("button", name="Sign in", exact=True).click()
        await page.get_by_role("navigation", name="Conversations").wait_for()
        await page.goto(f"{server.http}/#/u/{conversation}")
        await page.get_by_role("log", name="Messages").get_by_role("article").last.wait_for()
        yield page


async def burst(server: Server, number: int) -> Run:
    """The tasks of more than 50 ms while messages arrive."""
    reader, writer = f"reader{number}", f"writer{number}"
    await _write(server, writer, reader, 1)
    async with _page(server, reader, writer) as page, Device(server.entry, writer) as device:
        await page.evaluate(_LISTEN)
        sent = []
        began = asyncio.get_running_loop().time()
        for at in range(BURST):
            due = began + at * BURST_SECONDS / BURST
            await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
            sent.append(await device.command("send", to=f"u:{reader}", kind="text", content=f"burst {at}"))
        for id_ in sent:
            await device.reply(id_)
        await page.get_by_role("log").get_by_text(f"burst {BURST - 1}", exact=True).wait_for()
        tasks = await page.evaluate("window.tasks")
    return _run(tasks)


async def scroll(server: Server, first: int) -> Run:
    """The frames while all messages are scrolled back through, from the last one, which is read."""
    async with _page(server, "alice", "bob") as page:
        return _run(await page.evaluate(_SCROLL, first))


def _run(found: list[float]) -> Run:
    return Run(max(found, default=0.0), statistics.median(found) if found else 0.0, len(found))


async def _measure(name: str, times: int, once: Callable[[int], Awaitable[Run]]) -> None:
    runs = []
    for number in range(times):
        runs.append(await once(number))
        _say(f"{name}, run {number + 1}: {_said(runs[-1])}")
    middle = statistics.median(run.longest for run in runs)
    _say(f"{name}, median of {times}: longest {middle:.0f} ms")


def _said(run: Run) -> str:
    return f"longest {run.longest:.0f} ms, median {run.usual:.1f} ms of {run.steps}"


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


async def _main(options: Any) -> None:
    async for name, loads in first_load.measure(options.times):
        _say(f"first load of {name}, median of {options.times}: {first_load.said(loads)}")
    with (
        tempfile.TemporaryDirectory() as folder,
        Server(Path(folder), **WITHOUT_LIMITS, IM66_LIMIT_USERS="off") as server,
    ):
        await _measure("tasks of a burst", options.times, lambda number: burst(server, number))
        ids = await _write(server, "bob", "alice", options.messages)
        await _measure("frames of scrolling", options.times, lambda _: scroll(server, ids[0]))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--messages", type=int, default=ALL)
    asyncio.run(_main(parser.parse_args()))
