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
    """The attacked server. `report_ready`: reports that the attack is prepared, and returns when it must
    begin. `seconds`: how long it lasts. `done`: the number of its actions."""

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
        """Whether the attack continues. Each access counts as one action."""
        self.done += 1
        return time.perf_counter() < self._until

    async def rest(self) -> None:
        """Wait until the end of the attack."""
        await asyncio.sleep(max(0.0, self._until - time.perf_counter()))

    async def hold(self, sockets: Sequence[Socket]) -> None:
        """Keep the sockets open until the end of the attack, then break them."""
        self.done += len(sockets)
        await self.rest()
        for socket in sockets:
            await socket.vanish()

    async def unread(self, login: str = "") -> Socket:
        """Connect a socket that reads nothing, logged in as `login` if that is given."""
        socket = await connect(self.port, receive_buffer=SMALL_BUFFER)
        socket.stall()
        if login:
            socket.send(f"login_{login}".encode())
        return socket

    async def repeat(self, act: Callable[[], Awaitable[object]], callers: int) -> None:
        """Call `act` repeatedly in each of `callers` tasks. A refused connection is tried again. Raises the
        other exceptions of `act`."""

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
        """Write the chunk repeatedly as fast as the server accepts it, at most `max_bytes`."""
        written = 0
        while self.lasts and written < max_bytes and not socket.closed.done():
            socket.write(chunk)
            written += len(chunk)
            with suppress(TimeoutError):
                await asyncio.wait_for(socket.drained(), self.seconds)


@dataclass(frozen=True, slots=True)
class Attack:
    """`settings`: the server's settings for this attack. `memory`: whether the growth of the server's memory
    has a bar. `pictures`: whether other clients upload small pictures during the attack."""

    run: Callable[[AttackedServer], Awaitable[None]]
    settings: Mapping[str, str] = field(default_factory=dict)
    memory: bool = False
    pictures: bool = False
