"""Reads what the kernel knows about the bytes of a TCP connection on Linux. On other systems, most of it is
unknown."""

import fcntl
import socket
import struct
import termios
from contextlib import suppress
from typing import Any, NamedTuple

# The position of tcpi_bytes_acked and tcpi_bytes_received in the kernel's struct tcp_info, and the length up
# to their end.
_COUNTS, _COUNTS_AT, _INFO_BYTES = struct.Struct("=QQ"), 120, 136
_TCP_INFO: int | None = getattr(socket, "TCP_INFO", None)
# From <linux/tcp.h>; Python names it from 3.12 on.
_TCP_NOTSENT_LOWAT = 25
# The value of SO_LINGER with which a close resets the connection at once.
_NO_LINGER = struct.pack("ii", 1, 0)


class ByteCounts(NamedTuple):
    """Bytes since the connection was made."""

    # Acknowledged by the peer's kernel.
    acknowledged: int
    # Received from the peer, read by the process or not.
    received: int


def byte_counts(connection: socket.socket) -> ByteCounts | None:
    """Return the byte counts of the connection; None if the kernel does not report them."""
    if _TCP_INFO is None:
        return None
    try:
        info = connection.getsockopt(socket.IPPROTO_TCP, _TCP_INFO, _INFO_BYTES)
        return ByteCounts(*_COUNTS.unpack_from(info, _COUNTS_AT))
    except (OSError, struct.error):
        return None


def unacknowledged_bytes(connection: socket.socket) -> int | None:
    """Return how many bytes were given to the kernel and are not acknowledged by the peer's kernel; None if
    that is unknown."""
    return _queued_bytes(connection, termios.TIOCOUTQ)


def unread_bytes(connection: socket.socket) -> int | None:
    """Return how many bytes have arrived and wait to be read; None if that is unknown."""
    return _queued_bytes(connection, termios.FIONREAD)


def limit_unsent_bytes(connection: socket.socket, maximum: int) -> None:
    """Let about `maximum` unsent bytes wait in the kernel, if it supports such a limit."""
    with suppress(OSError):
        connection.setsockopt(socket.IPPROTO_TCP, _TCP_NOTSENT_LOWAT, maximum)


def abort(transport: Any) -> None:
    """End a connection at once. The kernel drops its data for the client, and resets the connection."""
    with suppress(OSError):
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    transport.abort()


def _queued_bytes(connection: socket.socket, request: int) -> int | None:
    try:
        answer = fcntl.ioctl(connection.fileno(), request, bytes(4))
    except (OSError, ValueError):
        return None
    return int.from_bytes(answer, "little" if struct.pack("=H", 1)[0] else "big")
