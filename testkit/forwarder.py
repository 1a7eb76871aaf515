"""What stands between clients and servers on their way: it forwards bytes, late on request, and can fall
silent."""

import asyncio
from contextlib import suppress
from typing import Self


class Forwarder:
    """Forwards each connection to the first of these ports where somebody listens. As a context manager it
    runs inside the block. `seconds`: how long a byte is on its way, in each direction."""

    def __init__(self, *behind: int, seconds: float = 0.0) -> None:
        self._behind = behind
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
        """Let nothing pass any more on the connections that are open now, which stay open: as where a laptop
        has slept, or a network has changed."""
        self._passing.clear()
        self._passing = asyncio.Event()
        self._passing.set()

    def hold_all(self) -> None:
        """Let nothing pass until `release`, on connections that are opened meanwhile too: as where a network
        drops every packet."""
        self._passing.clear()

    def release(self) -> None:
        """What was held arrives late."""
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
        for port in self._behind:
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
        """Pass on what is read, each piece when its time has come, and then the end."""
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(maxsize=1000)
        clock = asyncio.get_running_loop().time

        async def read() -> None:
            data = b"it begins"
            while data:
                try:
                    data = await reader.read(65_536)
                except OSError:
                    data = b""
                await under_way.put((clock() + self._seconds, data))

        reading = asyncio.create_task(read())
        try:
            with suppress(OSError):
                while True:
                    due, data = await under_way.get()
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
