"""The shipped apps on a phone: how they connect, and what their user sees."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import Any, ClassVar, Self

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.frames import Frame, Opcode
from websockets.protocol import Event

from testkit.apps import ANDROID_PAYLOAD, Crash, Dropped, Outcome, Shown, android, ios
from testkit.phone import IOS_GOODBYE, SECONDS, Phone

# How long an app whose connection was refused waits, so that a test does not take all the processor.
REFUSED_SECONDS = 0.1


class App:
    """One installation of an app, used by `userid`. As a context manager it runs inside the block, and is
    killed at the end.

    `shown`: what the user sees, in order, each message as often as it comes. `dropped`, `crashes`: what the
    user never sees. `oversized`: how often its socket library refused a message. `answers_pings` may change
    at any time.
    """

    opening: ClassVar[tuple[str, ...]] = ("login_{userid}",)
    opens_another = True
    reconnect_seconds = 0.0
    largest: int | None = None

    def __init__(self, url: str, userid: str, *, reconnect_seconds: float | None = None) -> None:
        self.url = url
        self.userid = userid
        if reconnect_seconds is not None:
            self.reconnect_seconds = reconnect_seconds
        self.shown: list[Shown] = []
        self.dropped: list[Dropped] = []
        self.crashes: list[Crash] = []
        self.oversized = 0
        self.answers_pings = True
        # The sockets that are open now, in the order in which they were opened.
        self.sockets: list[AppSocket] = []
        self._running: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def start(self) -> None:
        """Start the app, after a crash too. Returns when it has sent its login."""
        await self._open()

    async def foreground(self) -> None:
        """Bring the app to the foreground. Returns when it has sent its login."""
        if self.opens_another:
            await self._open()

    def kill(self) -> None:
        """End the app without a goodbye."""
        for task in self._running:
            task.cancel()
        self.break_connections()

    def break_connections(self) -> None:
        """Break all sockets without a close frame. The app opens each of them again."""
        for socket in self.sockets:
            socket.vanish()

    @property
    def newest(self) -> "AppSocket":
        """The socket that the app sends with."""
        return self.sockets[-1]

    @property
    def contents(self) -> list[str]:
        """The contents of what is shown."""
        return [shown.content for shown in self.shown]

    async def shows(self, count: int) -> list[str]:
        """The contents, as soon as there are `count`."""
        await self.until(lambda: len(self.shown) >= count)
        return self.contents

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until it holds, of this app."""
        async with asyncio.timeout(SECONDS):
            while not holds():
                self._changed.clear()
                await self._changed.wait()

    def interpret(self, frame: str) -> Outcome:
        """What the app makes of a frame."""
        raise NotImplementedError

    def answers_now(self, ping: "Ping", handled: int) -> bool:
        """Whether it answers a ping when it has handled so many messages of the socket."""
        raise NotImplementedError

    async def _open(self) -> None:
        socket = AppSocket(self)
        is_open = asyncio.Event()
        task = asyncio.create_task(self._keep(socket, is_open))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        async with asyncio.timeout(SECONDS):
            await is_open.wait()

    async def _keep(self, socket: "AppSocket", is_open: asyncio.Event) -> None:
        while True:
            try:
                await socket.connect()
                await self._use(socket, is_open)
            except ConnectionClosed as closed:
                if closed.sent and closed.sent.code == 1009:
                    self.oversized += 1
                if closed.sent and closed.sent.code == IOS_GOODBYE:
                    return
            except (OSError, InvalidHandshake):
                await asyncio.sleep(REFUSED_SECONDS)
            await asyncio.sleep(self.reconnect_seconds)

    async def _use(self, socket: "AppSocket", is_open: asyncio.Event) -> None:
        for frame in self.opening:
            await socket.send(frame.format(userid=self.userid))
        self.sockets.append(socket)
        self._note(is_open)
        try:
            while True:
                frame = await socket.frame()
                self._take(frame)
                socket.note(frame)
                socket.answer_pings(handled_one=True)
        finally:
            self.sockets.remove(socket)
            self._note()

    def _take(self, frame: str) -> None:
        outcome = self.interpret(frame)
        if isinstance(outcome, Shown):
            self.shown.append(outcome)
        elif isinstance(outcome, Dropped):
            self.dropped.append(outcome)
        elif isinstance(outcome, Crash):
            self.crashes.append(outcome)
            self.kill()
        self._note()

    def _note(self, is_open: asyncio.Event | None = None) -> None:
        if is_open:
            is_open.set()
        self._changed.set()


class Android16(App):
    """The Android app up to 1.6. Its library answers a ping after the messages before it."""

    largest = ANDROID_PAYLOAD
    opens_another = False

    def interpret(self, frame: str) -> Outcome:
        return android(frame)

    def answers_now(self, ping: "Ping", handled: int) -> bool:
        return ping.messages_before <= handled


class Android17(Android16):
    """The Android app from 1.7."""

    opening = ("logout_{userid}", "login_{userid}")
    opens_another = True


class IPhone(App):
    """The iOS app. Its library answers a ping when it arrives, whatever becomes of the messages before it."""

    reconnect_seconds = 5.0

    def interpret(self, frame: str) -> Outcome:
        return ios(frame)

    def answers_now(self, ping: "Ping", handled: int) -> bool:
        return True


class Ping:
    """A ping, and how many messages came before it on its socket."""

    def __init__(self, payload: bytes, messages_before: int) -> None:
        self.payload = payload
        self.messages_before = messages_before


class AppSocket(Phone):
    """One socket of an app, which may be connected again and again."""

    def __init__(self, app: App) -> None:
        super().__init__(app.url)
        self.userid = app.userid
        self._app = app
        self._handled = 0
        self._answered = asyncio.Event()

    async def connect(self) -> None:
        self._handled = 0
        self._socket = await self.open_connection(
            max_size=self._app.largest, create_connection=partial(_Connection, on_ping=self.answer_pings)
        )

    async def settle(self) -> None:
        """Return when everything sent so far is handled. An app asks for no history, but ignores the
        answer."""
        self._answered.clear()
        await self.send(f"records_{self.userid}_{10**17}_unicast")
        async with asyncio.timeout(SECONDS):
            await self._answered.wait()

    def note(self, frame: str) -> None:
        """This frame has come."""
        if frame.startswith("records_"):
            self._answered.set()

    def answer_pings(self, *, handled_one: bool = False) -> None:
        """Answer the pings that the app answers by now."""
        self._handled += handled_one
        connection = self._socket
        if not isinstance(connection, _Connection):
            return
        while connection.pings and self._app.answers_now(connection.pings[0], self._handled):
            ping = connection.pings.popleft()
            if self._app.answers_pings:
                connection.answer(ping)


class _Connection(ClientConnection):
    """The library's, which answers pings when it is told to."""

    def __init__(self, protocol: Any, *, on_ping: Callable[[], None], **options: Any) -> None:
        super().__init__(protocol, **options)
        self.pings: deque[Ping] = deque()
        self._messages = 0
        self._on_ping = on_ping
        protocol.send_frame = partial(_send_unless_pong, protocol.send_frame)

    def process_event(self, event: Event) -> None:
        super().process_event(event)
        if isinstance(event, Frame) and event.opcode is Opcode.TEXT:
            self._messages += 1
        elif isinstance(event, Frame) and event.opcode is Opcode.PING:
            self.pings.append(Ping(bytes(event.data), self._messages))
            self._on_ping()

    def answer(self, ping: Ping) -> None:
        with suppress(OSError):
            self.transport.write(Frame(Opcode.PONG, ping.payload).serialize(mask=True))


def _send_unless_pong(send_frame: Callable[[Frame], None], frame: Frame) -> None:
    if frame.opcode is not Opcode.PONG:
        send_frame(frame)
