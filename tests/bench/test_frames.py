"""The load generator's frames, against the ones a library makes and reads."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, Ping, TextMessage

from bench.frames import PING, TEXT, FrameReader, UnexpectedFrame, client_frame
from tests.support.tiers import examples

texts = st.text(max_size=300) | st.sampled_from(["x" * 125, "x" * 126, "x" * 65_535, "x" * 65_536])


def read(data: bytes, piece: int) -> list[tuple[int, bytes]]:
    reader = FrameReader()
    return [frame for at in range(0, len(data), piece) for frame in reader.feed(data[at : at + piece])]


def test_frames_received_together_are_read_separately() -> None:
    assert read(b"\x81\x02hi\x89\x01p", 100) == [(TEXT, b"hi"), (PING, b"p")]


@settings(max_examples=examples(30, 100))
@given(st.lists(texts, max_size=5), st.integers(1, 100_000))
def test_server_frames_are_read_in_pieces_of_any_size(sent: list[str], piece: int) -> None:
    server = Connection(ConnectionType.SERVER)
    data = b"".join(server.send(TextMessage(data=text)) for text in sent)
    # So many pieces and no more, for each costs time.
    assert read(data, max(piece, len(data) // 1000 + 1)) == [(TEXT, text.encode()) for text in sent]


@given(texts)
def test_client_frames_are_understood_by_a_websocket_server(text: str) -> None:
    server = Connection(ConnectionType.SERVER)
    server.receive_data(client_frame(text.encode()))
    events = [event for event in server.events() if isinstance(event, TextMessage)]
    assert "".join(event.data for event in events) == text


def test_ping_frame_is_not_read_as_text() -> None:
    assert read(Connection(ConnectionType.SERVER).send(Ping(payload=b"?")), 1) == [(PING, b"?")]


@pytest.mark.parametrize("final", [True, False])
def test_invalid_frames_are_not_messages(final: bool) -> None:
    piece = Connection(ConnectionType.SERVER).send(BytesMessage(data=b"half", message_finished=final))
    broken = bytes([piece[0] | 0x40]) + piece[1:] if final else piece
    with pytest.raises(UnexpectedFrame):
        read(broken, 100)
