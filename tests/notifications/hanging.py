"""Addresses that are registered as push services, and that delay a sender in every way."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Self

Answer = Callable[[asyncio.StreamWriter], Coroutine[Any, Any, None]]


async def _nothing(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(3600)


async def _late(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(29)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


async def _drip(writer: asyncio.StreamWriter) -> None:
    for byte in b"HTTP/1.1 200 OK\r\nX: " + b"y" * 3600:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(1)


async def _endless(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
    while True:
        writer.write(b"x" * 16384)
        await writer.drain()
        await asyncio.sleep(0.3)


async def _redirect(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(9)
    writer.write(b"HTTP/1.1 307 Over there\r\nLocation: /nothing\r\nContent-Length: 0\r\n\r\n")


ANSWERS: dict[str, Answer] = {
    "nothing": _nothing,
    "late": _late,
    "drip": _drip,
    "endless": _endless,
    "redirect": _redirect,
}


class Hanging:
    """Listens at all loopback addresses, each of which is a separate host. `requests`: the total number of
    requests."""

    def __init__(self) -> None:
        self.requests = 0
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._is_ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._is_ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0.1))
        self._loop.close()

    def url(self, host: int, kind: str) -> str:
        """`kind`: a name in ANSWERS, or "tls" for a handshake that never ends."""
        address = f"127.1.{host // 250}.{host % 250 + 1}:{self.port}"
        return f"https://{address}/" if kind == "tls" else f"http://{address}/{kind}?{host}"

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "0.0.0.0", 0, backlog=1000))
        self.port = server.sockets[0].getsockname()[1]
        self._is_ready.set()
        self._loop.run_forever()
        server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.requests += 1
        with suppress(OSError, EOFError, asyncio.CancelledError):
            head = await reader.readuntil(b" HTTP/1.1\r\n") if await self._is_plain(reader) else b""
            kind = head.decode().partition("/")[2].partition("?")[0]
            await ANSWERS.get(kind, _nothing)(writer)
        writer.close()

    async def _is_plain(self, reader: asyncio.StreamReader) -> bool:
        return bool(await reader.readexactly(1) == b"P")
