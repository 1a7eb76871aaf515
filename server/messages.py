"""Parses the data that a client sends (RFC 6455, section 5) piece by piece, within limits of memory.

It extracts whole messages, text and binary. Control frames, one at a time, and data that violates the
protocol are passed on (see `control`). A message above its limit is discarded while it arrives.
"""

from enum import Enum, auto
from typing import NamedTuple

_LAST, _RESERVED, _OPCODE, _MASKED, _LENGTH = 0x80, 0x70, 0x0F, 0x80, 0x7F
_CONTINUATION, _TEXT, _BINARY, _CLOSE, _PING, _PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
_FINAL_TEXT, _FINAL_PONG, _FINAL_CLOSE = _LAST | _TEXT, _LAST | _PONG, _LAST | _CLOSE
_MASK_BYTES = 4
# The bytes of a control frame before its payload.
_HEAD_BYTES = 2 + _MASK_BYTES
# The bytes of the code with which the payload of a close frame begins.
_CODE_BYTES = 2
# The greatest length that fits in seven bits, and the values that announce a length of two or eight bytes.
_SHORT, _IN_TWO, _IN_EIGHT = 125, 126, 127
# The least that a fragment counts as, because an empty fragment costs work too.
MIN_FRAGMENT_BYTES = 64

# How many bytes are unmasked at once; a multiple of _MASK_BYTES. With more, each byte would take twice as
# long, because the intermediate values would not fit in the CPU's cache.
_PORTION_BYTES = 32 * 1024

# Frames that violate the protocol by themselves, in place of ones that violate it in their context.
_OUT_OF_PLACE = bytes([_LAST | _CONTINUATION, _MASKED, 0, 0, 0, 0])
_INVALID_TEXT = bytes([_FINAL_TEXT, _MASKED | 1, 0, 0, 0, 0, 0xFF])


class PassedOn(NamedTuple):
    """A control frame, or bytes that violate the protocol."""

    data: bytes
    is_ping: bool


class Close(NamedTuple):
    """The payload of a close frame."""

    # None if it has no payload.
    code: int | None
    reason: str


class Sign(Enum):
    """A result of `take` other than a message."""

    # Something was parsed: call `take` again.
    MORE = auto()
    # Nothing can be parsed until more data arrives.
    EMPTY = auto()
    # A message begins, but `may_begin` was false.
    WAITING = auto()
    # The arriving message is above its limit, and is discarded.
    TOO_LONG = auto()
    # The message is too large even to be discarded. Nothing more will be parsed.
    TOO_LARGE = auto()


Taken = str | bytes | PassedOn | Sign


class Messages:
    """A parser of arriving data. `max_bytes`: how many bytes a message may have, all its fragments together;
    it may be changed between messages. `max_discarded_bytes`: up to this size, a larger message is read to
    its end and discarded."""

    __slots__ = (
        "_content",
        "_data",
        "_is_dropped",
        "_is_final",
        "_is_over",
        "_mask",
        "_offset",
        "_opcode",
        "_rest",
        "_weight",
        "max_bytes",
        "max_discarded_bytes",
    )

    def __init__(self, max_bytes: int, max_discarded_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.max_discarded_bytes = max_discarded_bytes
        self._data = b""
        self._offset = 0
        # The message whose fragments are arriving: its opcode, 0 if there is none, its size and its content
        # so far.
        self._opcode = 0
        self._weight = 0
        self._content: bytearray | None = None
        self._is_dropped = False
        # The arriving frame: how many bytes are missing, its mask, and whether it is the last of its message.
        self._rest = 0
        self._mask = b""
        self._is_final = False
        self._is_over = False

    @property
    def is_between_frames(self) -> bool:
        """Whether the next byte begins a frame."""
        return not (self._rest or self._is_over) and self._offset >= len(self._data)

    def add(self, data: bytes) -> None:
        """Add data that has arrived."""
        self._data = self._data[self._offset :] + data if self._offset < len(self._data) else data
        self._offset = 0

    def take(self, *, may_begin: bool = True) -> Taken:
        """Parse the next part of the data. A new message is begun only if `may_begin`."""
        if self._rest:
            return self._continue_frame()
        if self._is_over:
            self._data, self._offset = b"", 0
            return Sign.EMPTY
        data, offset = self._data, self._offset
        payload = _payload_range(data, offset)
        if payload is None:
            return Sign.EMPTY
        start, end = payload
        frame_opcode = data[offset] & _OPCODE
        if frame_opcode > _BINARY or not _is_valid_data_frame(data, offset, end - start):
            return self._pass_on(offset, end)
        if bool(self._opcode) != (frame_opcode == _CONTINUATION):
            return self._stop(_OUT_OF_PLACE)
        if not (may_begin or self._opcode):
            return Sign.WAITING
        self._offset = start
        if data[offset] == _FINAL_TEXT and end <= len(data) and end - start <= self.max_bytes:
            self._offset = end
            return self._decode(_unmasked(data[start:end], data[start - _MASK_BYTES : start]))
        return self._begin_frame(data[offset], frame_opcode, end - start, data[start - _MASK_BYTES : start])

    def _begin_frame(self, first: int, frame_opcode: int, length: int, mask: bytes) -> Taken:
        self._opcode = self._opcode or frame_opcode
        self._is_final = bool(first & _LAST)
        is_unfragmented = self._is_final and frame_opcode != _CONTINUATION
        self._weight += length if is_unfragmented else max(length, MIN_FRAGMENT_BYTES)
        self._rest, self._mask = length, mask
        if self._weight > self.max_discarded_bytes:
            self._rest, self._content, self._is_over = 0, None, True
            return Sign.TOO_LARGE
        if self._weight > self.max_bytes and not self._is_dropped:
            self._is_dropped, self._content = True, None
            return self._message_or(Sign.TOO_LONG)
        return self._message_or(Sign.MORE)

    def _continue_frame(self) -> Taken:
        piece = self._data[self._offset : self._offset + self._rest]
        if not piece:
            return Sign.EMPTY
        self._offset += len(piece)
        self._rest -= len(piece)
        if not self._is_dropped:
            if self._content is None:
                self._content = bytearray()
            self._content += _unmasked(piece, self._mask)
            rotation = len(piece) % _MASK_BYTES
            self._mask = self._mask[rotation:] + self._mask[:rotation]
        return self._message_or(Sign.MORE)

    def _message_or(self, sign: Sign) -> Taken:
        """Return the message if it is complete and not dropped, else `sign`."""
        if self._rest or not self._is_final:
            return sign
        message_opcode, content, is_dropped = self._opcode, self._content or b"", self._is_dropped
        self._opcode, self._content, self._weight, self._is_dropped = 0, None, 0, False
        if is_dropped:
            return sign
        return bytes(content) if message_opcode == _BINARY else self._decode(content)

    def _decode(self, payload: bytes | bytearray) -> Taken:
        try:
            return payload.decode()
        except UnicodeDecodeError:
            return self._stop(_INVALID_TEXT)

    def _pass_on(self, offset: int, end: int) -> Taken:
        """Pass on a control frame once it is complete; if it is invalid, pass on all data from it on."""
        data = self._data
        if not _is_valid_control_frame(data, offset):
            return self._stop(data[offset:])
        if end > len(data):
            return Sign.EMPTY
        self._offset = end
        return PassedOn(data[offset:end], data[offset] & _OPCODE == _PING)

    def _stop(self, data: bytes) -> PassedOn:
        """Pass on `data`, which violates the protocol, and parse nothing more."""
        self._is_over = True
        return PassedOn(data, is_ping=False)


def parse_single_text(data: bytes) -> str | None:
    """Return the text if `data` is exactly one unfragmented text frame of less than 64 KB, else None."""
    start = _HEAD_BYTES
    length = len(data) - start
    length_field = length
    if length > _SHORT:
        start, length, length_field = start + 2, length - 2, _IN_TWO
        if length <= _SHORT or length != int.from_bytes(data[2:4]):
            return None
    if length < 0 or data[0] != _FINAL_TEXT or data[1] != _MASKED | length_field:
        return None
    try:
        return _unmasked(data[start:], data[start - _MASK_BYTES : start]).decode()
    except UnicodeDecodeError:
        return None


def parse_single_pong(data: bytes) -> bytes | None:
    """Return the payload if `data` is exactly one pong frame, else None."""
    length = len(data) - _HEAD_BYTES
    if not 0 <= length <= _SHORT or data[0] != _FINAL_PONG or data[1] != _MASKED | length:
        return None
    return _unmasked(data[_HEAD_BYTES:], data[2:_HEAD_BYTES])


def parse_close(data: bytes) -> Close | None:
    """Return the code and the reason if `data` is one well-formed close frame, whatever its code; else
    None."""
    length = len(data) - _HEAD_BYTES
    if not 0 <= length <= _SHORT or length == 1 or data[0] != _FINAL_CLOSE or data[1] != _MASKED | length:
        return None
    payload = _unmasked(data[_HEAD_BYTES:], data[2:_HEAD_BYTES])
    code = int.from_bytes(payload[:_CODE_BYTES]) if payload else None
    try:
        return Close(code, payload[_CODE_BYTES:].decode())
    except UnicodeDecodeError:
        return None


def is_utf8(data: bytes) -> bool:
    """Return whether `data` is valid UTF-8."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _payload_range(data: bytes, offset: int) -> tuple[int, int] | None:
    """Return where the payload of the frame at `offset` begins and ends; None if its header is incomplete."""
    if len(data) < offset + 2:
        return None
    length = data[offset + 1] & _LENGTH
    start = offset + 2
    if length > _SHORT:
        start += 2 if length == _IN_TWO else 8
        length = int.from_bytes(data[offset + 2 : start])
    if data[offset + 1] & _MASKED:
        start += _MASK_BYTES
    return None if len(data) < start else (start, start + length)


def _is_valid_data_frame(data: bytes, offset: int, length: int) -> bool:
    """Return whether the data frame is valid: no reserved bits, masked, its length in the shortest form."""
    length_field = data[offset + 1] & _LENGTH
    return (
        not data[offset] & _RESERVED
        and data[offset + 1] >= _MASKED
        and (length_field <= _SHORT or length > _SHORT)
        and (length_field < _IN_EIGHT or 1 << 16 <= length < 1 << 63)
    )


def _is_valid_control_frame(data: bytes, offset: int) -> bool:
    return (
        data[offset] in (_LAST | _CLOSE, _LAST | _PING, _LAST | _PONG)
        and _MASKED <= data[offset + 1] <= _MASKED | _SHORT
    )


def _unmasked(payload: bytes, mask: bytes) -> bytes:
    length = len(payload)
    if length > _PORTION_BYTES:
        return _unmasked_in_portions(payload, mask)
    repeated = (mask * (length // _MASK_BYTES + 1))[:length]
    # As integers, all bytes are processed at once. Python converts little-endian ones faster.
    number = int.from_bytes(payload, "little") ^ int.from_bytes(repeated, "little")
    return number.to_bytes(length, "little")


def _unmasked_in_portions(payload: bytes, mask: bytes) -> bytes:
    size = _PORTION_BYTES
    repeated = int.from_bytes(mask * (size // _MASK_BYTES), "little")
    end = len(payload) // size * size
    portions = [
        (int.from_bytes(payload[offset : offset + size], "little") ^ repeated).to_bytes(size, "little")
        for offset in range(0, end, size)
    ]
    return b"".join([*portions, _unmasked(payload[end:], mask)])
