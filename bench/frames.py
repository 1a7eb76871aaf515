"""Encodes and decodes WebSocket frames, as far as a load generator needs it. Pure.

Client frames are masked with zeros, which the standard permits and which costs nothing. Servers must send
unfragmented, uncompressed messages; anything else raises an error.
"""

from collections.abc import Iterator

CONTINUATION, TEXT, CLOSE, PING, PONG = 0x0, 0x1, 0x8, 0x9, 0xA

_FINAL = 0x80
_MASKED = 0x80
_SHORT, _MEDIUM, _LONG = 125, 126, 127
_NO_MASK = bytes(4)


class UnexpectedFrame(ValueError):
    """A frame of a form that no server under test sends."""


def client_frame(payload: bytes, opcode: int = TEXT, *, final: bool = True) -> bytes:
    """Return a frame of a client. A frame that is not `final` leaves its message unfinished."""
    return bytes([(_FINAL if final else 0) | opcode]) + _length(len(payload)) + _NO_MASK + payload


def _length(size: int) -> bytes:
    if size <= _SHORT:
        return bytes([_MASKED | size])
    if size < 1 << 16:
        return bytes([_MASKED | _MEDIUM]) + size.to_bytes(2, "big")
    return bytes([_MASKED | _LONG]) + size.to_bytes(8, "big")


class FrameReader:
    """Decodes the server's bytes, received in pieces of any size, into frames."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Yield the opcode and payload of each complete frame. The caller must exhaust the iterator."""
        if self._rest:
            data = self._rest + data
        at, end = 0, len(data)
        while at + 2 <= end:
            start, size = at + 2, data[at + 1]
            if size > _SHORT:
                start += 2 if size == _MEDIUM else 8
                size = int.from_bytes(data[at + 2 : start], "big")
            if start + size > end:
                break
            yield _opcode(data[at]), data[start : start + size]
            at = start + size
        self._rest = data[at:]


def _opcode(first: int) -> int:
    if first & 0xF0 != _FINAL:
        raise UnexpectedFrame(f"first byte {first:#x}")
    return first & 0xF
