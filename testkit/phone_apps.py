"""Simulates the shipped apps: how they connect, and which messages their users see."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, ClassVar, Self

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.frames import Close, CloseCode, Frame, Opcode
from websockets.protocol import Event

from testkit.app_rules import (
    MAX_ANDROID_PAYLOAD_BYTES,
    BogusConversation,
    Crash,
    Dropped,
    Loop,
    Outcome,
    VisibleMessage,
    android,
    ios,
)
from testkit.phone import IOS_GOODBYE, SECONDS, Phone

# The pause before a reconnect after a refused connection, so that a test does not use all processor time.
REFUSED_PAUSE_SECONDS = 0.1
# The close codes below 3000 that the Android app's library accepts_close.
KNOWN_TO_ANDROID = {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011}


class App:
    """An installation of an app, used by `userid`. It runs inside the block, and is killed at the end.

    `shown` are the messages that the user sees, in order, repeated ones several times. `dropped` and
    `crashes` are those that the user never sees. `oversized` counts the messages that the socket library
    refused, and `attempts` the attempts to open a socket. `answers_pings` may be changed at any time.
    `round_trip_seconds` delays each new connection; a Forwarder delays the data sent afterwards.
    """

    opening: ClassVar[tuple[str, ...]] = ("login_{userid}",)
    opens_socket_in_foreground = True
    reconnect_seconds = 0.0
    max_message_bytes: int | None = None

    def __init__(
        self,
        url: str,
        userid: str,
        *,
        reconnect_seconds: float | None = None,
        round_trip_seconds: float = 0.0,
    ) -> None:
        self.url = url
        self.userid = userid
        self.round_trip_seconds = round_trip_seconds
        if reconnect_seconds is not None:
            self.reconnect_seconds = reconnect_seconds
        self.shown: list[VisibleMessage] = []
        self.dropped: list[Dropped | BogusConversation] = []
        self.crashes: list[Crash | Loop] = []
        self.oversized = self.attempts = 0
        self.answers_pings = True
        # The open sockets in the order in which they were opened, and their maximum number so far.
        self.sockets: list[AppSocket] = []
        self.most_sockets = 0
        self._newest: AppSocket | None = None
        self._opened = 0
        self._is_running = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def start(self) -> None:
        """Start the app, also after a crash. Return when it has sent its login."""
        self._is_running = True
        await self._open_one_more()

    async def foreground(self) -> None:
        """Bring the app to the foreground. Return when it has sent its login."""
        if self.opens_socket_in_foreground:
            await self._open_one_more()

    def kill(self) -> None:
        """End the app without a goodbye."""
        self._is_running = False
        for task in self._tasks:
            task.cancel()
        self.break_connections()
        self._changed.set()

    def break_connections(self) -> None:
        """Break all sockets without a close frame. The app opens each of them again."""
        for socket in self.sockets:
            socket.vanish()

    @property
    def newest(self) -> "AppSocket":
        """The socket on which the app sends: the last one that it began to open."""
        assert self._newest, "never started"
        return self._newest

    @property
    def contents(self) -> list[str]:
        """The contents of the shown messages."""
        return [shown.content for shown in self.shown]

    async def shows(self, count: int) -> list[str]:
        """Wait until `count` messages are shown, and return their contents."""
        await self.until(lambda: len(self.shown) >= count)
        return self.contents

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until the condition, which depends on this app's state, is true."""
        async with asyncio.timeout(SECONDS):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    def interpret(self, frame: str) -> Outcome:
        """Return how the app interprets a frame."""
        raise NotImplementedError

    def answers_now(self, ping: "Ping", handled: int) -> bool:
        """Return whether it answers a ping after it has handled `handled` messages of the socket."""
        raise NotImplementedError

    def socket_to_log_in(self, socket: "AppSocket") -> "AppSocket":
        """Return the socket on which the app logs in after `socket` has opened."""
        return socket

    def accepts_close(self, close: Close) -> bool:
        """Return whether its library accepts the close frame. If not, it drops the connection immediately."""
        return True

    def on_close(self) -> None:
        """Handle a close frame of the server, on a socket that is still open."""

    async def _open_one_more(self) -> None:
        before = self._opened
        self._open()
        await self.until(lambda: self._opened > before or not self._is_running)

    def _open(self) -> None:
        self._newest = AppSocket(self)
        self.attempts += 1
        task = asyncio.create_task(self._run(self._newest))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, socket: "AppSocket") -> None:
        try:
            await socket.connect()
            await self._use(socket)
        except ConnectionClosed as closed:
            if closed.sent and closed.sent.code == 1009:
                self.oversized += 1
            if closed.sent and closed.sent.code == IOS_GOODBYE:
                return
        except InvalidHandshake:
            pass
        except OSError:
            await asyncio.sleep(REFUSED_PAUSE_SECONDS)
        await asyncio.sleep(self.reconnect_seconds)
        self._open()

    async def _use(self, socket: "AppSocket") -> None:
        self.sockets.append(socket)
        self.most_sockets = max(self.most_sockets, len(self.sockets))
        try:
            self._log_in_on(self.socket_to_log_in(socket))
            self._opened += 1
            self._changed.set()
            while True:
                frame = await socket.frame()
                self._record(self.interpret(frame))
                socket.note(frame)
                socket.answer_pings(handled_one=True)
        finally:
            self.sockets.remove(socket)
            self._changed.set()

    def _log_in_on(self, socket: "AppSocket") -> None:
        if not socket.is_connected:
            self._record(Crash("sends on a socket that is not connected yet"))
            return
        for frame in self.opening:
            socket.write(frame.format(userid=self.userid))

    def _record(self, outcome: Outcome) -> None:
        if isinstance(outcome, VisibleMessage):
            self.shown.append(outcome)
        elif isinstance(outcome, Dropped | BogusConversation):
            self.dropped.append(outcome)
        elif isinstance(outcome, Crash | Loop):
            self.crashes.append(outcome)
            self.kill()
        self._changed.set()


class Android16(App):
    """The Android app up to 1.6.

    Its library answers a ping after it has handled the messages before it. If the server sends an accepted
    close frame, the library reports the end of the connection twice.
    """

    max_message_bytes = MAX_ANDROID_PAYLOAD_BYTES
    opens_socket_in_foreground = False

    def interpret(self, frame: str) -> Outcome:
        return android(frame)

    def answers_now(self, ping: "Ping", handled: int) -> bool:
        return ping.messages_before <= handled

    def accepts_close(self, close: Close) -> bool:
        return (
            close.code in KNOWN_TO_ANDROID
            or 3000 <= close.code < 5000
            or close.code == CloseCode.NO_STATUS_RCVD
        )

    def on_close(self) -> None:
        self._open()


class Android17(Android16):
    """The Android app from 1.7."""

    opening = ("logout_{userid}", "login_{userid}")
    opens_socket_in_foreground = True

    def socket_to_log_in(self, socket: "AppSocket") -> "AppSocket":
        return self.newest


class IPhone(App):
    """The iOS app. Its library answers a ping immediately, regardless of earlier messages."""

    reconnect_seconds = 5.0

    def interpret(self, frame: str) -> Outcome:
        return ios(frame)

    def answers_now(self, ping: "Ping", handled: int) -> bool:
        return True


class Ping:
    """A ping, and the number of messages before it on its socket."""

    def __init__(self, payload: bytes, messages_before: int) -> None:
        self.payload = payload
        self.messages_before = messages_before


class AppSocket(Phone):
    """A socket of an app."""

    def __init__(self, app: App) -> None:
        super().__init__(app.url)
        self.userid = app.userid
        self._app = app
        self._handled = 0
        self._answered = asyncio.Event()
        # Set before the handshake, when the library creates it.
        self._connection: _Connection | None = None

    async def connect(self) -> None:
        await asyncio.sleep(self._app.round_trip_seconds)
        self._socket = await self.open_connection(
            max_size=self._app.max_message_bytes, create_connection=self._make
        )

    @property
    def is_connected(self) -> bool:
        """Whether it has a TCP connection, even before the WebSocket handshake is complete."""
        return self._connection is not None and hasattr(self._connection, "transport")

    def write(self, frame: str) -> None:
        """Send `frame` immediately, even before the server has answered the handshake."""
        assert self._connection
        self._connection.put(Frame(Opcode.TEXT, frame.encode()))

    async def settle(self) -> None:
        """Wait until everything sent so far is handled. Apps do not request history, but ignore the
        answer."""
        self._answered.clear()
        await self.send(f"records_{self.userid}_{10**17}_unicast")
        async with asyncio.timeout(SECONDS):
            await self._answered.wait()

    def note(self, frame: str) -> None:
        """Record that this frame was received."""
        if frame.startswith("records_"):
            self._answered.set()

    def answer_pings(self, *, handled_one: bool = False) -> None:
        """Answer the pings that are due, given the number of handled messages."""
        self._handled += handled_one
        connection = self._connection
        while connection and connection.pings and self._app.answers_now(connection.pings[0], self._handled):
            ping = connection.pings.popleft()
            if self._app.answers_pings:
                connection.put(Frame(Opcode.PONG, ping.payload))

    def _make(self, protocol: Any, **options: Any) -> "_Connection":
        self._connection = _Connection(protocol, app=self._app, on_ping=self.answer_pings, **options)
        return self._connection


class _Connection(ClientConnection):
    """The library's connection, changed to answer pings on demand, and close frames like the app's
    library."""

    def __init__(self, protocol: Any, *, app: App, on_ping: Callable[[], None], **options: Any) -> None:
        super().__init__(protocol, **options)
        self.pings: deque[Ping] = deque()
        self._messages = 0
        self._app = app
        self._on_ping = on_ping
        self._send_frame: Callable[[Frame], None] = protocol.send_frame
        protocol.send_frame = self._send_unless_answer

    def process_event(self, event: Event) -> None:
        super().process_event(event)
        if not isinstance(event, Frame):
            return
        if event.opcode is Opcode.TEXT:
            self._messages += 1
        elif event.opcode is Opcode.PING:
            self.pings.append(Ping(bytes(event.data), self._messages))
            self._on_ping()
        elif event.opcode is Opcode.CLOSE and not self._accepts_close:
            self.transport.close()
        elif event.opcode is Opcode.CLOSE and self.protocol.close_rcvd_then_sent:
            self._app.on_close()

    def put(self, frame: Frame) -> None:
        """Send `frame` by bypassing the library, which would not send it now."""
        with suppress(OSError):
            self.transport.write(frame.serialize(mask=True))

    @property
    def _accepts_close(self) -> bool:
        close = self.protocol.close_rcvd
        return close is None or self._app.accepts_close(close)

    def _send_unless_answer(self, frame: Frame) -> None:
        is_close = frame.opcode is Opcode.CLOSE and not self._accepts_close
        if frame.opcode is not Opcode.PONG and not is_close:
            self._send_frame(frame)
