"""Reads what a client sends (RFC 6455, section 5) piece by piece, and holds no more of it than its limits
allow.

It takes out whole messages, text and binary. Control frames, one at a time, and everything that breaks the
rules are left to others (see `control`). A message above its limit is discarded while it arrives.
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
# The least that a fragment counts as, because an empty one costs work too.
FRAGMENT_BYTES = 64

# So many bytes are unmasked at once, a multiple of those of a mask. Of more, each would take twice as long,
# because what is needed on the way would not stay in the processor's cache.
_PORTION = 32 * 1024

# Frames that break a rule of their own, like one that breaks it together with those before it.
_OUT_OF_PLACE = bytes([_LAST | _CONTINUATION, _MASKED, 0, 0, 0, 0])
_NO_TEXT = bytes([_FINAL_TEXT, _MASKED | 1, 0, 0, 0, 0, 0xFF])


class Passed(NamedTuple):
    """A control frame, or bytes that break the rules."""

    data: bytes
    is_ping: bool


class Close(NamedTuple):
    """What a close frame says."""

    # None if it has no payload.
    code: int | None
    reason: str


class Sign(Enum):
    """What `take` returns instead of a message."""

    # Something was done: call `take` again.
    MORE = auto()
    # There is nothing until more arrives.
    EMPTY = auto()
    # A message begins, but none was allowed to begin.
    WAITING = auto()
    # The arriving message is above its limit. It is discarded.
    TOO_LONG = auto()
    # The message is larger than any that is read to its end. Nothing more will be taken.
    TOO_LARGE = auto()


Taken = str | bytes | Passed | Sign


class Messages:
    """`longest`: the most bytes that a message may have, all its fragments together; it may be changed
    between messages. `largest`: the most bytes of a message that is still read to its end."""

    __slots__ = (
        "_at",
        "_begun",
        "_data",
        "_ends",
        "_is_dropped",
        "_is_over",
        "_kind",
        "_mask",
        "_rest",
        "_weight",
        "largest",
        "longest",
    )

    def __init__(self, longest: int, largest: int) -> None:
        self.longest = longest
        self.largest = largest
        self._data = b""
        self._at = 0
        # The message whose fragments are arriving: its opcode, 0 if there is none, and what has arrived of
        # it.
        self._kind = 0
        self._weight = 0
        self._begun: bytearray | None = None
        self._is_dropped = False
        # The arriving frame: how many bytes are still to come, its mask, and whether its message ends with
        # it.
        self._rest = 0
        self._mask = b""
        self._ends = False
        self._is_over = False

    @property
    def is_between(self) -> bool:
        """Whether the next byte begins a frame."""
        return not (self._rest or self._is_over) and self._at >= len(self._data)

    def add(self, data: bytes) -> None:
        """Take bytes that have arrived."""
        self._data = self._data[self._at :] + data if self._at < len(self._data) else data
        self._at = 0

    def take(self, *, may_begin: bool = True) -> Taken:
        """Take the next thing out of what has arrived. A message is begun only if it `may_begin`."""
        if self._rest:
            return self._go_on()
        if self._is_over:
            self._data, self._at = b"", 0
            return Sign.EMPTY
        data, at = self._data, self._at
        payload = _payload(data, at)
        if payload is None:
            return Sign.EMPTY
        start, end = payload
        kind = data[at] & _OPCODE
        if kind > _BINARY or not _is_sound(data, at, end - start):
            return self._pass_on(at, end)
        if bool(self._kind) != (kind == _CONTINUATION):
            return self._break(_OUT_OF_PLACE)
        if not (may_begin or self._kind):
            return Sign.WAITING
        self._at = start
        if data[at] == _FINAL_TEXT and end <= len(data) and end - start <= self.longest:
            self._at = end
            return self._text(_unmasked(data[start:end], data[start - _MASK_BYTES : start]))
        return self._begin(data[at], kind, end - start, data[start - _MASK_BYTES : start])

    def _begin(self, first: int, kind: int, length: int, mask: bytes) -> Taken:
        """Begin a frame."""
        self._kind = self._kind or kind
        self._ends = bool(first & _LAST)
        is_unfragmented = self._ends and kind != _CONTINUATION
        self._weight += length if is_unfragmented else max(length, FRAGMENT_BYTES)
        self._rest, self._mask = length, mask
        if self._weight > self.largest:
            self._rest, self._begun, self._is_over = 0, None, True
            return Sign.TOO_LARGE
        if self._weight > self.longest and not self._is_dropped:
            self._is_dropped, self._begun = True, None
            return self._ended(Sign.TOO_LONG)
        return self._ended(Sign.MORE)

    def _go_on(self) -> Taken:
        """Take what has arrived of the current frame."""
        piece = self._data[self._at : self._at + self._rest]
        if not piece:
            return Sign.EMPTY
        self._at += len(piece)
        self._rest -= len(piece)
        if not self._is_dropped:
            if self._begun is None:
                self._begun = bytearray()
            self._begun += _unmasked(piece, self._mask)
            turned = len(piece) % _MASK_BYTES
            self._mask = self._mask[turned:] + self._mask[:turned]
        return self._ended(Sign.MORE)

    def _ended(self, otherwise: Sign) -> Taken:
        """The message if it has ended with what was just taken; else `otherwise`."""
        if self._rest or not self._ends:
            return otherwise
        kind, begun, is_dropped = self._kind, self._begun or b"", self._is_dropped
        self._kind, self._begun, self._weight, self._is_dropped = 0, None, 0, False
        if is_dropped:
            return otherwise
        return bytes(begun) if kind == _BINARY else self._text(begun)

    def _text(self, payload: bytes | bytearray) -> Taken:
        try:
            return payload.decode()
        except UnicodeDecodeError:
            return self._break(_NO_TEXT)

    def _pass_on(self, at: int, end: int) -> Taken:
        """A control frame, once it is complete; if it breaks the rules, everything from here on."""
        data = self._data
        if not _is_control(data, at):
            return self._break(data[at:])
        if end > len(data):
            return Sign.EMPTY
        self._at = end
        return Passed(data[at:end], data[at] & _OPCODE == _PING)

    def _break(self, data: bytes) -> Passed:
        """Pass `data`, which breaks the rules, and take nothing more."""
        self._is_over = True
        return Passed(data, is_ping=False)


def text_alone(data: bytes) -> str | None:
    """The text if `data` consists of one whole frame with one; None if it is anything else, or is long."""
    start = _HEAD_BYTES
    length = len(data) - start
    written = length
    if length > _SHORT:
        start, length, written = start + 2, length - 2, _IN_TWO
        if length <= _SHORT or length != int.from_bytes(data[2:4]):
            return None
    if length < 0 or data[0] != _FINAL_TEXT or data[1] != _MASKED | written:
        return None
    try:
        return _unmasked(data[start:], data[start - _MASK_BYTES : start]).decode()
    except UnicodeDecodeError:
        return None


def pong_alone(data: bytes) -> bytes | None:
    """The payload if `data` consists of one pong; None if it is anything else."""
    length = len(data) - _HEAD_BYTES
    if not 0 <= length <= _SHORT or data[0] != _FINAL_PONG or data[1] != _MASKED | length:
        return None
    return _unmasked(data[_HEAD_BYTES:], data[2:_HEAD_BYTES])


def close_in(data: bytes) -> Close | None:
    """What `data` says if it is a close frame whose form follows the rules, whatever its code; None if it is
    anything else."""
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
    """Whether it is text, as the reason in a close frame must be."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _payload(data: bytes, at: int) -> tuple[int, int] | None:
    """Where the payload of the frame at `at` begins and ends. None if its header is incomplete."""
    if len(data) < at + 2:
        return None
    length = data[at + 1] & _LENGTH
    start = at + 2
    if length > _SHORT:
        start += 2 if length == _IN_TWO else 8
        length = int.from_bytes(data[at + 2 : start])
    if data[at + 1] & _MASKED:
        start += _MASK_BYTES
    return None if len(data) < start else (start, start + length)


def _is_sound(data: bytes, at: int, length: int) -> bool:
    """Whether the data frame follows the rules: no reserved bits, masked, its length in the shortest form."""
    written = data[at + 1] & _LENGTH
    return (
        not data[at] & _RESERVED
        and data[at + 1] >= _MASKED
        and (written <= _SHORT or length > _SHORT)
        and (written < _IN_EIGHT or 1 << 16 <= length < 1 << 63)
    )


def _is_control(data: bytes, at: int) -> bool:
    """Whether it is a control frame that follows the rules."""
    return (
        data[at] in (_LAST | _CLOSE, _LAST | _PING, _LAST | _PONG)
        and _MASKED <= data[at + 1] <= _MASKED | _SHORT
    )


def _unmasked(payload: bytes, mask: bytes) -> bytes:
    length = len(payload)
    if length > _PORTION:
        return _unmasked_in_portions(payload, mask)
    repeated = (mask * (length // _MASK_BYTES + 1))[:length]
    # As integers: all bytes at once. Python reads and writes these faster than those that begin with the
    # highest byte.
    number = int.from_bytes(payload, "little") ^ int.from_bytes(repeated, "little")
    return number.to_bytes(length, "little")


def _unmasked_in_portions(payload: bytes, mask: bytes) -> bytes:
    repeated = int.from_bytes(mask * (_PORTION // _MASK_BYTES), "little")
    end = len(payload) // _PORTION * _PORTION
    portions = [
        (int.from_bytes(payload[at : at + _PORTION], "little") ^ repeated).to_bytes(_PORTION, "little")
        for at in range(0, end, _PORTION)
    ]
    return b"".join([*portions, _unmasked(payload[end:], mask)])
