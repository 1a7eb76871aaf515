"""Measures the first load of the chat client: bytes, requests, and the time until it is usable.

The cache is empty, the server is on loopback, and the processor is slowed to that of a phone.
"""

import statistics
import tempfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from playwright.async_api import Browser

from testkit.chromium import chromium
from testkit.server import WITHOUT_LIMITS, Server

CPU_SLOWDOWN = 4
SIZE = {"width": 390, "height": 844}

# The page itself records when it is usable, because polling would slow it down.
_NOTE = """([usable, userid]) => {
    if (userid) localStorage.setItem("im66.userid", userid);
    const look = () => {
        if (document.querySelector(usable)) window.usableAt ??= performance.now();
    };
    new MutationObserver(look).observe(document, { subtree: true, childList: true });
}"""
SIGN_IN = "form input"
CONVERSATION = ".app:has([role=log] article):has(textarea)"

PAGES = (("sign-in", "", SIGN_IN), ("conversation", "#/u/bob", CONVERSATION, "alice"))


class Load(NamedTuple):
    """`own_bytes`: of styles, scripts and the page; `other_bytes`: of all other responses; both as
    transferred. `foreign_urls`: requested from other servers."""

    milliseconds: float
    own_bytes: int
    other_bytes: int
    requests: int
    foreign_urls: tuple[str, ...]


class _PageTraffic:
    """The requests of a page, as reported by the browser's debugger."""

    def __init__(self) -> None:
        self.kinds: dict[str, str] = {}
        self.urls: dict[str, str] = {}
        self.sizes: dict[str, int] = {}

    def on_request(self, event: dict[str, Any]) -> None:
        url = event["request"]["url"]
        if urlsplit(url).scheme in ("http", "https"):
            self.kinds[event["requestId"]] = event.get("type", "Other")
            self.urls[event["requestId"]] = url

    def on_finished(self, event: dict[str, Any]) -> None:
        self.sizes[event["requestId"]] = int(event["encodedDataLength"])

    def size(self, *, own: bool) -> int:
        return sum(
            size
            for id_, size in self.sizes.items()
            if (self.kinds.get(id_) in ("Document", "Script", "Stylesheet")) == own
        )


async def load(browser: Browser, server: Server, place: str, usable: str, userid: str = "") -> Load:
    """Load `place` with an empty cache until an element matches `usable`."""
    context = await browser.new_context(viewport=SIZE)  # type: ignore[arg-type]
    page = await context.new_page()
    debugger = await context.new_cdp_session(page)
    traffic = _PageTraffic()
    debugger.on("Network.requestWillBeSent", traffic.on_request)
    debugger.on("Network.loadingFinished", traffic.on_finished)
    await debugger.send("Network.enable")
    await debugger.send("Emulation.setCPUThrottlingRate", {"rate": CPU_SLOWDOWN})
    await page.add_init_script(f"({_NOTE})({[usable, userid]!r})")
    await page.goto(f"{server.http}/{place}")
    await page.locator(usable).first.wait_for()
    await page.wait_for_load_state("networkidle")
    milliseconds = float(await page.evaluate("window.usableAt"))
    host = urlsplit(server.http).netloc
    foreign_urls = tuple(sorted({url for url in traffic.urls.values() if urlsplit(url).netloc != host}))
    await context.close()
    return Load(
        milliseconds, traffic.size(own=True), traffic.size(own=False), len(traffic.urls), foreign_urls
    )


async def measure(times: int) -> AsyncIterator[tuple[str, list[Load]]]:
    """Yield each page's name and its loads, on a new server with the people of the demo."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder), **WITHOUT_LIMITS)
        server.prepare()
        server.manage("demo", "--no-serve")
        server.start()
        try:
            async with chromium() as browser:
                for name, *page in PAGES:
                    yield name, [await load(browser, server, *page) for _ in range(times)]
        finally:
            server.stop()


def summary(loads: Sequence[Load]) -> str:
    middle = statistics.median(load.milliseconds for load in loads)
    last = loads[-1]
    foreign = ", ".join(last.foreign_urls) or "none"
    return (
        f"usable after {middle:.0f} ms, {last.own_bytes / 1000:.1f} kB of page, styles and scripts, "
        f"{last.other_bytes / 1000:.1f} kB besides, {last.requests} requests, of other servers: {foreign}"
    )
