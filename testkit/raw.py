"""A WebSocket client without a library: it sends any bytes, and reads only on request."""

import base64
import os
import socket
import time
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from websockets.frames import Frame, Opcode

SECONDS = 20.0


class RawSocket:
    """A connection, open inside the block, and dropped at the end without a close frame."""

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)
        self._socket: socket.socket | None = None

    def __enter__(self) -> Self:
        self._socket = socket.create_connection((self._url.hostname, self._url.port), SECONDS)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET {self._url.path} HTTP/1.1\r\nHost: {self._url.netloc}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self.socket.recv(1)
        assert b" 101 " in head
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.socket.close()

    @property
    def socket(self) -> socket.socket:
        assert self._socket, "not connected"
        return self._socket

    def send(self, data: bytes) -> None:
        """Send all data, as fast as the server accepts it."""
        self.socket.settimeout(SECONDS)
        self.socket.sendall(data)

    def push(self, data: bytes, seconds: float) -> int:
        """Send the data repeatedly for this time, as fast as the server accepts it. Return the number of
        bytes."""
        deadline = time.monotonic() + seconds
        sent = 0
        try:
            while (left := deadline - time.monotonic()) > 0:
                self.socket.settimeout(left)
                sent += self.socket.send(data[sent % len(data) :])
        except OSError:  # the server accepts no more, or has gone
            pass
        return sent

    def is_ended(self) -> bool:
        """Read until the server closes the connection. Return False if it does not within SECONDS."""
        self.socket.settimeout(SECONDS)
        try:
            while self.socket.recv(65536):
                pass
        except TimeoutError:
            return False
        except OSError:
            pass
        return True

    def log_in(self, userid: str) -> None:
        self.send(text(f"login_{userid}"))


def frame(opcode: Opcode, payload: bytes = b"", *, fin: bool = True) -> bytes:
    return Frame(opcode, payload, fin).serialize(mask=True)


def text(content: str) -> bytes:
    return frame(Opcode.TEXT, content.encode())
