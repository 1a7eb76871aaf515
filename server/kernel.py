"""What the kernel knows about the bytes of a connection (Linux, TCP). On other systems most of it is
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
_AT_ONCE = struct.pack("ii", 1, 0)


class Counts(NamedTuple):
    """Bytes since the connection was made."""

    # Acknowledged by the peer's kernel.
    acknowledged: int
    # Arrived from the peer, read or not.
    received: int


def counts(connection: socket.socket) -> Counts | None:
    """None if the kernel does not tell."""
    if _TCP_INFO is None:
        return None
    try:
        info = connection.getsockopt(socket.IPPROTO_TCP, _TCP_INFO, _INFO_BYTES)
        return Counts(*_COUNTS.unpack_from(info, _COUNTS_AT))
    except (OSError, struct.error):
        return None


def unacknowledged(connection: socket.socket) -> int | None:
    """How many bytes were given to the kernel and are not acknowledged by the peer's kernel. None if
    unknown."""
    return _queued(connection, termios.TIOCOUTQ)


def unread(connection: socket.socket) -> int | None:
    """How many bytes have arrived and wait to be read. None if unknown."""
    return _queued(connection, termios.FIONREAD)


def keep_unsent(connection: socket.socket, most: int) -> None:
    """Let at most about `most` unsent bytes wait in the kernel, if it has such a limit."""
    with suppress(OSError):
        connection.setsockopt(socket.IPPROTO_TCP, _TCP_NOTSENT_LOWAT, most)


def abort(transport: Any) -> None:
    """End a connection at once. The kernel drops what it has for the client, and resets the connection."""
    with suppress(OSError):
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
    transport.abort()


def _queued(connection: socket.socket, request: int) -> int | None:
    try:
        answer = fcntl.ioctl(connection.fileno(), request, bytes(4))
    except (OSError, ValueError):
        return None
    return int.from_bytes(answer, "little" if struct.pack("=H", 1)[0] else "big")
