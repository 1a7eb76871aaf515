"""What the kernel knows of the bytes of a connection (Linux, TCP). Elsewhere most of it is not known."""

import fcntl
import socket
import struct
import termios
from contextlib import suppress
from typing import NamedTuple

# Of the kernel's struct tcp_info: where tcpi_bytes_acked and tcpi_bytes_received stand, and its length then.
_COUNTS, _COUNTS_AT, _INFO_BYTES = struct.Struct("=QQ"), 120, 136
_TCP_INFO: int | None = getattr(socket, "TCP_INFO", None)
# From <linux/tcp.h>; Python names it from 3.12 on.
_TCP_NOTSENT_LOWAT = 25


class Counts(NamedTuple):
    """Bytes since the connection was made."""

    # That the kernel of the peer has acknowledged.
    acknowledged: int
    # That have arrived from it, read or not.
    received: int


def counts(connection: socket.socket) -> Counts | None:
    """None where the kernel does not tell."""
    if _TCP_INFO is None:
        return None
    try:
        info = connection.getsockopt(socket.IPPROTO_TCP, _TCP_INFO, _INFO_BYTES)
        return Counts(*_COUNTS.unpack_from(info, _COUNTS_AT))
    except (OSError, struct.error):
        return None


def unacknowledged(connection: socket.socket) -> int | None:
    """How many bytes the kernel was given and the peer's has not acknowledged. None where it is not told."""
    return _queued(connection, termios.TIOCOUTQ)


def unread(connection: socket.socket) -> int | None:
    """How many bytes have arrived and wait to be read. None where it is not told."""
    return _queued(connection, termios.FIONREAD)


def keep_unsent(connection: socket.socket, most: int) -> None:
    """Let at most some `most` bytes wait in the kernel for being sent, where it can be told to."""
    with suppress(OSError):
        connection.setsockopt(socket.IPPROTO_TCP, _TCP_NOTSENT_LOWAT, most)


def _queued(connection: socket.socket, request: int) -> int | None:
    try:
        answer = fcntl.ioctl(connection.fileno(), request, bytes(4))
    except (OSError, ValueError):
        return None
    return int.from_bytes(answer, "little" if struct.pack("=H", 1)[0] else "big")
