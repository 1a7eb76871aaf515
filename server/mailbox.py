"""The queue of messages for one application."""

import asyncio
from typing import Any

Message = dict[str, Any]


class Mailbox:
    """A queue like asyncio.Queue, for one reader and a few messages. An asyncio.Queue takes 3 KB for each
    socket."""

    __slots__ = ("_messages", "_reader")

    def __init__(self) -> None:
        self._messages: list[Message] = []
        # Exists while the application waits.
        self._reader: asyncio.Future[None] | None = None

    def put_nowait(self, message: Message) -> None:
        self._messages.append(message)
        if self._reader and not self._reader.done():
            self._reader.set_result(None)

    async def get(self) -> Message:
        """Wait for the next message and return it. If this is cancelled, the message stays. Raises
        RuntimeError if another task waits already."""
        if self._reader:
            raise RuntimeError("A mailbox has one reader.")
        while not self._messages:
            self._reader = asyncio.get_running_loop().create_future()
            try:
                await self._reader
            finally:
                self._reader = None
        return self._messages.pop(0)
