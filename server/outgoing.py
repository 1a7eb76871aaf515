"""What sockets are sent in one step of the event loop leaves at the end of the step, in one write for each
socket. A write for each frame would take several times as long as the frame."""

import asyncio
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from server.pulse import UNSENT_BYTES


class Departures:
    """The ends of the steps of one event loop."""

    def __init__(self) -> None:
        self._leaving: list[Outgoing] = []

    def add(self, leaving: "Outgoing") -> None:
        """Flush it at the end of this step."""
        if not self._leaving:
            asyncio.get_running_loop().call_soon(self._leave)
        self._leaving.append(leaving)

    def _leave(self) -> None:
        leaving, self._leaving = self._leaving, []
        for one in leaving:
            one.flush()


_departures: WeakKeyDictionary[asyncio.AbstractEventLoop, Departures] = WeakKeyDictionary()


def departures_here() -> Departures:
    """Those of the running loop."""
    return _departures.setdefault(asyncio.get_running_loop(), Departures())


class Outgoing:
    """What one socket is sent."""

    __slots__ = ("_departures", "_frames", "_length", "_transport")

    def __init__(self, transport: Any, departures: Departures) -> None:
        self._transport = transport
        self._departures = departures
        # What leaves at the end of the step.
        self._frames: list[bytes] = []
        self._length = 0

    @property
    def unsent_bytes(self) -> int:
        """How many bytes wait for the kernel to take them."""
        waiting: int = self._transport.get_write_buffer_size()
        return self._length + waiting

    def send(self, frame: bytes) -> None:
        """Send `frame` after everything that was sent so far."""
        if not self._frames:
            self._departures.add(self)
        self._frames.append(frame)
        self._length += len(frame)
        if self._length > UNSENT_BYTES:
            self.flush()

    def flush(self) -> None:
        """Write everything that was sent so far."""
        if self._frames:
            joined = b"".join(self._frames)
            self.forget()
            if not self._transport.is_closing():
                self._transport.write(joined)

    def forget(self) -> None:
        """The connection ends: what was not written is not sent."""
        self._frames.clear()
        self._length = 0


class Backpressure:
    """Whether a client takes what it is sent. A push producer in Twisted's sense: the transport tells it
    whether the transport is full.

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
