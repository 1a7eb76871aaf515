"""What makes a browser slow, or keeps things from it."""

import asyncio

from playwright.async_api import Route, WebSocketRoute

from tests.client.person import Person


async def slow_down(person: Person, *, rate: float = 6) -> None:
    """The page gets this part of the processor."""
    session = await person.context.new_cdp_session(person.page)
    await session.send("Emulation.setCPUThrottlingRate", {"rate": rate})


async def load_nothing_of(person: Person, pattern: str) -> None:
    """Requests for these are never answered."""

    async def hold(_: Route) -> None:
        """Nothing."""

    await person.page.route(pattern, hold)


class SlowSocket:
    """The sockets of a page that is loaded next. While it is held, nothing that the server sends arrives."""

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
