"""The usual opening handshake under Daphne is read as Autobahn reads it; any other is left to Autobahn."""

import daphne.server  # noqa: F401  # isort: skip  # installs the reactor

from typing import Any

import pytest
from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from autobahn.websocket.types import ConnectionRequest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.testing import StringTransport

from server.opening import usual_request
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
}
UNUSUAL = {
    "from a page": head(origin="https://chat.example"),
    "with subprotocols": head(sec_websocket_protocol="im66.json, other"),
    "with another extension": head(sec_websocket_extensions="permessage-deflate; server_max_window_bits=1"),
    "with a parameter in the path": head("GET /entry;a=b HTTP/1.1"),
    "with the path of a host": head("GET //entry HTTP/1.1"),
    "with another language": head(name="我"),
    "at an address of IPv6": head(host="[::1]:6060"),
    "with a field twice": head().replace(b"\r\n\r\n", b"\r\nHost: other.example\r\n\r\n"),
    "with a frame behind it": head() + b"\x81\x80abcd",
    "of which a part is here": head()[:-2],
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


@pytest.mark.parametrize("request_", USUAL.values(), ids=USUAL)
def test_it_works(request_: bytes) -> None:
    autobahn, _ = by_autobahn(request_)
    assert told(usual_request(request_, autobahn.peer)) == told(autobahn.asked)


@pytest.mark.parametrize("request_", UNUSUAL.values(), ids=UNUSUAL)
def test_an_unusual_request_is_left_to_autobahn(request_: bytes) -> None:
    assert usual_request(request_, PEER) is None


@pytest.mark.parametrize("request_", WRONG.values(), ids=WRONG)
def test_so_is_a_wrong_one_which_is_refused(request_: bytes) -> None:
    assert usual_request(request_, PEER) is None
    autobahn, answer = by_autobahn(request_)
    assert autobahn.asked is None
    assert not answer.startswith(b"HTTP/1.1 101")


@given(
    base=st.sampled_from([*USUAL.values(), *UNUSUAL.values(), *WRONG.values()]),
    cut=st.tuples(st.integers(0, 250), st.integers(0, 12)),
    put=st.binary(max_size=3) | st.text("/?#;:,. =\r\n\x0b\x1c\t%", max_size=4).map(str.encode),
)
def test_whatever_is_usual_autobahn_reads_alike(base: bytes, cut: tuple[int, int], put: bytes) -> None:
    start, length = cut
    request = base[:start] + put + base[start + length :]
    if (usual := usual_request(request, PEER)) is None:
        return
    autobahn, answer = by_autobahn(request)
    assert answer.startswith(b"HTTP/1.1 101")
    assert told(usual) == {**told(autobahn.asked), "peer": PEER}
