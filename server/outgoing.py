"""Collects the frames that sockets are sent in one step of the event loop, and writes them at the end of the
step, in one write for each socket. A write for each frame would take several times as long as the frame."""

import asyncio
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from server.pulse import MAX_UNSENT_BYTES


class FlushScheduler:
    """Flushes sockets at the end of each step of an event loop."""

    def __init__(self) -> None:
        self._scheduled: list[Outgoing] = []

    def add(self, outgoing: "Outgoing") -> None:
        """Flush `outgoing` at the end of this step."""
        if not self._scheduled:
            asyncio.get_running_loop().call_soon(self._flush_all)
        self._scheduled.append(outgoing)

    def _flush_all(self) -> None:
        scheduled, self._scheduled = self._scheduled, []
        for outgoing in scheduled:
            outgoing.flush()


_schedulers: WeakKeyDictionary[asyncio.AbstractEventLoop, FlushScheduler] = WeakKeyDictionary()


def flush_scheduler() -> FlushScheduler:
    """Return the flush scheduler of the running loop."""
    return _schedulers.setdefault(asyncio.get_running_loop(), FlushScheduler())


class Outgoing:
    """The frames that a socket is sent."""

    __slots__ = ("_frames", "_length", "_scheduler", "_transport")

    def __init__(self, transport: Any, scheduler: FlushScheduler) -> None:
        self._transport = transport
        self._scheduler = scheduler
        # The frames that are written at the end of the step.
        self._frames: list[bytes] = []
        self._length = 0

    @property
    def unsent_bytes(self) -> int:
        """How many bytes wait for the kernel to take them."""
        waiting: int = self._transport.get_write_buffer_size()
        return self._length + waiting

    def send(self, frame: bytes) -> None:
        """Send `frame` after everything that was sent before."""
        if not self._frames:
            self._scheduler.add(self)
        self._frames.append(frame)
        self._length += len(frame)
        if self._length > MAX_UNSENT_BYTES:
            self.flush()

    def flush(self) -> None:
        """Write all frames that were sent so far."""
        if self._frames:
            joined = b"".join(self._frames)
            self.forget()
            if not self._transport.is_closing():
                self._transport.write(joined)

    def forget(self) -> None:
        """Drop all frames that were not written, because the connection ends."""
        self._frames.clear()
        self._length = 0


class Backpressure:
    """Tracks whether a client takes the data it is sent. `is_writable`: data that is sent now does not pile
    up. A push producer for Twisted: the transport calls it when it is full and when it is not any more.

    `on_writable` is called when the client takes data again, and released when the client is gone.
    """

    __slots__ = ("_on_writable", "_unblocked", "is_writable")

    def __init__(self, on_writable: Callable[[], None] | None = None) -> None:
        # Not a property: it is read for each message.
        self.is_writable = True
        self._on_writable = on_writable
        # Exists while the transport is full, and is set when it no longer is. An event takes a kilobyte, and
        # most transports are never full.
        self._unblocked: asyncio.Event | None = None

    async def wait(self) -> None:
        """Wait until the client takes data, or is gone."""
        if self._unblocked:
            await self._unblocked.wait()

    # Called by the transport.

    def pauseProducing(self) -> None:  # noqa: N802
        if self._unblocked is None:
            self._unblocked = asyncio.Event()
            self.is_writable = False

    def resumeProducing(self) -> None:  # noqa: N802
        self._unblock()
        if self._on_writable:
            self._on_writable()

    def stopProducing(self) -> None:  # noqa: N802
        self._unblock()
        self._on_writable = None

    def _unblock(self) -> None:
        if self._unblocked:
            self._unblocked.set()
            self._unblocked = None
            self.is_writable = True
