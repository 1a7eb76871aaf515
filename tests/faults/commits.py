"""What stands between a server process and PostgreSQL, and ends the connection in a chosen COMMIT."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from typing import Self

_COMMIT = b"COMMIT\0"


class Lost(Enum):
    """What does not arrive any more."""

    COMMIT = "commit"
    ANSWER = "answer"


class Commits:
    """Passes on what both say to each other. The first COMMIT of a transaction in which `words` are said, or
    the answer to it, is lost; then `meanwhile()` is called, in a thread, and then the connection ends. As a
    context manager it runs inside the block.

    `port`: where PostgreSQL is. `url`: where it seems to be.
    """

    def __init__(self, port: int, words: str, lost: Lost, meanwhile: Callable[[], None]) -> None:
        self.has_happened = False
        self._port = port
        self._words = words.encode()
        self._lost = lost
        self._meanwhile = meanwhile
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        # Without TLS, what is said can be read, and the first message is the one without a type.
        self.url = f"postgres://im66@127.0.0.1:{port}/postgres?sslmode=disable"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, client_reader: StreamReader, client_writer: StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        with suppress(asyncio.CancelledError, OSError):
            back, there = await asyncio.open_connection("127.0.0.1", self._port)
            await self._pass_on(client_reader, there, back, client_writer)
        client_writer.close()
        self._tasks.discard(task)

    async def _pass_on(
        self,
        client_reader: StreamReader,
        there: StreamWriter,
        back: StreamReader,
        client_writer: StreamWriter,
    ) -> None:
        is_chosen = asyncio.Event()
        ways = [
            asyncio.create_task(self._pass_questions(client_reader, there, is_chosen)),
            asyncio.create_task(self._pass_answers(back, client_writer, is_chosen)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            there.close()

    async def _pass_questions(
        self, client_reader: StreamReader, there: StreamWriter, is_chosen: asyncio.Event
    ) -> None:
        there.write(await _message(client_reader, 0))
        while True:
            message = await _message(client_reader, 1)
            if self._words in message:
                is_chosen.set()
            if self._lost is Lost.COMMIT and await self._ends_in(message, is_chosen):
                return
            there.write(message)

    async def _pass_answers(
        self, back: StreamReader, client_writer: StreamWriter, is_chosen: asyncio.Event
    ) -> None:
        while True:
            message = await _message(back, 1)
            if self._lost is Lost.ANSWER and await self._ends_in(message, is_chosen):
                return
            client_writer.write(message)

    async def _ends_in(self, message: bytes, is_chosen: asyncio.Event) -> bool:
        """Both the question and the answer are called COMMIT."""
        if self.has_happened or not is_chosen.is_set() or not message.endswith(_COMMIT):
            return False
        self.has_happened = True
        await asyncio.to_thread(self._meanwhile)
        return True


async def _message(reader: StreamReader, type_bytes: int) -> bytes:
    """A type, if it has one; a length, which includes itself; and the rest."""
    head = await reader.readexactly(type_bytes + 4)
    return head + await reader.readexactly(int.from_bytes(head[type_bytes:]) - 4)
