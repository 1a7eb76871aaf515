"""The usual request makes a socket at once, the same as uvicorn's HTTP side makes; all else goes there."""

import asyncio
from typing import Any

import pytest
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.wsproto_impl import WSProtocol
from uvicorn.server import ServerState

from server.uvicorn import WebSocketProtocol
from server.uvicorn_http import Calls, HttpProtocol
from tests.server.heads import head
from tests.server.test_handshake import UNUSUAL, USUAL, WRONG

# What takes the place of uvicorn's own.
OURS: dict[type, type] = {H11Protocol: Calls}


class Transport(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__({"sockname": ("10.0.0.1", 6060), "peername": ("10.0.0.2", 54321)})
        self.protocol: Any = None
        self.written = b""
        self.closed = False

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.protocol = protocol

    def write(self, data: Any) -> None:
        self.written += data

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


class Socket(WebSocketProtocol):
    heartbeat_seconds = 30.0


class Side:
    """A side of uvicorn on which a client connects, and what it makes of that."""

    def __init__(self, protocol: type[asyncio.Protocol], sockets: Any = Socket) -> None:
        self.scopes: list[Any] = []

        async def never_answer(scope: Any, receive: Any, send: Any) -> None:
            self.scopes.append(scope)
            await asyncio.get_running_loop().create_future()

        config = Config(never_answer, ws=sockets, log_config=None, root_path="/chat")
        config.load()
        self.state = ServerState()
        self.transport = Transport()
        made: Any = protocol
        self.first = made(config=config, server_state=self.state, app_state={"begun": True})
        self.transport.protocol = self.first
        self.first.connection_made(self.transport)

    def hear(self, data: bytes) -> Any:
        """Who has the connection after that."""
        self.transport.protocol.data_received(data)
        return self.transport.protocol


@pytest.fixture
async def sides() -> Any:
    return Side(HttpProtocol), Side(H11Protocol)


@pytest.fixture(autouse=True)
async def ended() -> Any:
    yield
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()


async def said(side: "Side") -> dict[str, Any]:
    """What the application is told of a socket. Both offer the same extensions, each its own."""
    await asyncio.sleep(0)
    (scope,) = side.scopes
    return {**scope, "extensions": list(scope["extensions"])}


@pytest.mark.parametrize("request_", USUAL.values(), ids=USUAL)
async def test_a_usual_request_makes_the_socket_that_uvicorn_makes(
    sides: tuple[Side, Side], request_: bytes
) -> None:
    ours, other = sides
    socket = ours.hear(request_)
    assert isinstance(socket, Socket)
    assert isinstance(other.hear(request_), Socket)
    assert await said(ours) == await said(other)
    connected: set[Any] = set(ours.state.connections)
    assert connected == {socket}


@pytest.mark.parametrize(
    "request_", [*UNUSUAL.values(), *(request for request, _ in WRONG.values())], ids=[*UNUSUAL, *WRONG]
)
async def test_anything_else_goes_to_uvicorns_http_side_as_it_came(
    sides: tuple[Side, Side], request_: bytes
) -> None:
    ours, other = sides
    taken, expected = ours.hear(request_), other.hear(request_)
    assert type(taken) is OURS.get(type(expected), type(expected))
    assert ours.transport.written.splitlines()[:1] == other.transport.written.splitlines()[:1]
    assert ours.transport.closed == other.transport.closed


async def test_calls_are_answered_one_after_the_other(sides: tuple[Side, Side]) -> None:
    call = b"GET /healthz HTTP/1.1\r\nHost: chat.example\r\n\r\n"
    for side in sides:
        taken = side.hear(call)
        assert isinstance(taken, H11Protocol)
        assert side.hear(call) is taken
        assert taken.scope["path"] == "/chat/healthz"


async def test_sockets_of_another_make_are_left_to_it() -> None:
    side = Side(HttpProtocol, WSProtocol)
    socket = side.hear(head())
    assert type(socket) is WSProtocol
    assert socket.scope["path"] == "/chat/entry"


async def test_a_shutdown_ends_who_has_said_nothing() -> None:
    side = Side(HttpProtocol)
    assert side.state.connections == {side.first}
    side.first.shutdown()
    assert side.transport.closed


async def test_who_leaves_without_a_word_is_forgotten() -> None:
    side = Side(HttpProtocol)
    side.first.connection_lost(None)
    assert not side.state.connections
