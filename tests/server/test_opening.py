"""The usual opening handshake is read as Autobahn and h11 read it; any other is left to them."""

import daphne.server  # noqa: F401  # isort: skip  # installs the reactor

from typing import Any

import h11
import pytest
from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from autobahn.websocket.types import ConnectionRequest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.testing import StringTransport

from server.daphne_socket import asked_by
from server.opening import usual_opening
from tests.server.heads import head

PEER = "tcp4:192.168.1.1:54321"  # as the transport says

USUAL = {
    "plain": head(),
    "the root": head("GET / HTTP/1.1"),
    "with a query": head("GET /wsim/entry?access_token=a.b_c;d HTTP/1.1"),
    "by an address": head(host="127.0.0.1:6060"),
    "without a port": head(host="chat.example"),
    "with an extension": head(sec_websocket_extensions="permessage-deflate"),
    "with a parameter": head(sec_websocket_extensions="permessage-deflate; client_max_window_bits"),
    "in capitals": head(upgrade="WebSocket", connection="keep-alive, UPGRADE"),
    "as Daphne writes names": head().replace(b"upgrade:", b"Upgrade:").replace(b"host:", b"Host:"),
    "with fields of one's own": head(x_forwarded_for="10.1.2.3", cookie="a=b; c=d", empty=""),
    "with blanks around a value": head(user_agent=" \t an app  1.0 \t "),
}
OF_A_PAGE = head(origin="https://chat.example")
UNUSUAL = {
    "with subprotocols": head(sec_websocket_protocol="im66.json, other"),
    "with another extension": head(sec_websocket_extensions="permessage-deflate; server_max_window_bits=1"),
    "with a parameter in the path": head("GET /entry;a=b HTTP/1.1"),
    "with the path of a host": head("GET //entry HTTP/1.1"),
    "with another language": head(name="我"),
    "at an address of IPv6": head(host="[::1]:6060"),
    "with a field twice": head().replace(b"\r\n\r\n", b"\r\nHost: other.example\r\n\r\n"),
    "with a frame behind it": head() + b"\x81\x80abcd",
    "of which a part is here": head()[:-2],
    "with a control character": head(name="a\x00b"),
    "with a line of two": head(name="a\n b"),
    "longer than any": head(name="a" * 16 * 1024),
}
WRONG = {
    "no host": head(host=None),
    "no port": head(host="chat.example:x"),
    "no upgrade": head(upgrade=None),
    "another upgrade": head(upgrade="h2c"),
    "no connection": head(connection="close"),
    "no key": head(sec_websocket_key=None),
    "a short key": head(sec_websocket_key="dGhlIHNhbXBsZQ=="),
    "another key": head(sec_websocket_key="dGhlIHNhbXBsZSBub25jZQ-_"),
    "no version": head(sec_websocket_version=None),
    "an old version": head(sec_websocket_version="7"),
    "posted": head("POST /entry HTTP/1.1"),
    "a fragment": head("GET /entry#1 HTTP/1.1"),
    "a fragment of the query": head("GET /entry?a=b#1 HTTP/1.1"),
}


class Autobahn(WebSocketServerProtocol):
    """What Autobahn makes of a request."""

    asked: ConnectionRequest | None = None

    def onConnect(self, request: ConnectionRequest) -> None:  # noqa: N802
        self.asked = request

    def unregisterProducer(self) -> None:  # noqa: N802
        """Nobody has registered one with the transport of the test."""


def by_autobahn(request: bytes) -> tuple[Autobahn, bytes]:
    """Who has read it, and what was answered."""
    factory: Any = WebSocketServerFactory()  # type: ignore[no-untyped-call]
    factory.protocol = Autobahn
    factory.setProtocolOptions(openHandshakeTimeout=0)
    transport: Any = StringTransport()  # type: ignore[no-untyped-call]
    protocol = factory.buildProtocol(None)
    protocol.makeConnection(transport)
    protocol.dataReceived(request)
    return protocol, transport.value()


def told(request: ConnectionRequest | None) -> dict[str, Any]:
    """What Daphne asks for, and what stays with the socket."""
    assert request
    names = ("peer", "headers", "host", "path", "version", "origin", "protocols")
    return {name: getattr(request, name) for name in names}


def by_h11(request: bytes) -> tuple[str, dict[str, str]]:
    """The target and the fields."""
    connection = h11.Connection(h11.SERVER)
    connection.receive_data(request)
    event = connection.next_event()
    assert isinstance(event, h11.Request)
    assert connection.trailing_data == (b"", False)
    assert event.method == b"GET"
    return event.target.decode(), {name.decode(): value.decode() for name, value in event.headers}


@pytest.mark.parametrize("request_", USUAL.values(), ids=USUAL)
def test_a_usual_opening_is_read_as_the_libraries_read_it(request_: bytes) -> None:
    opening = usual_opening(request_)
    assert opening
    autobahn, _ = by_autobahn(request_)
    assert told(asked_by(opening, autobahn.peer)) == told(autobahn.asked)
    assert (opening.path + opening.query, opening.fields) == by_h11(request_)


def test_that_of_a_page_is_usual_too() -> None:
    opening = usual_opening(OF_A_PAGE)
    assert opening
    assert opening.fields["origin"] == "https://chat.example"


@pytest.mark.parametrize("request_", UNUSUAL.values(), ids=UNUSUAL)
def test_an_unusual_request_is_left_to_the_libraries(request_: bytes) -> None:
    assert usual_opening(request_) is None


@pytest.mark.parametrize("request_", WRONG.values(), ids=WRONG)
def test_so_is_a_wrong_one_which_is_refused(request_: bytes) -> None:
    assert usual_opening(request_) is None
    autobahn, answer = by_autobahn(request_)
    assert autobahn.asked is None
    assert not answer.startswith(b"HTTP/1.1 101")


@given(
    base=st.sampled_from([*USUAL.values(), OF_A_PAGE, *UNUSUAL.values(), *WRONG.values()]),
    cut=st.tuples(st.integers(0, 250), st.integers(0, 12)),
    put=st.binary(max_size=3) | st.text("/?#;:,. =\r\n\x0b\x1c\t%", max_size=4).map(str.encode),
)
def test_whatever_is_usual_the_libraries_read_alike(base: bytes, cut: tuple[int, int], put: bytes) -> None:
    start, length = cut
    request = base[:start] + put + base[start + length :]
    if (usual := usual_opening(request)) is None:
        return
    assert (usual.path + usual.query, usual.fields) == by_h11(request)
    if "origin" not in usual.fields:
        autobahn, answer = by_autobahn(request)
        assert answer.startswith(b"HTTP/1.1 101")
        assert told(asked_by(usual, PEER)) == {**told(autobahn.asked), "peer": PEER}
