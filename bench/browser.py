"""Measures the cost of the chat client in the browser: `python -m bench.browser`.

It runs Chromium against its own servers. Each figure is the median of several runs: the first load, with a
slowed processor; the longest task while 1,000 messages arrive in 10 seconds in the open conversation; the
longest frame while 10,000 messages are scrolled back; and the same for 2,000 messages with eight reactions
each in a group of 300.

The length of a frame depends on the load of the machine, so the processor time of the page's main thread is
measured, too. The control is a page of 2,000 plain texts, scrolled in the same way.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
from bisect import bisect
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

from playwright.async_api import Page, ViewportSize

from bench import first_load
from bench.reacting import READER
from testkit.chromium import chromium
from testkit.device import Device
from testkit.server import WITHOUT_LIMITS, Server

SIZE = ViewportSize(width=1280, height=800)
# Messages without a reply at a time, so that the writer does not run ahead of the server.
MAX_UNANSWERED = 200
DEFAULT_MESSAGES = 10_000
BURST, BURST_SECONDS = 1_000, 10.0
# The group: its messages, the people who react to each of them, their emoji per message, and the other
# members.
GROUP_MESSAGES, REACTING, EMOJI, SILENT = 2_000, 6, 8, 293
MAX_FRAME_MS = 50
_ROUNDING_MS = 0.5

_LISTEN = """() => {
    window.tasks = [];
    new PerformanceObserver((list) => window.tasks.push(...list.getEntries().map((task) => task.duration)))
        .observe({ type: "longtask" });
}"""

# Scrolls like a mouse wheel, some pixels in each frame, up to the first message.
_SCROLL = """async (first) => {
    const log = document.querySelector("[role=log]");
    const frames = [];
    const frame = () => new Promise(requestAnimationFrame);
    let last = await frame();
    const isThere = () => log.querySelector(`article[data-id="${first}"]`);
    while (log.scrollTop > 0 || !isThere()) {
        log.scrollTop -= 400;
        const now = await frame();
        frames.push(now - last);
        performance.mark("frame");
        last = now;
    }
    return frames;
}"""


_PLAIN = """(count) => {
    const log = document.createElement("div");
    log.setAttribute("role", "log");
    Object.assign(log.style, { height: "100vh", overflowY: "auto", font: "15px/1.5 sans-serif" });
    const lines = Array.from({ length: count }, (_, at) => {
        const line = document.createElement("article");
        line.dataset.id = at + 1;
        line.style.minHeight = "90px";
        line.textContent = `message ${at} `.repeat(1 + (at % 20));
        return line;
    });
    log.append(...lines);
    document.body.replaceChildren(log);
    log.scrollTop = log.scrollHeight;
}"""


class Run(NamedTuple):
    """Lengths of tasks or frames in milliseconds. `longest`: the longest; `usual`: the median, 0 for none;
    `steps`: their number; `late`: the number of those over MAX_FRAME_MS; `cpu`: the longest processor time of
    the main thread for a frame, if it was measured."""

    longest: float
    usual: float
    steps: int
    late: int = 0
    cpu: float = 0.0


async def _write(server: Server, sender: str, to: str, count: int) -> list[int]:
    """Send this many texts as fast as the server accepts them, and mark them as read. Return their ids."""
    ids: list[int] = []
    async with Device(server.entry, to) as reader, Device(server.entry, sender) as device:
        for start in range(0, count, MAX_UNANSWERED):
            sent = [
                await device.command("send", to=f"u:{to}", kind="text", content=f"Message number {number}")
                for number in range(start, min(count, start + MAX_UNANSWERED))
            ]
            ids += [(await device.reply(id_))["id"] for id_ in sent]
        await reader.call("read", to=f"u:{sender}", upto=ids[-1])
    return ids


async def _group(server: Server) -> tuple[int, int]:
    """Fill the group and mark it as read. Return its id and the id of its first message."""
    filled = server.run_python(
        "from bench.reacting import fill\n"
        "from log.models import Message\n"
        f"group = fill({GROUP_MESSAGES}, {REACTING}, {EMOJI}, {SILENT})\n"
        "texts = Message.objects.filter(group=group, kind='text').order_by('pk')\n"
        "print(group, texts.first().pk, texts.last().pk)\n"
    )
    group, first, last = map(int, filled.split())
    async with Device(server.entry, READER) as reader:
        await reader.call("read", to=f"g:{group}", upto=last)
    return group, first


@asynccontextmanager
async def _page(server: Server, userid: str, conversation: str) -> AsyncIterator[Page]:
    async with chromium() as browser:
        page = await (await browser.new_context(viewport=SIZE)).new_page()
        await page.goto(f"{server.http}/")
        await page.get_by_role("textbox", name="User ID").fill(userid)
        await page.get_by_role("button", name="Sign in", exact=True).click()
        await page.get_by_role("navigation", name="Conversations").wait_for()
        await page.goto(f"{server.http}/#/{conversation}")
        await page.get_by_role("log", name="Messages").get_by_role("article").last.wait_for()
        yield page


async def burst(server: Server, number: int) -> Run:
    """Measure the tasks of more than 50 ms while messages arrive."""
    reader, writer = f"reader{number}", f"writer{number}"
    await _write(server, writer, reader, 1)
    async with _page(server, reader, f"u/{writer}") as page, Device(server.entry, writer) as device:
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
    return _summarized(tasks)


async def scroll(server: Server, first: int) -> Run:
    """Measure the frames while the conversation is scrolled back from the last message to the first."""
    async with _page(server, "alice", "u/bob") as page:
        return await _scroll_page(page, first)


async def scroll_group(server: Server, group: int, first: int) -> Run:
    async with _page(server, READER, f"g/{group}") as page:
        return await _scroll_page(page, first)


async def scroll_plain(server: Server) -> Run:
    """Measure the control: a page of plain texts."""
    async with _page(server, "alice", "u/bob") as page:
        await page.evaluate(_PLAIN, GROUP_MESSAGES)
        return await _scroll_page(page, 1)


async def _scroll_page(page: Page, first: int) -> Run:
    browser = page.context.browser
    assert browser
    await browser.start_tracing(page=page, categories=["toplevel", "blink.user_timing"])
    frames = await page.evaluate(_SCROLL, first)
    return _summarized(frames)._replace(
        cpu=_longest_work(json.loads(await browser.stop_tracing())["traceEvents"])
    )


def _longest_work(events: list[dict[str, Any]]) -> float:
    """Return the longest processor time in milliseconds of the page's main thread between two frames."""
    marks = [event for event in events if event["name"] == "frame"]
    ends = [mark["ts"] for mark in marks]
    of_thread = [
        event
        for event in events
        if event["ph"] == "X" and event["tid"] == marks[0]["tid"] and event["pid"] == marks[0]["pid"]
    ]
    work, end = [0.0] * (len(ends) + 1), 0
    # Tasks are nested. The time of the outermost ones includes that of the others.
    for task in sorted(of_thread, key=lambda event: (event["ts"], -event["dur"])):
        if task["ts"] >= end:
            end = task["ts"] + task["dur"]
            work[bisect(ends, task["ts"])] += task.get("tdur", 0) / 1000
    return max(work[1:-1], default=0.0)


def _summarized(lengths: list[float]) -> Run:
    late = sum(length > MAX_FRAME_MS + _ROUNDING_MS for length in lengths)
    return Run(max(lengths, default=0.0), statistics.median(lengths) if lengths else 0.0, len(lengths), late)


async def _measure(name: str, times: int, once: Callable[[int], Awaitable[Run]]) -> None:
    runs = []
    for number in range(times):
        runs.append(await once(number))
        _print(f"{name}, run {number + 1}: {_summary(runs[-1])}")
    longest, late, cpu = (
        statistics.median(of)
        for of in ((run.longest for run in runs), (run.late for run in runs), (run.cpu for run in runs))
    )
    _print(f"{name}, median of {times}: longest {longest:.0f} ms{_late_text(late)}{_cpu_text(cpu)}")


def _summary(run: Run) -> str:
    lengths = f"longest {run.longest:.0f} ms, median {run.usual:.1f} ms of {run.steps}"
    return f"{lengths}{_late_text(run.late)}{_cpu_text(run.cpu)}"


def _late_text(count: float) -> str:
    return f", {count:.0f} of more than {MAX_FRAME_MS} ms"


def _cpu_text(cpu: float) -> str:
    return f"; most work of the main thread {cpu:.0f} ms" if cpu else ""


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


async def _load(options: Any) -> None:
    async for name, loads in first_load.measure(options.times):
        _print(f"first load of {name}, median of {options.times}: {first_load.summary(loads)}")


async def _burst(options: Any, server: Server) -> None:
    await _measure("tasks of a burst", options.times, lambda number: burst(server, number))


async def _scroll(options: Any, server: Server) -> None:
    ids = await _write(server, "bob", "alice", options.messages)
    await _measure("frames of scrolling", options.times, lambda _: scroll(server, ids[0]))
    await _measure("frames of plain text", options.times, lambda _: scroll_plain(server))


async def _scroll_group(options: Any, server: Server) -> None:
    group, first = await _group(server)
    await _measure("frames of a group", options.times, lambda _: scroll_group(server, group, first))


_LOAD = "load"
_PARTS = {"burst": _burst, "scroll": _scroll, "group": _scroll_group}


async def _main(options: Any) -> None:
    if _LOAD in options.only:
        await _load(options)
    with (
        tempfile.TemporaryDirectory() as folder,
        Server(Path(folder), **WITHOUT_LIMITS, IM66_LIMIT_USERS="off") as server,
    ):
        for name, part in _PARTS.items():
            if name in options.only:
                await part(options, server)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--messages", type=int, default=DEFAULT_MESSAGES)
    parser.add_argument("--only", nargs="+", choices=[_LOAD, *_PARTS], default=[_LOAD, *_PARTS])
    asyncio.run(_main(parser.parse_args()))
