"""What an attack is, and what it aims at."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from bench.sockets import Socket, connect

# What no client is expected to have in a hurry.
SMALL_BUFFER = 4096


@dataclass(slots=True)
class Target:
    """A server. `start()` returns when the attack is to begin, which lasts for `seconds`."""

    port: int
    seconds: float
    wait: Callable[[], Awaitable[None]]
    done: int = 0
    _until: float = field(default=0.0)

    async def start(self) -> None:
        """All is prepared; return when it is to begin."""
        await self.wait()
        self._until = time.perf_counter() + self.seconds

    @property
    def lasts(self) -> bool:
        """Whether the attack goes on. Counts what is done by how often it is asked."""
        self.done += 1
        return time.perf_counter() < self._until

    async def rest(self) -> None:
        """Return at the end."""
        await asyncio.sleep(max(0.0, self._until - time.perf_counter()))

    async def hold(self, sockets: Sequence[Socket]) -> None:
        """Do no more than be there, to the end; then vanish."""
        self.done += len(sockets)
        await self.rest()
        for socket in sockets:
            await socket.vanish()

    async def unread(self, login: str = "") -> Socket:
        """A socket that reads nothing; logged in, if as somebody."""
        socket = await connect(self.port, receive_buffer=SMALL_BUFFER)
        socket.stall()
        if login:
            socket.send(f"login_{login}".encode())
        return socket

    async def repeat(self, act: Callable[[], Awaitable[object]], callers: int) -> None:
        """Let so many act, each again as soon as it is done. One that is refused a connection tries again."""

        async def one() -> None:
            while self.lasts:
                try:
                    await act()
                except OSError:
                    await asyncio.sleep(0.05)

        await asyncio.wait([asyncio.create_task(one()) for _ in range(callers)], timeout=2 * self.seconds)

    async def pour(self, socket: Socket, chunk: bytes, most: int) -> None:
        """Write it over and over, as fast as it is taken, at most so many bytes."""
        written = 0
        while self.lasts and written < most and not socket.closed.done():
            socket.write(chunk)
            written += len(chunk)
            with suppress(TimeoutError):
                await asyncio.wait_for(socket.drained(), self.seconds)


@dataclass(frozen=True, slots=True)
class Attack:
    """`settings`: the server's, for it. `memory`: whether its memory is held against a bound; `pictures`:
    whether others upload small pictures meanwhile."""

    run: Callable[[Target], Awaitable[None]]
    settings: Mapping[str, str] = field(default_factory=dict)
    memory: bool = False
    pictures: bool = False
