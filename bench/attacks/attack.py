"""An attack, and the server that it attacks."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from bench.sockets import Socket, connect

# The receive buffer of a client that reads nothing.
SMALL_BUFFER = 4096


@dataclass(slots=True)
class AttackedServer:
    """The attacked server. `start()` returns when the attack must begin; the attack lasts for `seconds`."""

    port: int
    seconds: float
    report_ready: Callable[[], Awaitable[None]]
    done: int = 0
    _until: float = field(default=0.0)

    async def start(self) -> None:
        """Report that everything is prepared; return when the attack must begin."""
        await self.report_ready()
        self._until = time.perf_counter() + self.seconds

    @property
    def lasts(self) -> bool:
        """Whether the attack continues. Each call counts as one thing done."""
        self.done += 1
        return time.perf_counter() < self._until

    async def rest(self) -> None:
        """Return when the attack ends."""
        await asyncio.sleep(max(0.0, self._until - time.perf_counter()))

    async def hold(self, sockets: Sequence[Socket]) -> None:
        """Keep the sockets open, do nothing until the end, then break them."""
        self.done += len(sockets)
        await self.rest()
        for socket in sockets:
            await socket.vanish()

    async def unread(self, login: str = "") -> Socket:
        """A socket that reads nothing, logged in as `login` if that is given."""
        socket = await connect(self.port, receive_buffer=SMALL_BUFFER)
        socket.stall()
        if login:
            socket.send(f"login_{login}".encode())
        return socket

    async def repeat(self, act: Callable[[], Awaitable[object]], callers: int) -> None:
        """Let `callers` act, each repeatedly. A caller whose connection is refused tries again. Raises
        whatever else `act` raises."""

        async def act_repeatedly() -> None:
            while self.lasts:
                try:
                    await act()
                except OSError:
                    await asyncio.sleep(0.05)

        calling = [asyncio.create_task(act_repeatedly()) for _ in range(callers)]
        ended, _ = await asyncio.wait(calling, timeout=2 * self.seconds)
        for task in ended:
            task.result()

    async def pour(self, socket: Socket, chunk: bytes, max_bytes: int) -> None:
        """Write the chunk repeatedly, as fast as the server accepts it, at most this many bytes."""
        written = 0
        while self.lasts and written < max_bytes and not socket.closed.done():
            socket.write(chunk)
            written += len(chunk)
            with suppress(TimeoutError):
                await asyncio.wait_for(socket.drained(), self.seconds)


@dataclass(frozen=True, slots=True)
class Attack:
    """`settings`: the server's settings for this attack. `memory`: whether the server's memory is held to a
    bound; `pictures`: whether others upload small pictures meanwhile."""

    run: Callable[[AttackedServer], Awaitable[None]]
    settings: Mapping[str, str] = field(default_factory=dict)
    memory: bool = False
    pictures: bool = False
