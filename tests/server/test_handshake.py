"""The opening handshake under uvicorn: as wsproto does it, but that no extension is agreed to."""

from dataclasses import replace

import pytest
from h11 import LocalProtocolError
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, Event, RejectConnection, RejectData, Request
from wsproto.extensions import PerMessageDeflate
from wsproto.utilities import RemoteProtocolError

from server import handshake
from server.handshake import ServerConnection
from tests.server.heads import head

OURS = [(b"server", b"uvicorn"), (b"date", b"Wed, 25 Nov 2026 10:00:00 GMT")]

USUAL = {
    "plain": head(),
    "with a query": head("GET /wsim/entry?access_token=a.b_c HTTP/1.1"),
    "as browsers ask": head(
        connection="keep-alive, Upgrade",
        origin="https://chat.example",
        sec_websocket_extensions="permessage-deflate; client_max_window_bits",
    ),
    "in capitals": head(upgrade="WebSocket", connection="UPGRADE"),
    "with a field of one's own": head(x_forwarded_for="10.1.2.3", cookie="a=b; c=d"),
}
SUBPROTOCOLS = head(sec_websocket_protocol="im66.json, other")
WRONG = {
    "no host": head(host=None),
    "no upgrade": head(upgrade=None),
    "another upgrade": head(upgrade="h2c"),
    "no connection": head(connection="close"),
    "no key": head(sec_websocket_key=None),
    "no version": head(sec_websocket_version=None),
    "an old version": head(sec_websocket_version="8"),
    "posted": head("POST /entry HTTP/1.1"),
}


def ask(connection: WSConnection, request: bytes) -> list[Event]:
    connection.receive_data(request)
    return list(connection.events())


def theirs() -> WSConnection:
    return WSConnection(ConnectionType.SERVER)


def fields_of(answer: bytes) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """The first line, and the fields, whose names may be written in any way."""
    first, *lines = answer.removesuffix(b"\r\n\r\n").split(b"\r\n")
    fields = [line.partition(b": ") for line in lines]
    return first, sorted((name.lower(), value.lower()) for name, _, value in fields)


def without_extensions(event: Event) -> Event:
    """They are told, in the scope, to nobody."""
    assert isinstance(event, Request)
    return replace(event, extensions=[])


@pytest.mark.parametrize("request_", USUAL.values(), ids=USUAL)
def test_the_usual_is_asked_and_accepted_in_the_same_way(
    request_: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, other = ServerConnection(), theirs()
    monkeypatch.setattr(handshake, "H11Handshake", None)  # it does without
    (asked,) = ask(ours, request_)
    assert asked == without_extensions(*ask(other, request_))
    accept = AcceptConnection(extra_headers=OURS)
    assert fields_of(ours.send(accept)) == fields_of(other.send(accept))
    assert ours.state == other.state


def test_the_accept_token_is_that_of_the_standard() -> None:
    """RFC 6455, section 1.3."""
    connection = ServerConnection()
    ask(connection, head())
    assert b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in connection.send(AcceptConnection())


@pytest.mark.parametrize("request_", WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_answered_as_wsproto_answers_it(request_: bytes) -> None:
    ours, other = ServerConnection(), theirs()
    with pytest.raises(RemoteProtocolError) as expected:
        ask(other, request_)
    with pytest.raises(RemoteProtocolError) as raised:
        ask(ours, request_)
    assert str(raised.value) == str(expected.value)
    assert raised.value.event_hint
    assert expected.value.event_hint
    assert ours.send(raised.value.event_hint) == other.send(expected.value.event_hint)


def test_a_subprotocol_can_be_agreed_to() -> None:
    connection = ServerConnection()
    (asked,) = ask(connection, SUBPROTOCOLS)
    assert isinstance(asked, Request)
    assert asked.subprotocols == ["im66.json", "other"]
    _, fields = fields_of(connection.send(AcceptConnection(subprotocol="im66.json")))
    assert (b"sec-websocket-protocol", b"im66.json") in fields


@pytest.mark.parametrize("asking", [USUAL["as browsers ask"], SUBPROTOCOLS])
def test_no_compression_is_agreed_to(asking: bytes) -> None:
    connection = ServerConnection()
    ask(connection, asking)
    assert b"deflate" not in connection.send(AcceptConnection(extensions=[PerMessageDeflate()]))


def test_what_is_rejected_is_told_so() -> None:
    ours, other = ServerConnection(), theirs()
    for connection in (ours, other):
        ask(connection, head())
    reject = RejectConnection(status_code=404, headers=[(b"content-length", b"4")], has_body=True)
    for event in (reject, RejectData(b"no\r\n")):
        assert ours.send(event) == other.send(event)
    assert ours.state == other.state


def test_a_field_that_ends_its_line_is_refused() -> None:
    connection = ServerConnection()
    ask(connection, head())
    with pytest.raises(LocalProtocolError):
        connection.send(AcceptConnection(extra_headers=[(b"x-name", b"a\r\nset-cookie: b")]))
