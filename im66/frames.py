"""Text frames on the wire (RFC 6455, section 5.2): made, and taken out of what arrives."""

import struct
from functools import lru_cache

# Frames kept for those sockets that are sent the same, and the longest text kept in one.
REMEMBERED_FRAMES, REMEMBERED_CHARACTERS = 1024, 4096

_LAST, _OPCODE, _MASKED, _LENGTH = 0x80, 0x0F, 0x80, 0x7F
_TEXT, _FIRST_CONTROL, _PING, _PONG = 0x1, 0x8, 0x9, 0xA
_WHOLE_TEXT, _WHOLE_PONG = _LAST | _TEXT, _LAST | _PONG
_MASK_BYTES = 4
# Without its payload, if that is short.
_PONG_BYTES = 2 + _MASK_BYTES
# The greatest length that stands in seven bits, and what stands there if two or eight bytes with it follow.
_SHORT, _IN_TWO, _IN_EIGHT = 125, 126, 127


def text_frame(text: str) -> bytes:
    """A text frame from a server: whole, neither masked nor compressed."""
    # What goes to a whole group is the same for all its sockets.
    return _remembered(text) if len(text) < REMEMBERED_CHARACTERS else _frame(text)


def ping_frame(payload: bytes) -> bytes:
    """A ping from a server, of at most 125 bytes."""
    return struct.pack("!BB", _LAST | _PING, len(payload)) + payload


def pong_alone(data: bytes) -> bytes | None:
    """The payload of the pong that `data`, from a client, consists of; None if it is anything else."""
    length = len(data) - _PONG_BYTES
    if not 0 <= length <= _SHORT or data[0] != _WHOLE_PONG or data[1] != _MASKED | length:
        return None
    return _unmasked(data, _PONG_BYTES, len(data))


def _frame(text: str) -> bytes:
    payload = text.encode()
    length = len(payload)
    if length <= _SHORT:
        return struct.pack("!BB", _WHOLE_TEXT, length) + payload
    if length < 1 << 16:
        return struct.pack("!BBH", _WHOLE_TEXT, _IN_TWO, length) + payload
    return struct.pack("!BBQ", _WHOLE_TEXT, _IN_EIGHT, length) + payload


_remembered = lru_cache(REMEMBERED_FRAMES)(_frame)


class TextFrames:
    """Takes out of what a client sends the frames that are a whole text of at most `longest` bytes, as nearly
    all are. The others are for a reader that knows every kind, and what to say of a wrong one."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        # The beginning of a frame that may become a text to be taken.
        self._begun = b""
        # How many bytes of a frame for the other reader are still to come.
        self._passing = 0
        self._in_fragments = False

    @property
    def is_between(self) -> bool:
        """Whether what comes next begins a frame."""
        return not (self._begun or self._passing)

    def take(self, data: bytes) -> list[str | bytes]:
        """What is whole by now, in its order: texts, and between them the bytes for the other reader."""
        if self._begun:
            data, self._begun = self._begun + data, b""
        taken: list[str | bytes] = []
        at = 0
        while at < len(data):
            end = self._take_next(data, at, taken)
            if end is None:
                self._begun = data[at:]
                break
            at = end
        return taken

    def _take_next(self, data: bytes, at: int, taken: list[str | bytes]) -> int | None:
        """Take what begins at `at`; where it ends, or None if more of it must come first."""
        if not self._passing:
            payload = _payload(data, at)
            if payload is None:
                return None
            start, end = payload
            if self._is_ours(data, at, end - start):
                if end > len(data):
                    return None
                taken.append(_text(data, at, start, end))
                return end
            self._look_for_fragments(data[at])
            self._passing = end - at
        piece = data[at : at + self._passing]
        self._passing -= len(piece)
        taken.append(piece)
        return at + len(piece)

    def _is_ours(self, data: bytes, at: int, length: int) -> bool:
        return (
            data[at] == _WHOLE_TEXT
            and data[at + 1] >= _MASKED
            and length <= self._longest
            and data[at + 1] & _LENGTH == min(length, _IN_TWO)
            and not self._in_fragments
        )

    def _look_for_fragments(self, first: int) -> None:
        if first & _OPCODE < _FIRST_CONTROL:
            self._in_fragments = not first & _LAST


def _payload(data: bytes, at: int) -> tuple[int, int] | None:
    """Where the payload of the frame at `at` begins and ends. None if its header is not whole."""
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


def _text(data: bytes, at: int, start: int, end: int) -> str | bytes:
    """The text of a frame; the frame itself if it is none."""
    try:
        return _unmasked(data, start, end).decode()
    except UnicodeDecodeError:
        return data[at:end]


def _unmasked(data: bytes, start: int, end: int) -> bytes:
    """The payload from `start` to `end`, before which its mask stands."""
    mask, length = data[start - _MASK_BYTES : start], end - start
    repeated = (mask * (length // _MASK_BYTES + 1))[:length]
    # As numbers, all bytes at once.
    payload = int.from_bytes(data[start:end]) ^ int.from_bytes(repeated)
    return payload.to_bytes(length)
