"""Slows a browser down, or withholds data from it."""

import asyncio

from playwright.async_api import Route, WebSocketRoute

from tests.client.person import Person


async def slow_down(person: Person, *, rate: float = 6) -> None:
    """Limit the page to this fraction of the processor."""
    session = await person.context.new_cdp_session(person.page)
    await session.send("Emulation.setCPUThrottlingRate", {"rate": rate})


async def load_nothing_of(person: Person, pattern: str) -> None:
    """Let matching requests hang."""

    async def hold(_: Route) -> None:
        """Do nothing, so that the request hangs."""

    await person.page.route(pattern, hold)


class SlowSocket:
    """Intercepts the sockets of the next loaded page. While it is held, no data of the server arrives."""

    def __init__(self) -> None:
        self._passes = asyncio.Event()
        self._passes.set()

    async def install(self, person: Person) -> None:
        await person.page.route_web_socket("**/entry", self._route)

    def hold(self) -> None:
        self._passes.clear()

    def release(self) -> None:
        self._passes.set()

    def _route(self, page: WebSocketRoute) -> None:
        server = page.connect_to_server()
        frames: asyncio.Queue[str | bytes] = asyncio.Queue()
        server.on_message(frames.put_nowait)
        self._task = asyncio.ensure_future(self._pass_on(frames, page))

    async def _pass_on(self, frames: "asyncio.Queue[str | bytes]", page: WebSocketRoute) -> None:
        while True:
            frame = await frames.get()
            await self._passes.wait()
            page.send(frame)
