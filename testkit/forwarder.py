"""A TCP proxy between clients and servers that can delay or withhold bytes."""

import asyncio
from contextlib import suppress
from typing import Self


class Forwarder:
    """Forwards each connection to the first of the given ports that accepts it. It runs inside the block.

    `seconds` is the delay of each byte, in each direction.
    """

    def __init__(self, *ports: int, seconds: float = 0.0) -> None:
        self._ports = ports
        self._seconds = seconds
        self._passing = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._passing.set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def http(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def fall_silent(self) -> None:
        """Pass nothing more on the connections that are open now, which stay open.

        This is what happens after a laptop slept, or after a network change.
        """
        self._passing.clear()
        self._passing = asyncio.Event()
        self._passing.set()

    def hold_all(self) -> None:
        """Pass nothing until `release`, also on new connections, like a network that drops every packet."""
        self._passing.clear()

    def release(self) -> None:
        """Pass everything that was withheld since `hold_all`."""
        self._passing.set()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        with suppress(asyncio.CancelledError):
            await self._forward(reader, writer)
        await _close(writer)
        self._tasks.discard(task)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        passing = self._passing
        for port in self._ports:
            try:
                there, back = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                continue
            try:
                await asyncio.gather(self._pass(reader, back, passing), self._pass(there, writer, passing))
            finally:
                await _close(back)
            return

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, passing: asyncio.Event
    ) -> None:
        """Pass on each piece that is read after the delay, and then the end of the stream."""
        delayed: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(maxsize=1000)
        clock = asyncio.get_running_loop().time

        async def read() -> None:
            data = b"not empty"
            while data:
                try:
                    data = await reader.read(65_536)
                except OSError:
                    data = b""
                await delayed.put((clock() + self._seconds, data))

        reading = asyncio.create_task(read())
        try:
            with suppress(OSError):
                while True:
                    due, data = await delayed.get()
                    await asyncio.sleep(due - clock())
                    await passing.wait()
                    if not data:
                        break
                    writer.write(data)
                    await writer.drain()
        finally:
            reading.cancel()
            writer.close()


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
