"""Floods a server from a process of its own, until it is ended; says so once it has begun.

Usage: python -m tests.faults.flooding URL KIND SOCKETS
"""

import os
import select
import sys
from contextlib import suppress

from websockets.frames import Opcode

from testkit.raw import RawSocket, frame, text

# Who shares processors with the server must not take them from it.
NICENESS = 10

FLOODS = {
    "empty fragments": [frame(Opcode.TEXT, b"", fin=False), frame(Opcode.CONT, b"", fin=False) * 10_000],
    "nonsense": [text("nonsense") * 5_000],
    "nonsense by somebody": [text("login_mallory"), text("nonsense") * 5_000],
    "pings": [frame(Opcode.PING) * 10_000],
    "pongs": [frame(Opcode.PONG) * 10_000],
}


class Flooder:
    """One socket, whose answers are read."""

    def __init__(self, url: str, kind: str) -> None:
        self._url = url
        self._parts = FLOODS[kind]
        self._left = b""
        self._connect()

    def go_on(self) -> None:
        """Send what it takes, and read what there is."""
        try:
            with suppress(BlockingIOError):
                self._raw.socket.recv(1 << 20)
            self._left = self._left or self._parts[-1]
            with suppress(BlockingIOError):
                self._left = self._left[self._raw.socket.send(self._left) :]
        except OSError:  # it was ended, and comes again
            self._raw.socket.close()
            self._connect()

    def fileno(self) -> int:
        return self._raw.socket.fileno()

    def _connect(self) -> None:
        self._raw = RawSocket(self._url).__enter__()
        self._left = b"".join(self._parts)
        self._raw.socket.setblocking(False)


def main(url: str, kind: str, sockets: str) -> None:
    os.nice(NICENESS)
    flooders = [Flooder(url, kind) for _ in range(int(sockets))]
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    while True:
        readable, writable, _ = select.select(flooders, flooders, [], 1)
        for flooder in {*readable, *writable}:
            flooder.go_on()


if __name__ == "__main__":
    main(*sys.argv[1:])
