"""One socket from its request to its end, over a connection that keeps what it is given."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from websockets.frames import Opcode

from server import web_socket
from server.close_codes import BROKEN, IOS_GOODBYE, NORMAL, SERVICE_RESTART
from server.frames import close_frame, text_frame
from server.pulse import MAX_UNSENT_BYTES
from server.web_socket import MAX_EARLY_BYTES, SocketGone, WebSocket
from tests.server.heads import head
from tests.server.test_messages import client_frame, raw_frame


class Unknown:
    """A kernel's socket of which nothing is known."""

    def _fail(self, *_: object) -> int:
        raise OSError

    setsockopt = getsockopt = fileno = _fail


class Transport(asyncio.Transport):
    """A connection that keeps what it is given, and takes all of it."""

    def __init__(self) -> None:
        super().__init__(
            {"peername": ("10.0.0.2", 54321), "sockname": ("10.0.0.1", 6060), "socket": Unknown()}
        )
        self.sent = b""
        self.is_ended = self.is_aborted = False

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None: ...

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None: ...

    def get_write_buffer_size(self) -> int:
        return 0

    def write(self, data: Any) -> None:
        self.sent += data

    def is_closing(self) -> bool:
        return self.is_ended or self.is_aborted

    def close(self) -> None:
        self.is_ended = True

    def abort(self) -> None:
        self.is_aborted = True

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


class Server:
    """Runs one application, and keeps the scopes of its sockets."""

    heartbeat_seconds = 60.0

    def __init__(self, application: Any) -> None:
        self._application = application
        self.connections: dict[Any, Any] = {}
        self.scopes: list[Any] = []

    def begin_socket(self, socket: WebSocket, scope: dict[str, Any]) -> None:
        self.scopes.append(dict(scope))
        self._task = asyncio.get_running_loop().create_task(socket.run(self._application, scope))

    def end_socket(self, socket: WebSocket) -> None:
        pass


class Bobs(WebSocket):
    def __init__(self, application: Any) -> None:
        self.server, self.connection = Server(application), Transport()
        super().__init__(self.server, self.connection)

    @property
    def frames(self) -> bytes:
        """What was sent after the handshake."""
        return self.connection.sent.partition(b"\r\n\r\n")[2]


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Accepts, sends back what it gets, and keeps the last message in the scope's list."""
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message["text"]})
    scope["heard"].append(message)


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def opened(
    application: Any = echo, then: Callable[[Bobs], None] | None = None
) -> tuple[Bobs, list[Any]]:
    """A socket whose request has come, and what its application has heard last."""
    received: list[Any] = []

    async def told(scope: Any, receive: Any, send: Any) -> None:
        await application({**scope, "heard": received}, receive, send)

    bobs = Bobs(told)
    bobs.open(head("GET /entry?a=b HTTP/1.1"))
    if then:
        then(bobs)
    await settled()
    return bobs, received


async def test_text_reaches_the_application_and_its_answer_the_client() -> None:
    bobs, _ = await opened()
    bobs.data_received(client_frame(Opcode.TEXT, b"hello"))
    await settled()
    assert bobs.frames == text_frame("hello")
    (scope,) = bobs.server.scopes
    assert (scope["path"], scope["query_string"]) == ("/entry", b"a=b")


async def test_data_before_the_handshake_reply_is_read_after_it() -> None:
    bobs, _ = await opened(then=lambda bobs: bobs.data_received(client_frame(Opcode.TEXT, b"early")))
    assert bobs.frames == text_frame("early")


async def test_client_sending_too_much_before_the_handshake_reply_is_dropped() -> None:
    bobs, _ = await opened(then=lambda bobs: bobs.data_received(b"x" * (MAX_EARLY_BYTES + 1)))
    assert bobs.connection.is_aborted


async def test_invalid_upgrade_request_is_refused() -> None:
    bobs = Bobs(echo)
    bobs.open(head(host=None))
    await settled()
    assert bobs.connection.sent.startswith(b"HTTP/1.1 400 ")
    assert bobs.connection.is_ended
    bobs.connection_lost(None)


async def test_close_before_accept_refuses_the_handshake() -> None:
    async def refuse(_: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.close"})

    bobs, _ = await opened(refuse)
    assert bobs.connection.sent == b"HTTP/1.1 403 Access denied\r\n\r\n"
    assert bobs.connection.is_ended


async def fail(scope: Any, receive: Any, send: Any) -> None:
    raise RuntimeError


async def return_at_once(scope: Any, receive: Any, send: Any) -> None: ...


@pytest.mark.parametrize("application", [fail, return_at_once])
async def test_application_that_ends_without_a_reply_is_an_error(application: Any) -> None:
    bobs, _ = await opened(application)
    assert bobs.connection.sent.startswith(b"HTTP/1.1 500 ")
    assert bobs.connection.is_ended


@pytest.mark.parametrize("code", [NORMAL, IOS_GOODBYE, 4000])
async def test_goodbye_is_answered_when_the_application_has_ended(code: int) -> None:
    bobs, received = await opened()
    bobs.data_received(client_frame(Opcode.CLOSE, code.to_bytes(2)))
    assert bobs.frames == b""
    await settled()
    assert bobs.frames == close_frame(code)
    assert bobs.connection.is_ended
    assert [message["code"] for message in received] == [NORMAL if code == IOS_GOODBYE else code]


async def test_data_after_a_goodbye_is_ignored() -> None:
    bobs, _ = await opened()
    bobs.data_received(client_frame(Opcode.CLOSE, b"") + client_frame(Opcode.PING, b"x") + b"\x00\x00\x00")
    await settled()
    assert bobs.frames == close_frame(NORMAL)


async def test_goodbye_is_answered_after_a_timeout_if_it_cannot_be_stored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def never_store(_: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await asyncio.get_running_loop().create_future()

    monkeypatch.setattr(web_socket, "GOODBYE_SECONDS", 0.01)
    bobs, _ = await opened(never_store)
    bobs.data_received(client_frame(Opcode.CLOSE, b""))
    await settled()
    assert bobs.frames == b""
    await asyncio.sleep(0.05)
    assert bobs.frames == close_frame(NORMAL)
    assert bobs.connection.is_ended


async def test_frames_of_one_step_leave_in_one_write() -> None:
    bobs, _ = await opened()
    before = len(bobs.connection.sent)
    assert bobs.send_now("one")
    assert bobs.send_now("two")
    assert len(bobs.connection.sent) == before
    assert bobs.unsent_bytes == len(text_frame("one") + text_frame("two"))
    await settled()
    assert bobs.frames == text_frame("one") + text_frame("two")
    assert bobs.unsent_bytes == 0


async def test_large_data_is_written_before_the_end_of_the_step() -> None:
    bobs, _ = await opened()
    assert bobs.send_now("x" * MAX_UNSENT_BYTES)
    assert bobs.frames == text_frame("x" * MAX_UNSENT_BYTES)


async def test_dropped_connection_sends_nothing_more() -> None:
    bobs, _ = await opened()
    assert bobs.send_now("one")
    bobs.drop()
    await settled()
    assert bobs.frames == b""


async def test_protocol_violation_closes_with_its_code() -> None:
    bobs, received = await opened()
    bobs.data_received(raw_frame(0xC1, b"x", bytes([0x81])))
    assert bobs.frames == close_frame(1002)
    assert bobs.connection.is_ended
    bobs.connection_lost(None)
    await settled()
    assert [message["code"] for message in received] == [BROKEN]


async def test_protocol_violation_closes_with_the_configured_code() -> None:
    bobs, _ = await opened()
    bobs.close_only_with(SERVICE_RESTART)
    bobs.data_received(raw_frame(0xC1, b"x", bytes([0x81])))
    assert bobs.frames == close_frame(SERVICE_RESTART)


async def test_client_that_does_not_take_the_last_data_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_socket, "LAST_SECONDS", 0.0)
    bobs, _ = await opened()
    bobs.data_received(raw_frame(0xC1, b"x", bytes([0x81])))
    assert not bobs.connection.is_aborted
    await asyncio.sleep(0.001)
    await settled()
    assert bobs.connection.is_aborted


async def test_answer_to_the_servers_close_counts_as_a_goodbye() -> None:
    bobs, received = await opened()
    bobs.begin_closing(SERVICE_RESTART)
    assert not bobs.send_now("too late")
    with pytest.raises(SocketGone):
        await bobs.send({"type": "websocket.send", "text": "too late"})
    bobs.data_received(client_frame(Opcode.CLOSE, SERVICE_RESTART.to_bytes(2)))
    await settled()
    assert bobs.connection.is_aborted
    bobs.connection_lost(None)
    await settled()
    assert bobs.frames == close_frame(SERVICE_RESTART)
    assert [message["code"] for message in received] == [NORMAL]


async def test_client_that_takes_no_data_is_dropped_without_a_close_frame() -> None:
    bobs, _ = await opened()
    bobs.pause_writing()
    await bobs.send({"type": "websocket.close", "code": 4000})
    assert bobs.connection.is_aborted
    assert bobs.frames == b""
