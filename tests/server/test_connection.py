"""Connections until it is known what they are for: the usual request makes a socket at once, the same that
Twisted's channel makes of it; everything else goes to the channel as it came."""

import asyncio
import logging
import resource
import socket
import sys
from pathlib import Path
from typing import Any

import server.daphne  # isort: skip  # installs the reactor, before anything of Twisted's does
import pytest
from daphne.http_protocol import HTTPFactory

from server import connection
from server.connection import Connection, HTTPConnection
from server.web_socket import WebSocket
from tests.server import test_web_socket
from tests.server.hesitant import NO_BODIES
from tests.server.test_handshake import UNUSUAL, USUAL, WRONG

UNLIMITED = resource.RLIM_INFINITY
_SOMAXCONN = Path("/proc/sys/net/core/somaxconn")
ALLOWED = int(_SOMAXCONN.read_text()) if _SOMAXCONN.exists() else 0


class Transport(test_web_socket.Transport):
    protocol: Any = None

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.protocol = protocol


class Server(test_web_socket.Server):
    intake = NO_BODIES
    server_name = "im66"

    def __init__(self) -> None:
        async def never_answer(scope: Any, receive: Any, send: Any) -> None:
            await asyncio.get_running_loop().create_future()

        super().__init__(never_answer)
        self.http_factory = HTTPFactory(self)

    def protocol_connected(self, protocol: Any) -> None:
        self.connections[protocol] = {}

    def protocol_disconnected(self, protocol: Any) -> None:
        pass


@pytest.fixture(autouse=True)
async def ended() -> Any:
    yield
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()


def connected() -> tuple[Server, Transport]:
    """A connection on which nothing has come yet, and its server."""
    made, transport = Server(), Transport()
    transport.protocol = Connection(made)
    transport.protocol._transport = transport
    transport.protocol._timeout = asyncio.get_running_loop().call_later(60, transport.abort)
    return made, transport


def through_the_channel(data: bytes) -> tuple[Server, Transport]:
    """The same, as Twisted's channel has it."""
    made, transport = Server(), Transport()
    HTTPConnection(made, transport, 60).read(data)
    return made, transport


@pytest.mark.parametrize("request_", USUAL.values(), ids=USUAL)
async def test_usual_upgrade_makes_the_same_socket_as_the_channel(request_: bytes) -> None:
    ours, transport = connected()
    transport.protocol.data_received(request_)
    theirs, other = through_the_channel(request_)
    assert type(transport.protocol) is type(other.protocol) is WebSocket
    (scope,), (expected,) = ours.scopes, theirs.scopes
    assert {**scope, "extensions": 0, "headers": 0} == {**expected, "extensions": 0, "headers": 0}
    assert sorted(scope["headers"]) == sorted(expected["headers"])


@pytest.mark.parametrize(
    "request_", [*UNUSUAL.values(), *(request for request, _ in WRONG.values())], ids=[*UNUSUAL, *WRONG]
)
async def test_other_requests_reach_the_channel_unchanged(request_: bytes) -> None:
    _, transport = connected()
    transport.protocol.data_received(request_)
    _, other = through_the_channel(request_)
    assert type(transport.protocol) is type(other.protocol)
    assert transport.sent == other.sent
    assert transport.is_closing() == other.is_closing()


async def test_frames_sent_with_the_upgrade_reach_the_socket() -> None:
    _, transport = connected()
    transport.protocol.data_received(USUAL["plain"] + b"early")
    assert transport.protocol._early == b"early"


@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells the length of a queue")
async def test_listen_backlog_holds_a_crowd() -> None:
    listening = server.daphne.Server.__new__(server.daphne.Server)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listening._listener, listening._on_serving = listener, lambda *_: None
        await listening._listen()
        # Of a socket that listens, tcpi_sacked is the most that may wait.
        info = listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 32)
        listening.stop_listening()
    assert int.from_bytes(info[28:32], sys.byteorder) == min(server.daphne.BACKLOG, ALLOWED)


@pytest.mark.parametrize(
    ("limit", "last"),
    [(256, 127), (1024, 511), (20_000, 19_423), pytest.param(UNLIMITED, 10**9, id="unlimited")],
)
def test_connections_leave_a_reserve_of_descriptors(
    limit: int, last: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (limit, limit))
    assert not connection.is_beyond_limit(last)
    assert connection.is_beyond_limit(last + 1) == (limit != UNLIMITED)


def test_many_refused_connections_are_logged_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, 256))
    monkeypatch.setattr(connection, "_next_log", 0.0)
    caplog.set_level(logging.ERROR)
    assert all(connection.is_beyond_limit(200) for _ in range(3))
    assert len(caplog.messages) == 1
