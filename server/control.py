"""What a client's control frames mean, and the answers to them (RFC 6455, sections 5.5 and 7.1), as the
websockets library has them. Pure.

`messages` takes whole data frames out of what arrives, and passes on the rest, one frame at a time: so the
library needs to remember nothing between two of them, and each is read by a reader of its own.
"""

from typing import NamedTuple

from websockets.frames import Close, Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol

from server.close_codes import INVALID_TEXT, NO_CODE, NORMAL, VIOLATION, is_goodbye
from server.frames import close_frame
from server.handshake import SILENT
from server.messages import close_in, is_utf8, pong_alone


class Pinged(NamedTuple):
    """`answer`: a pong."""

    answer: bytes


class Ponged(NamedTuple):
    payload: bytes


class Closed(NamedTuple):
    """`code`: NO_CODE if the client named none. `answer`: a close frame."""

    code: int
    reason: str
    answer: bytes


class Broken(NamedTuple):
    """The client has broken a rule. `code`: with what the socket is closed."""

    code: int


ControlEvent = Pinged | Ponged | Closed | Broken


def parse_control(data: bytes) -> ControlEvent:
    """What `data` is: one control frame, or bytes that break the rules."""
    pong = pong_alone(data)
    if pong is not None:
        return Ponged(pong)
    close = close_in(data)
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
        return _of_frame(frame, answer)
    # It answers a violation with a close frame, or waits for the rest of a frame that it takes for one.
    return Broken(int.from_bytes(answer[2:4]) or VIOLATION)


def _of_frame(frame: Frame, answer: bytes) -> ControlEvent:
    match frame.opcode:
        case Opcode.PING:
            return Pinged(answer)
        case Opcode.CLOSE:
            close = Close.parse(frame.data)
            return Closed(close.code, close.reason, answer)
        case _:
            # The library leaves it to its caller whether a text is one, and takes lengths that are too long.
            return Broken(VIOLATION if is_utf8(bytes(frame.data)) else INVALID_TEXT)
