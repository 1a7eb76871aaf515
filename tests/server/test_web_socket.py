"""One socket from its request to its end, over a connection that keeps what it is given."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from websockets.frames import Opcode

from server import web_socket
from server.close_codes import BROKEN, IOS_GOODBYE, NORMAL, SERVICE_RESTART
from server.frames import close_frame, text_frame
from server.handshake import Asked, acceptance
from server.opening import MAX_EARLY_BYTES
from server.web_socket import SocketGone, WebSocket
from tests.server.heads import head
from tests.server.test_messages import client_frame, raw_frame

FIRST = b"HTTP/1.1 101 Switching Protocols\r\n"


class Bobs(WebSocket):
    closing_seconds = 60.0
    heartbeat_seconds = 60.0
    peer_address = "10.0.0.2"
    kernel_socket = None
    unsent_bytes = 0
    is_taking = True

    def __init__(self, application: Any) -> None:
        super().__init__()
        self.application = application
        self.sent = b""
        self.is_ended = self.is_aborted = False
        self.scopes: list[Any] = []

    def start(self, asked: Asked) -> None:
        scope = self.scope(asked)
        self.scopes.append(dict(scope))
        self.task = asyncio.get_running_loop().create_task(self.run(self.application, scope))

    def acceptance(self, asked: Asked, message: Any) -> bytes:
        return acceptance(FIRST, asked.key, message.get("subprotocol"))

    def limit_unsent(self) -> None: ...

    def join(self, frame: bytes) -> None:
        self.sent += frame

    def end(self) -> None:
        self.is_ended = True

    def abort(self) -> None:
        self.is_aborted = True

    def pause_transport(self) -> None: ...

    def resume_transport(self) -> None: ...

    @property
    def frames(self) -> bytes:
        """What was sent after the handshake."""
        return self.sent.partition(b"\r\n\r\n")[2]


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
    heard: list[Any] = []

    async def told(scope: Any, receive: Any, send: Any) -> None:
        await application({**scope, "heard": heard}, receive, send)

    bobs = Bobs(told)
    bobs.take(head("GET /entry?a=b HTTP/1.1"))
    if then:
        then(bobs)
    await settled()
    return bobs, heard


async def test_a_text_reaches_the_application_and_another_comes_back() -> None:
    bobs, _ = await opened()
    bobs.take(client_frame(Opcode.TEXT, b"hello"))
    await settled()
    assert bobs.frames == text_frame("hello")
    (scope,) = bobs.scopes
    assert (scope["path"], scope["query_string"]) == ("/entry", b"a=b")


async def test_what_comes_before_the_answer_is_read_after_it() -> None:
    bobs, _ = await opened(then=lambda bobs: bobs.take(client_frame(Opcode.TEXT, b"early")))
    assert bobs.frames == text_frame("early")


async def test_a_client_that_sends_too_much_before_it_is_ended() -> None:
    bobs, _ = await opened(then=lambda bobs: bobs.take(b"x" * (MAX_EARLY_BYTES + 1)))
    assert bobs.is_aborted


async def test_a_request_that_breaks_a_rule_is_refused() -> None:
    bobs = Bobs(echo)
    bobs.take(head(host=None))
    assert bobs.sent.startswith(b"HTTP/1.1 400 ")
    assert bobs.is_ended
    bobs.lost()


async def test_an_application_that_closes_instead_of_accepting_refuses() -> None:
    async def refuse(_: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.close"})

    bobs, _ = await opened(refuse)
    assert bobs.sent == b"HTTP/1.1 403 Access denied\r\n\r\n"
    assert bobs.is_ended


async def fail(scope: Any, receive: Any, send: Any) -> None:
    raise RuntimeError


async def return_at_once(scope: Any, receive: Any, send: Any) -> None: ...


@pytest.mark.parametrize("application", [fail, return_at_once])
async def test_one_that_ends_without_a_word_is_an_error(application: Any) -> None:
    bobs, _ = await opened(application)
    assert bobs.sent.startswith(b"HTTP/1.1 500 ")
    assert bobs.is_ended


@pytest.mark.parametrize("code", [NORMAL, IOS_GOODBYE, 4000])
async def test_a_goodbye_is_answered_when_the_application_has_ended(code: int) -> None:
    bobs, heard = await opened()
    bobs.take(client_frame(Opcode.CLOSE, code.to_bytes(2)))
    assert bobs.frames == b""
    await settled()
    assert bobs.frames == close_frame(code)
    assert bobs.is_ended
    assert [message["code"] for message in heard] == [NORMAL if code == IOS_GOODBYE else code]


async def test_nothing_after_a_goodbye_is_a_frame() -> None:
    bobs, _ = await opened()
    bobs.take(client_frame(Opcode.CLOSE, b"") + client_frame(Opcode.PING, b"x") + b"\x00\x00\x00")
    await settled()
    assert bobs.frames == close_frame(NORMAL)


async def test_who_breaks_a_rule_is_told_by_a_code() -> None:
    bobs, heard = await opened()
    bobs.take(raw_frame(0xC1, b"x", bytes([0x81])))
    assert bobs.frames == close_frame(1002)
    assert bobs.is_ended
    bobs.lost()
    await settled()
    assert [message["code"] for message in heard] == [BROKEN]


async def test_or_by_the_only_code_there_is() -> None:
    bobs, _ = await opened()
    bobs.close_only_with(SERVICE_RESTART)
    bobs.take(raw_frame(0xC1, b"x", bytes([0x81])))
    assert bobs.frames == close_frame(SERVICE_RESTART)


async def test_a_client_that_does_not_take_the_last_of_it_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_socket, "LAST_SECONDS", 0.0)
    bobs, _ = await opened()
    bobs.take(raw_frame(0xC1, b"x", bytes([0x81])))
    assert not bobs.is_aborted
    await asyncio.sleep(0.001)
    await settled()
    assert bobs.is_aborted


async def test_the_answer_to_the_servers_close_ends_it_as_a_goodbye() -> None:
    bobs, heard = await opened()
    bobs.begin_closing(SERVICE_RESTART)
    assert not bobs.send_now("too late")
    with pytest.raises(SocketGone):
        await bobs.send({"type": "websocket.send", "text": "too late"})
    bobs.take(client_frame(Opcode.CLOSE, SERVICE_RESTART.to_bytes(2)))
    await settled()
    assert bobs.is_aborted
    bobs.lost()
    await settled()
    assert bobs.frames == close_frame(SERVICE_RESTART)
    assert [message["code"] for message in heard] == [NORMAL]


async def test_a_client_that_takes_nothing_is_closed_without_a_word() -> None:
    bobs, _ = await opened()
    bobs.is_taking = False
    await bobs.send({"type": "websocket.close", "code": 4000})
    assert bobs.is_aborted
    assert bobs.frames == b""
