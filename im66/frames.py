"""What a text becomes on the wire."""

import struct
from functools import lru_cache

# Frames kept for those sockets that are sent the same, and the longest text kept in one.
REMEMBERED_FRAMES, REMEMBERED_CHARACTERS = 1024, 4096


def text_frame(text: str) -> bytes:
    """A text frame from a server (RFC 6455, section 5.2): whole, neither masked nor compressed."""
    # What goes to a whole group is the same for all its sockets.
    return _remembered(text) if len(text) < REMEMBERED_CHARACTERS else _frame(text)


def _frame(text: str) -> bytes:
    payload = text.encode()
    length = len(payload)
    if length < 126:
        return struct.pack("!BB", 0x81, length) + payload
    if length < 1 << 16:
        return struct.pack("!BBH", 0x81, 126, length) + payload
    return struct.pack("!BBQ", 0x81, 127, length) + payload


_remembered = lru_cache(REMEMBERED_FRAMES)(_frame)
