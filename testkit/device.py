"""A client of the dialect im66.json.v1, on a WebSocket library that the server does not use."""

import asyncio
import json
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from types import TracebackType
from typing import Any, ClassVar, NamedTuple, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

SECONDS = 20.0
# How long to listen for an event that must not come.
SILENCE_SECONDS = 0.3
SUBPROTOCOL = Subprotocol("im66.json.v1")

Frame = dict[str, Any]


class Error(NamedTuple):
    """The stable parts of a server's error."""

    code: int
    name: str


class Refused(Exception):
    """The server answered a command with an error."""

    def __init__(self, error: Frame) -> None:
        super().__init__(error)
        self.fields = error
        self.error = Error(error["code"], error["name"])


class Device:
    """A connection of a person, open inside the block.

    Entering sends `hello` with the given fields, if there are any, and waits for `caught_up`. Events are
    queued for `event`, without heartbeats and without updates of group pictures, which may arrive at any
    time. `options` are further options for the library.
    """

    # Called with each received frame, and with the command that it replies to, or an empty string.
    observers: ClassVar[list[Callable[[Frame, str], None]]] = []

    def __init__(self, url: str, userid: str = "", *, options: Frame | None = None, **hello: Any) -> None:
        self.url = url
        self.userid = userid
        self.welcome: Frame = {}
        # The events received before `caught_up`.
        self.backlog: list[Frame] = []
        self._options = options or {}
        self._hello = hello | ({"userid": userid} if userid else {})
        self._socket: ClientConnection | None = None
        self._events: deque[Frame] = deque()
        self._replies: dict[Any, Frame] = {}
        self._ids = 0
        # The names of sent commands by id.
        self._commands: dict[Any, str] = {}

    async def __aenter__(self) -> Self:
        await self.connect()
        try:
            if self._hello:
                await self.hello(**self._hello)
                await self.catch_up()
        except BaseException:
            await self.socket.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.socket.close()

    @property
    def socket(self) -> ClientConnection:
        assert self._socket, "not connected"
        return self._socket

    async def connect(self) -> None:
        self._socket = await connect(
            self.url,
            subprotocols=[SUBPROTOCOL],
            max_size=None,
            open_timeout=SECONDS,
            ping_interval=None,
            proxy=None,
            **self._options,
        )

    def vanish(self) -> None:
        """Break the connection without a close frame."""
        self.socket.transport.abort()

    async def hello(self, **fields: Any) -> Frame:
        """Send `hello`. Store the reply in `welcome`, and return it."""
        self.welcome = await self.call("hello", **fields)
        return self.welcome

    async def catch_up(self) -> list[Frame]:
        """Receive until `caught_up`. Return the events before it."""
        while (event := await self.event())["ev"] != "caught_up":
            self.backlog.append(event)
        return self.backlog

    async def send(self, frame: str | bytes) -> None:
        await self.socket.send(frame)

    async def command(self, cmd: str, **fields: Any) -> int:
        """Send a command without waiting for its reply. Returns its id."""
        self._ids += 1
        self._commands[self._ids] = cmd
        await self.send(json.dumps({"id": self._ids, "cmd": cmd, **fields}, ensure_ascii=False))
        return self._ids

    async def call(self, cmd: str, **fields: Any) -> Frame:
        """Send a command, and return the `ok` of its reply. Raises Refused."""
        return await self.reply(await self.command(cmd, **fields))

    async def text(self, to: str, content: str, **fields: Any) -> int:
        """Send a text message. Return its id in the log."""
        return int((await self.call("send", to=to, kind="text", content=content, **fields))["id"])

    async def refusal(self, cmd: str, **fields: Any) -> Error:
        """Send a command that must be refused, and return its error."""
        return await self.refused(await self.command(cmd, **fields))

    async def reply(self, id: Any) -> Frame:
        """Wait for the reply to the command with that id, and return its `ok`. Raises Refused."""
        while id not in self._replies:
            await self._receive()
        reply = self._replies.pop(id)
        if "error" in reply:
            raise Refused(reply["error"])
        ok: Frame = reply["ok"]
        return ok

    async def error_of(self, id: Any) -> Frame:
        """Wait for the reply to the command with that id, and return its `error`.

        The id None stands for an error without a command: an invalid frame, or the end of the connection.
        """
        try:
            answer = await self.reply(id)
        except Refused as refused:
            return refused.fields
        raise AssertionError(f"{id} was answered with {answer}")

    async def refused(self, id: Any) -> Error:
        """Like `error_of`, but return only the stable parts."""
        error = await self.error_of(id)
        return Error(error["code"], error["name"])

    def answered(self, ids: Iterable[Any]) -> int:
        """Return how many of these commands have been answered so far."""
        return sum(id in self._replies for id in ids)

    async def event(self) -> Frame:
        """Wait for the next event that is not a heartbeat, and return it."""
        while not self._events:
            await self._receive()
        return self._events.popleft()

    async def events(self, count: int) -> list[Frame]:
        return [await self.event() for _ in range(count)]

    async def receives_nothing(self) -> bool:
        """Return True if no event arrives for SILENCE_SECONDS. Raises AssertionError otherwise."""
        with suppress(TimeoutError):
            async with asyncio.timeout(SILENCE_SECONDS):
                raise AssertionError(f"{self.userid} got {await self.event()}")
        return True

    async def message(self) -> Frame:
        """Return the next event `message`. Other events before it are dropped."""
        while (event := await self.event())["ev"] != "message":
            pass
        return event

    async def close_code(self) -> int | None:
        """Read until the server closes the connection, and return its close code."""
        try:
            while True:
                await self._receive()
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None

    async def _receive(self) -> None:
        frame = json.loads(await asyncio.wait_for(self.socket.recv(), SECONDS))
        cmd = self._commands.pop(frame.get("re"), "")
        for observe in self.observers:
            observe(frame, cmd)
        if "re" in frame:
            assert set(frame) in ({"re", "ok"}, {"re", "error"}), frame
            assert frame["re"] not in self._replies, frame
            self._replies[frame["re"]] = frame
        elif frame["ev"] != "heartbeat" and not (frame["ev"] == "conversation" and "picture" in frame):
            self._events.append(frame)
