"""What one connection may have on its way into the log."""

import asyncio

MESSAGES, BYTES = 64, 256 * 1024


class Window:
    """So many messages, and so many bytes of them: whoever writes long texts as fast as they are taken must
    not fill the batches for which everybody waits. One message always has room, however long it is.

    `enter` before a message is put, or `enter_now` if that returns True; `leave` when it is written or
    refused.
    """

    __slots__ = ("_bytes", "_leaving", "_messages")

    def __init__(self) -> None:
        self._messages = self._bytes = 0
        # Exists while a message waits to enter.
        self._leaving: asyncio.Future[None] | None = None

    async def enter(self, size: int) -> None:
        """Wait until a message of `size` bytes has room. If this is cancelled, it is not inside. Raises
        RuntimeError if another one waits already."""
        if self._leaving:
            raise RuntimeError("The messages of a connection enter one after the other.")
        while not self.enter_now(size):
            self._leaving = asyncio.get_running_loop().create_future()
            try:
                await self._leaving
            finally:
                self._leaving = None

    def enter_now(self, size: int) -> bool:
        """Whether a message of `size` bytes has room; then it is inside."""
        if self._messages and (self._messages >= MESSAGES or self._bytes + size > BYTES):
            return False
        self._messages += 1
        self._bytes += size
        return True

    def leave(self, size: int) -> None:
        """A message of `size` bytes is not on its way any more."""
        self._messages -= 1
        self._bytes -= size
        if self._leaving and not self._leaving.done():
            self._leaving.set_result(None)
