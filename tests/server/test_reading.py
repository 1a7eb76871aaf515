"""How far a socket is read."""

import asyncio
from collections.abc import AsyncIterator
from contextvars import ContextVar
from typing import Any

import pytest
from websockets.frames import Opcode

from server.arrivals import MAX_TURN_BYTES, TURN_SECONDS
from server.pulse import Pulse
from server.reading import (
    MAX_BYTES_BEFORE_LOGIN,
    MAX_CHARGES,
    MAX_DISCARDED_BYTES,
    MAX_HANDLED_IN_A_ROW,
    MAX_PONG_BYTES,
    TURN_COST,
    UNHANDLED_BYTES_HIGH,
    UNHANDLED_HIGH,
    UNHANDLED_LOW,
    Reading,
)
from server.sockets import REST, Rest
from testkit.raw import frame, text

PING, PONG = frame(Opcode.PING), frame(Opcode.PONG)


class _Pulse(Pulse):
    """Notes the pongs."""

    def __init__(self, passed: list[bytes]) -> None:
        self._passed = passed

    def on_pong(self, payload: bytes) -> None:
        assert payload == b""
        self._passed.append(PONG)

    def on_reading_paused(self) -> None:
        pass

    def on_reading_resumed(self) -> None:
        pass


class Socket(Reading):
    """Notes what it is told to do."""

    def __init__(self) -> None:
        self.takes, self.is_ended = True, False
        self.is_read = True
        self.passed: list[bytes] = []
        self.queue: asyncio.Queue[Any] = asyncio.Queue()
        self.pulse = _Pulse(self.passed)
        self.begin_reading()

    @property
    def is_writable(self) -> bool:
        return self.takes

    @property
    def accepts_messages(self) -> bool:
        return not self.is_ended

    @property
    def peer_address(self) -> str:
        return "192.0.2.1"

    def pause_transport(self) -> None:
        self.is_read = False

    def resume_transport(self) -> None:
        self.is_read = True

    def pass_on(self, data: bytes) -> None:
        self.passed.append(data)

    def deliver(self, message: dict[str, Any]) -> None:
        self.queue.put_nowait(message)

    def end_too_large(self) -> None:
        self.is_ended = True

    async def next(self) -> Any:
        """The next message; those before it are handled."""
        return await self.next_message(self.queue.get)


async def _turns(count: int = 50) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


@pytest.fixture
async def stranger() -> Socket:
    return Socket()


@pytest.fixture
async def socket() -> Socket:
    socket = Socket()
    socket.admit(1024 * 1024)
    return socket


async def test_messages_before_a_login_are_handled_singly(stranger: Socket) -> None:
    stranger.read(text("login_alice") + text("x" * (MAX_BYTES_BEFORE_LOGIN + 1)))
    assert (await stranger.next())["text"] == "login_alice"
    await _turns()
    assert stranger.queue.empty()
    assert not stranger.is_read
    stranger.admit(MAX_DISCARDED_BYTES)
    assert len((await stranger.next())["text"]) == MAX_BYTES_BEFORE_LOGIN + 1


async def test_unhandled_messages_pause_reading(socket: Socket) -> None:
    socket.read(text("hi") * 200)
    await _turns()
    assert socket.queue.qsize() == UNHANDLED_HIGH
    assert not socket.is_read
    for _ in range(UNHANDLED_HIGH - UNHANDLED_LOW):
        await socket.next()
    await _turns()
    assert socket.queue.qsize() == UNHANDLED_LOW
    await socket.next()
    await _turns()
    assert socket.queue.qsize() >= UNHANDLED_HIGH - 1


async def test_on_reading_paused_at_the_memory_limit_of_messages(socket: Socket) -> None:
    # In memory each takes four times what it takes on the wire.
    socket.read(text("x" * (UNHANDLED_BYTES_HIGH // 16) + "😀") * 20)
    await _turns()
    assert socket.queue.qsize() == 4
    assert not socket.is_read


async def test_pongs_are_handled_while_messages_wait(socket: Socket) -> None:
    socket.read(text("hi") * UNHANDLED_HIGH)
    await _turns()
    assert socket.is_read
    socket.read(PONG)
    assert socket.passed == [PONG]


async def test_client_that_takes_no_pongs_is_not_read(socket: Socket) -> None:
    # So long that they are few: of many, nobody is read for a while.
    ping = frame(Opcode.PING, b"x" * 100)
    socket.takes = False
    count = 2 * MAX_PONG_BYTES // len(ping)
    sent = 0
    while socket.is_read:
        socket.read(ping)
        sent += 1
    assert sent < count
    assert len(socket.passed) * len(ping) < MAX_PONG_BYTES + 2 * len(ping)
    socket.takes = True
    socket.on_writable()
    await _turns()
    assert len(socket.passed) == sent
    assert socket.is_read


async def test_unsent_feed_does_not_stop_reading(socket: Socket) -> None:
    socket.takes = False
    for _ in range(MAX_CHARGES // 2):
        socket.read(PONG)
    socket.read(text("hi"))
    assert socket.is_read
    assert (await socket.next())["text"] == "hi"


async def test_reading_yields_to_other_sockets(socket: Socket) -> None:
    socket.read(frame(Opcode.TEXT, b"", fin=False) + frame(Opcode.CONT, b"", fin=False) * TURN_COST + PONG)
    assert not socket.passed
    assert not socket.is_read
    await _turns()
    assert socket.passed == [PONG]
    assert socket.is_read


@pytest.mark.promise("socket-21")
async def test_flooding_client_is_throttled(socket: Socket) -> None:
    socket.read(PONG * (2 * MAX_CHARGES))
    await _turns(200)
    assert MAX_CHARGES <= len(socket.passed) < 1.5 * MAX_CHARGES
    assert not socket.is_read
    assert (await asyncio.wait_for(_passed(socket, 2 * MAX_CHARGES), 10)) > 0.2


async def _passed(socket: Socket, count: int) -> float:
    """How long it takes until so many are."""
    began = asyncio.get_running_loop().time()
    while len(socket.passed) < count:
        await asyncio.sleep(0.01)
    return asyncio.get_running_loop().time() - began


async def test_long_message_is_reported_and_oversized_frame_ends_the_socket(socket: Socket) -> None:
    socket.read(text("x" * (1024 * 1024 + 1)) + text("after"))
    assert (await socket.next())["longest"] == 1024 * 1024
    assert (await socket.next())["text"] == "after"
    socket.read(frame(Opcode.TEXT, b"x" * (MAX_DISCARDED_BYTES + 1))[:100])
    assert socket.is_ended


class TestListener:
    """What the application hears at once."""

    @pytest.fixture
    async def received_texts(self, socket: Socket) -> AsyncIterator[list[str]]:
        """What it hears. It has the rest of what begins with "wait" to do later."""
        received: list[str] = []

        def listen(text: str) -> Rest | None:
            received.append(text)
            return _rest if text.startswith("wait") else None

        socket.set_listener(listen)
        self.waiting = asyncio.create_task(socket.next())
        await _turns()
        yield received
        self.waiting.cancel()

    async def test_listener_gets_messages_in_order(self, socket: Socket, received_texts: list[str]) -> None:
        socket.read(text("one"))
        socket.read(text("two") + text("three") + PONG)
        assert received_texts == ["one", "two", "three"]
        assert socket.has_handled_all
        assert not self.waiting.done()

    async def test_deferred_rest_is_the_next_message(self, socket: Socket, received_texts: list[str]) -> None:
        socket.read(text("wait"))
        assert received_texts == ["wait"]
        assert not socket.has_handled_all
        message = await self.waiting
        assert (message["text"], message[REST]) == ("wait", _rest)

    @pytest.mark.parametrize("at_once", [True, False])
    async def test_listener_waits_for_earlier_messages(
        self, socket: Socket, received_texts: list[str], *, at_once: bool
    ) -> None:
        for data in [text("wait") + text("one")] if at_once else [text("wait"), text("one")]:
            socket.read(data)
        await self.waiting
        socket.read(text("two"))
        assert received_texts == ["wait"]
        assert [(await socket.next()).get("text") for _ in range(2)] == ["one", "two"]

    async def test_listener_yields_to_other_sockets(self, socket: Socket, received_texts: list[str]) -> None:
        socket.read(text("x") * TURN_COST)
        assert len(received_texts) == MAX_HANDLED_IN_A_ROW
        assert socket.queue.qsize() == TURN_COST - MAX_HANDLED_IN_A_ROW

    async def test_listener_gets_nothing_after_the_end(
        self, socket: Socket, received_texts: list[str]
    ) -> None:
        socket.is_ended = True
        socket.read(text("one"))
        socket.is_ended = False
        socket.set_listener(None)
        socket.read(text("two"))
        assert received_texts == []
        assert (await self.waiting)["text"] == "two"

    async def test_listener_gets_long_and_fragmented_texts(
        self, socket: Socket, received_texts: list[str]
    ) -> None:
        socket.read(frame(Opcode.TEXT, b"on", fin=False) + frame(Opcode.CONT, b"e"))
        socket.read(text("x" * 70_000))
        assert received_texts == ["one", "x" * 70_000]

    async def test_listener_logs_in_the_context_of_the_connection(self, socket: Socket) -> None:
        received: list[int] = []
        number = ContextVar("number", default=0)
        token = number.set(7)
        socket.set_listener(lambda _: received.append(number.get()))
        number.reset(token)
        waiting = asyncio.create_task(socket.next())
        await _turns()
        socket.read(text("one"))
        waiting.cancel()
        assert received == [7]


async def _rest() -> None:
    pass


LONG = "x" * (MAX_TURN_BYTES // 2)


async def _crowd(count: int) -> list[Socket]:
    """Sockets that have all just been sent a long text."""
    sockets = [Socket() for _ in range(count)]
    for socket in sockets:
        socket.admit(MAX_DISCARDED_BYTES)
        socket.read(text(LONG))
    return sockets


async def test_long_texts_of_many_sockets_are_read_in_turns() -> None:
    sockets = await _crowd(8)
    counts = {0}
    while max(counts) < 8:
        counts.add(sum(not socket.queue.empty() for socket in sockets))
        await asyncio.sleep(TURN_SECONDS / 10)
    assert counts <= {0, 2, 4, 6, 8}
    assert len(counts) > 2
    assert [(await socket.next())["text"] == LONG for socket in sockets] == [True] * 8
    assert all(socket.is_read for socket in sockets)


async def test_small_pieces_of_a_long_text_wait_for_their_turn() -> None:
    other = Socket()
    other.admit(MAX_DISCARDED_BYTES)
    long = text(LONG)
    other.read(long[:1000])
    await _crowd(8)
    for at in range(1000, 8000, 1000):
        other.read(long[at : at + 1000])
    assert not other.is_read
    other.read(long[8000:])
    assert (await other.next())["text"] == LONG


async def test_short_texts_are_read_while_long_texts_of_others_wait() -> None:
    await _crowd(8)
    other = Socket()
    other.read(text("login_alice"))
    assert not other.queue.empty()


async def test_message_waiting_for_its_turn_stays_in_order() -> None:
    *_, last = await _crowd(8)
    waiting = asyncio.create_task(last.next())
    await asyncio.sleep(0)
    assert not last.is_read
    assert not last.has_handled_all
    last.read(text("second"))
    assert (await waiting)["text"] == LONG
    assert (await last.next())["text"] == "second"


async def test_ended_socket_is_not_resumed() -> None:
    *_, last = await _crowd(8)
    last.end_reading()
    await asyncio.sleep(8 * TURN_SECONDS)
    assert not last.is_read
    assert last.queue.empty()
