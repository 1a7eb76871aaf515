"""What sockets of Twisted are sent in one step of the event loop leaves at the end of the step: in one write
for each socket, directly to the kernel.

Twisted's transport waits until the reactor finds the socket writable. That takes two calls of epoll and a
round of the reactor for each write, several times as much as the write itself. Only what the kernel does not
take at once waits in the transport.
"""

from typing import Any

from server.departures import Departures
from server.pulse import UNSENT_BYTES


class Outgoing:
    """What one socket is sent. Whatever else is written to its transport is written after `flush`."""

    __slots__ = ("_departures", "_frames", "_length", "_transport")

    def __init__(self, transport: Any, departures: Departures) -> None:
        self._transport = transport
        self._departures = departures
        # What leaves at the end of the step. If there is anything, nothing waits in the transport.
        self._frames: list[bytes] = []
        self._length = 0

    @property
    def unsent_bytes(self) -> int:
        """How many bytes wait for the kernel to take them."""
        transport = self._transport
        waiting: int = len(transport.dataBuffer) - transport.offset + transport._tempDataLen
        return self._length + waiting

    def send(self, frame: bytes) -> None:
        """Send `frame` after everything that was sent so far."""
        transport = self._transport
        if transport.dataBuffer or transport._tempDataLen:
            transport.write(frame)
            return
        if not self._frames:
            self._departures.add(self)
        self._frames.append(frame)
        self._length += len(frame)
        if self._length > UNSENT_BYTES:
            self.flush()

    def flush(self) -> None:
        """Give everything that was sent so far to the kernel or, what it does not take, to the transport."""
        if not self._frames:
            return
        joined = b"".join(self._frames)
        self._forget()
        try:
            taken = self._transport.getHandle().send(joined)
        except OSError:
            taken = 0  # if the connection broke, the transport finds that too
        if taken < len(joined):
            self._transport.write(joined[taken:])

    def end(self, *, abort: bool) -> None:
        """The connection ends: at once, or after everything that was sent so far."""
        if abort:
            self._forget()
        else:
            self.flush()

    def _forget(self) -> None:
        self._frames.clear()
        self._length = 0
