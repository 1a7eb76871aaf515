"""Messages taken out of what clients send, as wsproto would; text frames made for clients of another make."""

import tracemalloc
from collections.abc import Iterable, Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode
from wsproto import ConnectionType
from wsproto.connection import Connection
from wsproto.events import BytesMessage, CloseConnection, Event, Message, TextMessage

from server.frames import close_frame, ping_frame, text_frame
from server.messages import (
    MIN_FRAGMENT_BYTES,
    Messages,
    PassedOn,
    Sign,
    Taken,
    is_utf8,
    parse_close,
    parse_single_pong,
    parse_single_text,
)

LONGEST, LARGEST = 300_000, 400_000
SIZES = st.sampled_from([0, 1, 125, 126, 127, 300, 65_535, 65_536, 100_000])
MASK = b"mask"


def client_frame(opcode: Opcode, payload: bytes, *, fin: bool = True) -> bytes:
    """As the library `websockets` makes it."""
    return Frame(opcode, payload, fin).serialize(mask=True)


def raw_frame(first: int, payload: bytes, length: bytes, mask: bytes = MASK) -> bytes:
    """Anything: `length` is the second byte and what belongs to it."""
    return bytes([first]) + length + mask + payload


TEXTS = st.builds(lambda size, character: (character * size)[:size], SIZES, st.sampled_from("a我_"))
SOUND = st.one_of(
    TEXTS.map(lambda text: [client_frame(Opcode.TEXT, text.encode())]),
    SIZES.map(lambda size: [client_frame(Opcode.BINARY, b"\x00" * size)]),
    st.just([client_frame(Opcode.PING, b"there?")]),
    st.just([client_frame(Opcode.PONG, b"here")]),
    st.lists(st.sampled_from([b"a", "我".encode(), b"", b"z" * 400]), min_size=2, max_size=4).map(
        lambda pieces: [
            client_frame(Opcode.TEXT, pieces[0], fin=False),
            client_frame(Opcode.PING, b"in between"),
            *(client_frame(Opcode.CONT, piece, fin=False) for piece in pieces[1:-1]),
            client_frame(Opcode.CONT, pieces[-1]),
        ]
    ),
)
WRONG = st.sampled_from(
    [
        [client_frame(Opcode.TEXT, b"\xff\xfe")],
        [client_frame(Opcode.TEXT, "我".encode()[:2])],
        [client_frame(Opcode.TEXT, b"begun", fin=False), client_frame(Opcode.TEXT, b"another")],
        [client_frame(Opcode.CONT, b"of nothing")],
        [client_frame(Opcode.CLOSE, (1000).to_bytes(2))],
        [raw_frame(0x81, b"naked", b"\x05", mask=b"")],
        [raw_frame(0xC1, b"compressed?", b"\x8b")],
        [raw_frame(0x83, b"reserved", b"\x88")],
        [raw_frame(0x81, b"a" * 5, b"\xfe\x00\x05")],
        [raw_frame(0x81, b"a" * 200, b"\xff" + (200).to_bytes(8))],
        [raw_frame(0x81, b"", b"\xff\xff" + b"\xff" * 7)],
        [raw_frame(0x89, b"a" * 126, b"\xfe\x00\x7e")],
    ]
)


def pieces_of(data: bytes, cuts: Iterable[int]) -> Iterator[bytes]:
    """`data` as it may arrive."""
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    for begin, end in pairwise(places):
        yield data[begin:end]


def alone(pieces: Iterable[bytes]) -> list[object]:
    """What wsproto makes of it, until the connection is to be closed."""
    connection = Connection(ConnectionType.SERVER)
    events: list[Event] = []
    for piece in pieces:
        events += _events(connection, piece)
        if _is_over(events):
            break
    return _joined(events)


def together(pieces: Iterable[bytes]) -> list[object]:
    """What it is with the messages taken out before."""
    connection, messages = Connection(ConnectionType.SERVER), Messages(LONGEST, LARGEST)
    events: list[Event] = []
    for piece in pieces:
        for taken in all_taken(messages, piece):
            if _is_over(events):
                break
            match taken:
                case PassedOn(data, _):
                    events += _events(connection, data)
                case str():
                    events.append(TextMessage(taken))
                case bytes():
                    events.append(BytesMessage(taken))
    return _joined(events)


def all_taken(messages: Messages, data: bytes) -> list[Taken]:
    """What there is to take once `data` has arrived."""
    messages.add(data)
    found: list[Taken] = []
    while (taken := messages.take()) is not Sign.EMPTY:
        if taken is not Sign.MORE:
            found.append(taken)
    return found


def _events(connection: Connection, data: bytes) -> list[Event]:
    connection.receive_data(data)
    return list(connection.events())


def _is_over(events: list[Event]) -> bool:
    return any(isinstance(event, CloseConnection) for event in events)


def _joined(events: list[Event]) -> list[object]:
    """The same with each message in one, and nothing after the end."""
    joined: list[object] = []
    begun: list[str | bytes] = []
    for event in events:
        if isinstance(event, Message):
            begun.append(bytes(event.data) if isinstance(event, BytesMessage) else event.data)
            if event.message_finished:
                joined.append(begun[0][:0].join(begun))  # type: ignore[arg-type]
                begun = []
        elif isinstance(event, CloseConnection):
            joined.append(event.code)  # the reason says where in a frame it was
            break
        else:
            joined.append(event)
    return joined


def test_messages_are_parsed_from_pieces() -> None:
    messages = Messages(LONGEST, LARGEST)
    first, second = (client_frame(Opcode.TEXT, text.encode()) for text in ("login_alice", "我"))
    assert all_taken(messages, first + second[:3]) == ["login_alice"]
    assert all_taken(messages, second[3:]) == ["我"]


def test_control_frame_in_pieces_is_passed_on_whole() -> None:
    messages = Messages(LONGEST, LARGEST)
    ping, pong = client_frame(Opcode.PING, b"there?"), client_frame(Opcode.PONG, b"here")
    assert all_taken(messages, ping[:5]) == []
    assert all_taken(messages, ping[5:] + pong) == [PassedOn(ping, True), PassedOn(pong, False)]


class TestBounds:
    def test_message_above_max_bytes_is_too_long(self) -> None:
        messages = Messages(10, LARGEST)
        assert all_taken(messages, client_frame(Opcode.TEXT, b"x" * 10)) == ["x" * 10]
        assert all_taken(messages, client_frame(Opcode.TEXT, b"x" * 11)) == [Sign.TOO_LONG]
        assert all_taken(messages, client_frame(Opcode.BINARY, b"after")) == [b"after"]

    def test_oversized_frame_is_recognised_by_its_head(self) -> None:
        messages = Messages(1000, LARGEST)
        frame = client_frame(Opcode.TEXT, b"x" * 100_000)
        assert all_taken(messages, frame[:14]) == [Sign.TOO_LONG]
        tracemalloc.start()
        for at in range(14, len(frame), 1000):
            assert all_taken(messages, frame[at : at + 1000]) == []
        held, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert held < 10_000
        assert all_taken(messages, client_frame(Opcode.TEXT, b"after")) == ["after"]

    def test_all_fragments_count_towards_max_bytes(self) -> None:
        messages = Messages(1000, LARGEST)
        begin = client_frame(Opcode.TEXT, b"x" * 600, fin=False)
        assert all_taken(messages, begin + client_frame(Opcode.CONT, b"x" * 400)) == ["x" * 1000]
        assert all_taken(messages, begin + client_frame(Opcode.CONT, b"x" * 401, fin=False)) == [
            Sign.TOO_LONG
        ]
        assert all_taken(messages, client_frame(Opcode.CONT, b"and so on")) == []
        assert all_taken(messages, client_frame(Opcode.TEXT, b"after")) == ["after"]

    def test_empty_fragments_count_towards_max_bytes(self) -> None:
        messages = Messages(10 * MIN_FRAGMENT_BYTES, LARGEST)
        begin = client_frame(Opcode.TEXT, b"", fin=False)
        empty = client_frame(Opcode.CONT, b"", fin=False)
        assert all_taken(messages, begin + empty * 9) == []
        assert all_taken(messages, empty) == [Sign.TOO_LONG]

    def test_nothing_is_parsed_after_a_far_too_large_message(self) -> None:
        messages = Messages(10, 1000)
        assert all_taken(messages, client_frame(Opcode.TEXT, b"x" * 1001)) == [Sign.TOO_LARGE]
        assert all_taken(messages, client_frame(Opcode.TEXT, b"after")) == []

    def test_control_frames_are_parsed_while_a_message_must_wait(self) -> None:
        messages = Messages(LONGEST, LARGEST)
        pong = client_frame(Opcode.PONG, b"")
        messages.add(pong + client_frame(Opcode.TEXT, b"later"))
        assert messages.take(may_begin=False) == PassedOn(pong, False)
        assert messages.take(may_begin=False) is Sign.WAITING
        assert messages.take() == "later"


@given(st.lists(SOUND, max_size=8), st.none() | WRONG, st.lists(st.integers(0, 10**6), max_size=12))
def test_data_cut_anywhere_is_parsed_like_by_wsproto(
    messages: list[list[bytes]], wrong: list[bytes] | None, cuts: list[int]
) -> None:
    data = b"".join(frame for message in [*messages, wrong or []] for frame in message)
    after = client_frame(Opcode.TEXT, b"afterwards")
    pieces = list(pieces_of(data + after, cuts))
    assert together(pieces) == alone(pieces)


@pytest.mark.parametrize("size", [0, 1, 41, 42, 125, 126, 4095, 4096, 65_535, 65_536, 100_000])
def test_text_frame_equals_the_library_frame(size: int) -> None:
    text = ("我" * size)[:size]
    assert text_frame(text) == Frame(Opcode.TEXT, text.encode()).serialize(mask=False)


class TestPings:
    @given(st.binary(max_size=125))
    def test_ping_and_pong_frames_round_trip(self, payload: bytes) -> None:
        assert ping_frame(payload) == Frame(Opcode.PING, payload).serialize(mask=False)
        assert parse_single_pong(client_frame(Opcode.PONG, payload)) == payload

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"\x8a",
            client_frame(Opcode.PING, b"here"),
            client_frame(Opcode.TEXT, b"here"),
            raw_frame(0x0A, b"here", bytes([0x80 | 4])),
            client_frame(Opcode.PONG, b"here") + b"\x81",
            client_frame(Opcode.PONG, b"here") * 2,
            client_frame(Opcode.PONG, b"here")[:-1],
            Frame(Opcode.PONG, b"here").serialize(mask=False),
            raw_frame(0x8A, b"x" * 126, bytes([0x80 | 126])),
        ],
        # Masks are random, and names of tests must not be.
        ids=lambda data: f"{len(data)} bytes",
    )
    def test_mixed_data_is_not_a_single_pong(self, data: bytes) -> None:
        assert parse_single_pong(data) is None


class TestTextAlone:
    @given(TEXTS)
    def test_single_text_frame_is_parsed(self, text: str) -> None:
        text_read = parse_single_text(client_frame(Opcode.TEXT, text.encode()))
        assert text_read == (text if len(text.encode()) < 65_536 else None)

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"\x81",
            client_frame(Opcode.PONG, b"here"),
            client_frame(Opcode.BINARY, b"here"),
            client_frame(Opcode.TEXT, b"here", fin=False),
            client_frame(Opcode.TEXT, b"here") + b"\x81",
            client_frame(Opcode.TEXT, b"here") * 2,
            client_frame(Opcode.TEXT, b"here" * 100) * 2,
            client_frame(Opcode.TEXT, b"here")[:-1],
            client_frame(Opcode.TEXT, b"here" * 100)[:-1],
            client_frame(Opcode.TEXT, b"\xff"),
            Frame(Opcode.TEXT, b"here").serialize(mask=False),
            Frame(Opcode.TEXT, b"here" * 100).serialize(mask=False),
            # With reserved bits, and with a length in a longer form than it needs.
            raw_frame(0xC1, b"here", bytes([0x80 | 4])),
            raw_frame(0x81, b"here", bytes([0x80 | 126, 0, 4])),
            raw_frame(0x81, b"x" * 126, bytes([0x80 | 127, 0, 0, 0, 0, 0, 0, 0, 126])),
        ],
        # Masks are random, and names of tests must not be.
        ids=lambda data: f"{len(data)} bytes",
    )
    def test_mixed_data_is_not_a_single_text(self, data: bytes) -> None:
        assert parse_single_text(data) is None


class TestCloseFrames:
    @given(st.integers(0, 0xFFFF), st.text(max_size=30))
    def test_close_code_and_reason_are_parsed(self, code: int, reason: str) -> None:
        data = client_frame(Opcode.CLOSE, code.to_bytes(2) + reason.encode())
        assert parse_close(data) == (code, reason)

    def test_close_frame_without_a_code_is_parsed(self) -> None:
        assert parse_close(client_frame(Opcode.CLOSE, b"")) == (None, "")

    @pytest.mark.parametrize("code", [1000, 1001, 3000, 4999])
    @pytest.mark.parametrize("reason", ["", "再见", "x" * 123])
    def test_close_frame_is_parsed_like_by_wsproto(self, code: int, reason: str) -> None:
        data = client_frame(Opcode.CLOSE, code.to_bytes(2) + reason.encode())
        connection = Connection(ConnectionType.SERVER)
        assert _events(connection, data) == [CloseConnection(*parse_close(data) or ())]
        assert connection.send(CloseConnection(code, reason)) == close_frame(code, reason)

    @pytest.mark.parametrize(
        "data",
        [
            client_frame(Opcode.CLOSE, b"\x07"),
            client_frame(Opcode.CLOSE, (1000).to_bytes(2) + "再".encode()[:-1]),
            client_frame(Opcode.PING, (1999).to_bytes(2)),
            client_frame(Opcode.TEXT, b"\x07\xcf"),
            Frame(Opcode.CLOSE, (1999).to_bytes(2)).serialize(mask=False),
            raw_frame(0x88, (1999).to_bytes(2) + b"x" * 124, bytes([0x80 | 126, 0, 126])),
            raw_frame(0x08, (1999).to_bytes(2), bytes([0x80 | 2])),
            client_frame(Opcode.CLOSE, (1000).to_bytes(2)) + b"x",
            client_frame(Opcode.CLOSE, (1000).to_bytes(2))[:-1],
            b"\x88",
        ],
        # Masks are random, and names of tests must not be.
        ids=[
            *("one byte", "no text", "ping", "text", "unmasked", "too long", "fragment"),
            *("and more", "a part", "a byte"),
        ],
    )
    def test_other_frames_are_not_parsed_as_close(self, data: bytes) -> None:
        assert parse_close(data) is None


def test_close_reason_must_be_utf8() -> None:
    assert is_utf8("再见".encode())
    assert is_utf8(b"")
    assert not is_utf8("再见".encode()[:-1])
