"""The opening handshake: the usual request is read as the library reads it, and all are answered alike."""

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.http11 import Request
from websockets.server import ServerProtocol

from server.handshake import UpgradeRequest, acceptance, parse_by_library, parse_upgrade, parse_usual_upgrade
from tests.server.heads import head

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
    "of a page": head(origin="https://chat.example"),
}
# Read by the library.
UNUSUAL = {
    "with subprotocols": head(sec_websocket_protocol="im66.json, other"),
    "with another extension": head(sec_websocket_extensions="permessage-deflate; server_max_window_bits=10"),
    "with a parameter in the path": head("GET /entry;a=b HTTP/1.1"),
    "with the path of a host": head("GET //entry HTTP/1.1"),
    "with another language": head(name="我"),
    "at an address of IPv6": head(host="[::1]:6060"),
}
# With the status that refuses it.
WRONG = {
    "no host": (head(host=None), 400),
    "two hosts": (head().replace(b"\r\n\r\n", b"\r\nHost: other.example\r\n\r\n"), 400),
    "no upgrade": (head(upgrade=None), 426),
    "another upgrade": (head(upgrade="h2c"), 426),
    "no connection": (head(connection="close"), 426),
    "no key": (head(sec_websocket_key=None), 400),
    "a short key": (head(sec_websocket_key="dGhlIHNhbXBsZQ=="), 400),
    "another key": (head(sec_websocket_key="dGhlIHNhbXBsZSBub25jZQ-_"), 400),
    "no version": (head(sec_websocket_version=None), 400),
    "an old version": (head(sec_websocket_version="7"), 400),
    "posted": (head("POST /entry HTTP/1.1"), 405),
    "of another host": (head("GET http://other.example/entry HTTP/1.1"), 400),
    "a fragment": (head("GET /entry#1 HTTP/1.1"), 400),
    "a fragment of the query": (head("GET /entry?a=b#1 HTTP/1.1"), 400),
    "a control character": (head(name="a\x00b"), 400),
    "a line of two": (head(name="a\n b"), 400),
    "longer than any": (head(name="a" * 16 * 1024), 431),
}


def parsed(request: bytes) -> UpgradeRequest:
    usual = parse_upgrade(request)
    assert isinstance(usual, UpgradeRequest), usual
    return usual


def by_h11(request: bytes) -> tuple[str, list[tuple[bytes, bytes]]]:
    """The target and the fields."""
    connection = h11.Connection(h11.SERVER)
    connection.receive_data(request)
    event = connection.next_event()
    assert isinstance(event, h11.Request)
    return event.target.decode(), list(event.headers)


def lines_of(answer: bytes) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """The first line, and the fields, whose names may be written in any way."""
    first, *lines = answer.removesuffix(b"\r\n\r\n").split(b"\r\n")
    fields = [line.partition(b": ") for line in lines]
    return first, sorted((name.lower(), value.lower()) for name, _, value in fields)


@pytest.mark.parametrize("request_", USUAL.values(), ids=USUAL)
def test_usual_upgrade_is_parsed_like_by_the_libraries(request_: bytes) -> None:
    usual = parse_usual_upgrade(request_)
    assert usual
    assert usual == parsed(request_) == parse_by_library(request_)
    target, fields = by_h11(request_)
    assert (target.partition("?")[::2], usual.fields) == ((usual.path, usual.query), fields)


@pytest.mark.parametrize("request_", USUAL.values(), ids=USUAL)
def test_handshake_is_accepted_like_the_library(request_: bytes) -> None:
    library = ServerProtocol()
    library.receive_data(request_)
    (event,) = library.events_received()
    assert isinstance(event, Request)
    theirs = library.accept(event).headers
    first, ours = lines_of(acceptance(parsed(request_).key, None))
    assert first == b"HTTP/1.1 101 Switching Protocols"
    fields = {name.decode(): value.decode() for name, value in ours}
    assert fields.pop("server") == "im66"
    assert fields == {name: theirs[name].lower() for name in fields}


def test_accept_token_is_that_of_the_rfc() -> None:
    """RFC 6455, section 1.3."""
    assert b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in acceptance(parsed(head()).key, None)


@pytest.mark.parametrize("request_", UNUSUAL.values(), ids=UNUSUAL)
def test_unusual_upgrade_is_parsed_by_the_library(request_: bytes) -> None:
    assert parse_usual_upgrade(request_) is None
    assert parsed(request_).key == "dGhlIHNhbXBsZSBub25jZQ=="


def test_handshake_reports_path_and_subprotocols() -> None:
    upgrade = parsed(head("GET /entry;a?b=c HTTP/1.1", sec_websocket_protocol="im66.json, other"))
    assert upgrade.path == "/entry;a"
    assert upgrade.query == "b=c"
    assert upgrade.subprotocols == ["im66.json", "other"]
    assert (b"host", b"chat.example:6060") in upgrade.fields


def test_chosen_subprotocol_is_in_the_handshake_reply() -> None:
    answer = acceptance("key", "im66.json")
    assert b"\r\nSec-WebSocket-Protocol: im66.json\r\n" in answer


@pytest.mark.parametrize("request_", [head(), UNUSUAL["with subprotocols"]], ids=["usual", "unusual"])
def test_header_with_underscore_is_dropped(request_: bytes) -> None:
    """An application cannot tell it from the same name with a hyphen, which a proxy has removed."""
    fields = parsed(request_.replace(b"upgrade:", b"x_forwarded_for: a\r\nupgrade:")).fields
    assert [name for name, _ in fields if b"_" in name] == []
    assert (b"upgrade", b"websocket") in fields


@pytest.mark.parametrize(("request_", "status"), WRONG.values(), ids=WRONG)
def test_invalid_upgrade_is_refused(request_: bytes, status: int) -> None:
    assert parse_usual_upgrade(request_) is None
    answer = parse_upgrade(request_)
    assert isinstance(answer, bytes)
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert b"Connection: close\r\n" in answer


@given(
    base=st.sampled_from([*USUAL.values(), *UNUSUAL.values(), *(request for request, _ in WRONG.values())]),
    cut=st.tuples(st.integers(0, 250), st.integers(0, 12)),
    put=st.binary(max_size=3) | st.text("/?#;:,. =\r\n\x0b\x1c\t%", max_size=4).map(str.encode),
)
def test_usual_handshakes_are_read_like_the_library(base: bytes, cut: tuple[int, int], put: bytes) -> None:
    start, length = cut
    request = base[:start] + put + base[start + length :]
    if usual := parse_usual_upgrade(request):
        assert usual == parse_by_library(request)
        target, fields = by_h11(request)
        assert (usual.path, usual.query) == target.partition("?")[::2]
        assert usual.fields == [field for field in fields if b"_" not in field[0]]
