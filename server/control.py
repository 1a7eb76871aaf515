"""Parses control frames of a client, and makes the answers to them (RFC 6455, sections 5.5 and 7.1), by the
websockets library. Pure.

The module `messages` reads data frames itself, and passes on the rest, one frame at a time. So the library
needs no state between two frames, and each is parsed by a new instance.
"""

from typing import NamedTuple

from websockets.frames import Close, Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol

from server.close_codes import INVALID_TEXT, NO_CODE, NORMAL, VIOLATION, is_goodbye
from server.frames import close_frame
from server.handshake import SILENT
from server.messages import is_utf8, parse_close, parse_single_pong


class Pinged(NamedTuple):
    """`answer`: a pong."""

    answer: bytes


class Ponged(NamedTuple):
    payload: bytes


class Closed(NamedTuple):
    """`code`: the client's code, NO_CODE if it sent none. `answer`: a close frame."""

    code: int
    reason: str
    answer: bytes


class Broken(NamedTuple):
    """The client has violated the protocol. `code`: the code with which the socket is closed."""

    code: int


ControlEvent = Pinged | Ponged | Closed | Broken


def parse_control(data: bytes) -> ControlEvent:
    """Parse `data`, which is one control frame, or bytes that violate the protocol."""
    pong = parse_single_pong(data)
    if pong is not None:
        return Ponged(pong)
    close = parse_close(data)
    if close and is_goodbye(close.code):
        # The library would refuse the iOS app's code.
        if close.code is None:
            return Closed(NO_CODE, "", close_frame(NORMAL))
        return Closed(close.code, close.reason, close_frame(close.code, close.reason))
    library = ServerProtocol(state=State.OPEN, max_size=None, logger=SILENT)
    library.receive_data(data)
    answer = b"".join(library.data_to_send())
    for frame in library.events_received():
        assert isinstance(frame, Frame)
        return _event_of(frame, answer)
    # The library answers a violation with a close frame, or waits for the rest of an incomplete frame.
    return Broken(int.from_bytes(answer[2:4]) or VIOLATION)


def _event_of(frame: Frame, answer: bytes) -> ControlEvent:
    match frame.opcode:
        case Opcode.PING:
            return Pinged(answer)
        case Opcode.CLOSE:
            close = Close.parse(frame.data)
            return Closed(close.code, close.reason, answer)
        case _:
            # The library does not check whether a text is UTF-8, and accepts lengths in a too long form.
            return Broken(VIOLATION if is_utf8(bytes(frame.data)) else INVALID_TEXT)
