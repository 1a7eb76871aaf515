"""Whether a client takes what it is sent."""

import asyncio
from collections.abc import Callable


class Backpressure:
    """A push producer in Twisted's sense: the transport tells it whether the transport is full.

    `on_taking` is called when the client takes more, and released when the client is gone.
    """

    __slots__ = ("_full", "_on_taking", "is_taking")

    def __init__(self, on_taking: Callable[[], None] | None = None) -> None:
        # Whether what is sent now goes out and does not pile up. No property: it is asked for each message.
        self.is_taking = True
        self._on_taking = on_taking
        # Exists while the transport is full, and is set when it no longer is. An event costs a kilobyte, and
        # most transports are never full.
        self._full: asyncio.Event | None = None

    async def wait(self) -> None:
        """Return when the client takes more, or is gone."""
        if self._full:
            await self._full.wait()

    # Called by the transport.

    def pauseProducing(self) -> None:  # noqa: N802
        if self._full is None:
            self._full = asyncio.Event()
            self.is_taking = False

    def resumeProducing(self) -> None:  # noqa: N802
        self._empty()
        if self._on_taking:
            self._on_taking()

    def stopProducing(self) -> None:  # noqa: N802
        self._empty()
        self._on_taking = None

    def _empty(self) -> None:
        if self._full:
            self._full.set()
            self._full = None
            self.is_taking = True
