"""A request has one end: what a proxy could take for another request than we do is refused."""

import socket

import pytest

from tests.conftest import MakeServer

pytestmark = pytest.mark.slow

PROBE = b"GET /static/im66/favicon.svg HTTP/1.1\r\nHost: localhost\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
UNCLEAR = {
    "both": b"POST /grpinfo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n" + CHUNKED,
    "both the other way round": b"POST /grpinfo HTTP/1.1\r\nHost: x\r\n" + CHUNKED + b"Content-Length: 5\r\n",
    "two lengths": b"POST /grpinfo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 0\r\n",
}


def test_no_request_is_smuggled(make_server: MakeServer) -> None:
    server = make_server()
    clear = b"POST /grpinfo HTTP/1.1\r\nHost: x\r\n" + CHUNKED + b"\r\n0\r\n\r\n"
    assert _statuses(server.port, clear + PROBE) == [b"200", b"200"]
    for name, head in UNCLEAR.items():
        unclear = head + b"\r\n0\r\n\r\n" + PROBE
        assert _statuses(server.port, unclear) == [b"400"], name
        # Also behind another one on the same connection.
        assert _statuses(server.port, PROBE + unclear) == [b"200", b"400"], name


def _statuses(port: int, requests: bytes) -> list[bytes]:
    """Of all replies until the connection ends, or nothing comes for a while."""
    got = b""
    with socket.create_connection(("127.0.0.1", port), timeout=1.5) as client:
        client.sendall(requests)
        try:
            while piece := client.recv(65536):
                got += piece
        except (TimeoutError, ConnectionResetError):
            pass
    return [part.split()[0] for part in got.split(b"HTTP/1.1 ")[1:]]
