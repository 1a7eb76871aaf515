"""Makes the frames that a server sends (RFC 6455, section 5.2)."""

import struct
from functools import lru_cache
from sys import getsizeof

# How many frames are cached for texts that many sockets are sent, and the size in memory below which a text
# is cached.
MAX_CACHED_FRAMES, MAX_CACHED_BYTES = 512, 4096

_FINAL_TEXT, _FINAL_BINARY, _CLOSE, _PING = 0x81, 0x82, 0x88, 0x89
_CODE_BYTES = 2
# The greatest length that fits in seven bits, and the values that announce a length of two or eight bytes.
_SHORT, _IN_TWO, _IN_EIGHT = 125, 126, 127
# The heads of short text frames, by length.
_SHORT_HEADS = [struct.pack("!BB", _FINAL_TEXT, length) for length in range(_SHORT + 1)]


def text_frame(text: str) -> bytes:
    """Return a text frame: in one fragment, neither masked nor compressed."""
    # A short frame is made as fast as it is looked up.
    if len(text) <= _SHORT and len(payload := text.encode()) <= _SHORT:
        return _SHORT_HEADS[len(payload)] + payload
    # A message to a group is the same text for many sockets.
    return _cached_frame(text) if getsizeof(text) < MAX_CACHED_BYTES else _frame(text)


def ping_frame(payload: bytes) -> bytes:
    """Return a ping frame. The payload has at most 125 bytes."""
    return struct.pack("!BB", _PING, len(payload)) + payload


def close_frame(code: int, reason: str = "") -> bytes:
    """Return a close frame. The reason has at most 123 bytes."""
    encoded = reason.encode()
    return struct.pack("!BBH", _CLOSE, _CODE_BYTES + len(encoded), code) + encoded


def binary_frame(payload: bytes) -> bytes:
    """Return a binary frame in one fragment."""
    return _data_frame(_FINAL_BINARY, payload)


def _frame(text: str) -> bytes:
    return _data_frame(_FINAL_TEXT, text.encode())


def _data_frame(first: int, payload: bytes) -> bytes:
    length = len(payload)
    if length <= _SHORT:
        return struct.pack("!BB", first, length) + payload
    if length < 1 << 16:
        return struct.pack("!BBH", first, _IN_TWO, length) + payload
    return struct.pack("!BBQ", first, _IN_EIGHT, length) + payload


_cached_frame = lru_cache(MAX_CACHED_FRAMES)(_frame)
