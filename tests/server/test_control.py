"""What control frames, and bytes that break the rules, are answered with."""

import pytest
from websockets.frames import Frame, Opcode
from wsproto import ConnectionType
from wsproto.connection import Connection
from wsproto.events import CloseConnection

from server.close_codes import INVALID_TEXT, IOS_GOODBYE, NO_CODE, NORMAL, VIOLATION
from server.control import Broken, Closed, Pinged, Ponged, parse_control
from server.frames import close_frame
from tests.server.test_messages import client_frame, raw_frame


def closing(code: int, reason: bytes = b"") -> bytes:
    return client_frame(Opcode.CLOSE, code.to_bytes(2) + reason)


@pytest.mark.parametrize("payload", [b"", b"there?", b"x" * 125])
def test_ping_is_answered_with_its_payload(payload: bytes) -> None:
    pong = Frame(Opcode.PONG, payload).serialize(mask=False)
    assert parse_control(client_frame(Opcode.PING, payload)) == Pinged(pong)


@pytest.mark.parametrize("payload", [b"", b"1.42"])
def test_pong_payload_is_parsed(payload: bytes) -> None:
    assert parse_control(client_frame(Opcode.PONG, payload)) == Ponged(payload)


@pytest.mark.parametrize("code", [NORMAL, 1001, 1002, 1012, IOS_GOODBYE, 3000, 4401])
@pytest.mark.parametrize("reason", ["", "再见"])
def test_close_frame_is_answered_with_its_code(code: int, reason: str) -> None:
    assert parse_control(closing(code, reason.encode())) == Closed(code, reason, close_frame(code, reason))


def test_close_frame_without_a_code_is_answered_with_1000() -> None:
    assert parse_control(client_frame(Opcode.CLOSE, b"")) == Closed(NO_CODE, "", close_frame(NORMAL))


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 2999, 5000])
def test_close_with_reserved_code_is_a_violation(code: int) -> None:
    assert parse_control(closing(code)) == Broken(VIOLATION)


BROKEN = {
    "a reserved bit": raw_frame(0xC1, b"x", bytes([0x81])),
    "no mask": Frame(Opcode.TEXT, b"x").serialize(mask=False),
    "a fragment of nothing": client_frame(Opcode.CONT, b""),
    "a long ping": raw_frame(0x89, b"x" * 126, bytes([0x80 | 126, 0, 126])),
    "a ping in fragments": raw_frame(0x09, b"x", bytes([0x81])),
    "an unknown kind": raw_frame(0x83, b"x", bytes([0x81])),
    "a length longer than needed": raw_frame(0x81, b"x", bytes([0x80 | 126, 0, 1])),
    "a length that is not there yet": raw_frame(0x81, b"", bytes([0x80 | 127]) + b"\xff" * 8),
    "a close of one byte": client_frame(Opcode.CLOSE, b"\x03"),
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_protocol_violation_is_answered_with_its_code(data: bytes) -> None:
    assert parse_control(data) == Broken(VIOLATION)


@pytest.mark.parametrize("data", [client_frame(Opcode.TEXT, b"\xff"), closing(NORMAL, b"\xff")], ids=len)
def test_invalid_utf8_is_answered_with_its_code(data: bytes) -> None:
    assert parse_control(data) == Broken(INVALID_TEXT)


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_wsproto_reports_the_same_violations(data: bytes) -> None:
    other = Connection(ConnectionType.SERVER)
    other.receive_data(data)
    (event,) = other.events()
    assert isinstance(event, CloseConnection)
    assert event.code == VIOLATION
