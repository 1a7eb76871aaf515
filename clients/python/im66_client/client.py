"""The client for asyncio."""

import asyncio
import json
import logging
import random
import secrets
import time
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any, Self, TypeVar, cast
from urllib.parse import quote

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.typing import Subprotocol

from im66_client import http
from im66_client.failure import Failure, disconnected
from im66_client.outbox import Message, Outbox
from im66_client.types import Event

logger = logging.getLogger("im66_client")

SUBPROTOCOL = Subprotocol("im66.json.v1")
RESTART, UNPROVEN = 1012, 4401
# After these the server would refuse the same client again.
FOR_GOOD = {UNPROVEN, 4403, 4409, 4413}
LONGEST_PAUSE = 30.0
ANSWER_SECONDS = 20.0
# A new token is asked for once in so many seconds, if the server refuses one.
RENEW_SECONDS = 30.0
# A named device says so often what it has taken.
ACK_SECONDS = 2.0
MAX_FRAME_BYTES = 4 * 1024 * 1024

Token = str | Callable[[], str | Awaitable[str]]
Frame = dict[str, Any]
Handler = Callable[[Any], Awaitable[Any]]
H = TypeVar("H", bound=Handler)


class Client:
    """One connection that comes back by itself, inside `async with`. Events come once and in order; messages
    are sent until the server has them, and stored once.

    `token`: a string, or a function that is asked for one for each connection; `userid`: instead, where the
    server is open. `device`: a name under which the server remembers what this device has taken. `since`,
    `log` and `pending`: those of before, to go on there.
    """

    def __init__(
        self,
        url: str,
        *,
        token: Token | None = None,
        userid: str | None = None,
        device: str | None = None,
        since: int | None = None,
        log: str | None = None,
        pending: Iterable[Message] = (),
    ) -> None:
        self.url = url.rstrip("/")
        # The last event that was taken, and the name of the server's log. Keep both to go on after a restart.
        self.since = since
        self.log = log
        # What the server said to `hello`: `user`, `limits`, `features`.
        self.welcome: dict[str, Any] = {}
        self._token, self._userid, self._device = token, userid, device
        self._outbox = Outbox()
        self._outbox.pending.update((message["cid"], message) for message in pending)
        # The last event that has come, and its log; it may wait to be taken.
        self._position = since
        self._position_log = log
        self._events: deque[Frame] = deque()
        self._arrived = asyncio.Event()
        self._handlers: dict[str, list[Handler]] = {}
        self._socket: ClientConnection | None = None
        self._pending: dict[int, asyncio.Future[Any]] = {}
        self._last_id = 0
        self._renewed_at = -RENEW_SECONDS
        self._ended: Failure | None = None
        self._why: Failure | None = None
        self._running: asyncio.Task[None] | None = None

    @property
    def pending(self) -> list[Message]:
        """Messages that the server may not have yet."""
        return list(self._outbox.pending.values())

    async def __aenter__(self) -> Self:
        self._running = asyncio.create_task(self._stay_connected())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._running
        self._running.cancel()
        with suppress(asyncio.CancelledError):
            await self._running

    async def events(self) -> AsyncIterator[Event]:
        """Each event of the server. Ends with Failure if the connection will not come back by itself."""
        while True:
            while self._events:
                event = self._events.popleft()
                self._note_taken(event)
                yield cast(Event, event)
            if self._ended:
                raise self._ended
            self._arrived.clear()
            await self._arrived.wait()

    def on(self, name: str) -> Callable[[H], H]:
        """Handle events of this name in `run` and `serve`: `@client.on("message")`."""

        def note(handler: H) -> H:
            self._handlers.setdefault(name, []).append(handler)
            return handler

        return note

    async def serve(self) -> None:
        """Handle events, one after the other, until cancelled. Raises Failure as `events` does."""
        async with self:
            async for event in self.events():
                for handler in self._handlers.get(event["ev"], ()):
                    try:
                        await handler(event)
                    except Exception:
                        logger.exception("A handler of %r failed.", event["ev"])

    def run(self) -> None:
        """`serve`, for a program that does nothing else. Ctrl+C ends it."""
        with suppress(KeyboardInterrupt):
            asyncio.run(self.serve())

    async def send(
        self, to: str, content: str, *, kind: str = "text", cid: str | None = None, **fields: Any
    ) -> dict[str, Any]:
        """Send a message to `u:<userid>` or `g:<groupid>`, now or when there is a connection. Returns its
        `id` and `time`. `fields`: such as `reply`. Raises Failure if the server refuses it."""
        message = {"cid": cid or new_cid(), "to": to, "kind": kind, "content": content, **fields}
        answer: dict[str, Any] = await asyncio.shield(self._outbox.add(message))
        return answer

    async def ask(self, cmd: str, **fields: Any) -> dict[str, Any]:
        """Any other command: `ask("react", target=7, emoji="👍")`. Returns what `ok` holds. Raises Failure;
        "disconnected" if it is not known whether it was done."""
        if self._socket is None or not self.welcome:
            raise disconnected()
        answer: dict[str, Any] = await self._ask(self._socket, cmd, fields)
        return answer

    async def read(self, to: str, upto: int) -> None:
        """Everything up to this message has been read there."""
        await self.ask("read", to=to, upto=upto)

    async def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        key: str | None = None,
    ) -> Any:
        """Call the API: `call("GET", "conversations")`. `key`: of a POST that is to be done once, such as
        `str(uuid4())`; without an answer it is repeated, for a minute. Raises Failure."""
        return await http.call(self.url, method, path, await self._headers(), query, body, key=key)

    async def items(self, path: str, **query: Any) -> AsyncGenerator[dict[str, Any], None]:
        """All of a list that comes in pages, which are asked for one after the other: `async for one in
        client.items("conversations")`. `limit`: of a page. Raises Failure."""
        after = None
        while True:
            page = await self.call("GET", path, query={**query, "after": after})
            for item in page["items"]:
                yield item
            if not (after := page.get("next")):
                return

    async def upload(self, content: bytes, name: str = "file") -> dict[str, Any]:
        """Upload a picture, a voice message or a video. Its `url` is the content of a message of its `kind`.
        Raises Failure."""
        stored: dict[str, Any] = await http.upload(self.url, await self._headers(), content, name)
        return stored

    async def _headers(self) -> dict[str, str]:
        proof = await self._proof()
        if "token" in proof:
            return {"Authorization": f"Bearer {proof['token']}"}
        return {"Authorization": f"Userid {quote(proof.get('userid', ''), safe='')}"}

    async def _proof(self) -> dict[str, str]:
        if self._token is None:
            return {"userid": self._userid} if self._userid else {}
        token = self._token if isinstance(self._token, str) else self._token()
        return {"token": token if isinstance(token, str) else await token}

    async def _stay_connected(self) -> None:
        failures = 0
        while True:
            code, was_open = await self._connect_once()
            failures = 0 if was_open else failures + 1
            if code in FOR_GOOD and not self._may_renew(code):
                self._end()
                return
            retry = self._why.retry if self._why else 0
            await asyncio.sleep(max(pause_after(code, failures), retry))

    async def _connect_once(self) -> tuple[int, bool]:
        """The code with which the connection ended, and whether it was open."""
        self._why = None
        address = f"{self.url.replace('http', 'ws', 1)}/entry"
        try:
            async with connect(address, subprotocols=[SUBPROTOCOL], max_size=MAX_FRAME_BYTES) as socket:
                return await self._serve(socket)
        except (OSError, WebSocketException, TimeoutError, Failure):
            return 1006, False

    async def _serve(self, socket: ClientConnection) -> tuple[int, bool]:
        self._socket = socket
        tasks = [asyncio.create_task(self._talk(socket))]
        try:
            async for frame in socket:
                self._take(json.loads(frame))
        except ConnectionClosed:
            pass
        finally:
            was_open, self.welcome, self._socket = bool(self.welcome), {}, None
            for task in tasks:
                task.cancel()
            for reply in self._pending.values():
                if not reply.done():
                    reply.set_exception(disconnected())
            self._pending.clear()
            await asyncio.gather(*tasks, return_exceptions=True)
        return socket.close_code or 1006, was_open

    async def _talk(self, socket: ClientConnection) -> None:
        """Say hello, then send what waits and acknowledge what is taken. A hello that is refused ends the
        connection."""
        try:
            hello = {
                **await self._proof(),
                "device": self._device,
                "since": self._position,
                "log": self._position_log,
            }
        except Exception:
            logger.exception("There is no token. The client tries again.")
            await socket.close()
            return
        fields = {name: value for name, value in hello.items() if value is not None}
        try:
            welcome = await self._ask(socket, "hello", fields)
        except Failure as failure:
            self._why = failure
            if failure.name in ("invalid", "log_in_first"):
                await socket.close(UNPROVEN)
            elif failure.is_passing:
                await socket.close()
            return  # otherwise the server closes, and says why
        # A device that is named may have older events to come.
        is_new = self._device is None and self._position is None
        if is_new:
            self._position = self.since = welcome["head"]
        # To another log leads a gap. Without it, the next connection would go on there as if nothing were
        # missing.
        if is_new or self._position_log is None:
            self._position_log = self.log = welcome["log"]
        self.welcome = welcome
        await asyncio.gather(self._outbox.send_all(self._send), self._acknowledge())

    async def _send(self, message: Message) -> Any:
        return await self.ask("send", **message)

    async def _acknowledge(self) -> None:
        acked = 0
        while self._device:
            await asyncio.sleep(ACK_SECONDS)
            if (upto := self.since or 0) > acked:
                with suppress(Failure):  # what is not acknowledged comes again, and is not told again
                    await self.ask("ack", upto=upto)
                    acked = upto

    async def _ask(self, socket: ClientConnection, cmd: str, fields: Mapping[str, Any]) -> Any:
        self._last_id += 1
        id_ = self._last_id
        reply = self._pending[id_] = asyncio.get_running_loop().create_future()
        try:
            await socket.send(json.dumps({"id": id_, "cmd": cmd, **fields}, ensure_ascii=False))
            # Not wait_for: that of Python 3.11 may overlook that the client is being closed.
            async with asyncio.timeout(ANSWER_SECONDS):
                return await reply
        except (ConnectionClosed, TimeoutError):
            raise disconnected() from None
        finally:
            self._pending.pop(id_, None)

    def _take(self, frame: dict[str, Any]) -> None:
        if "ev" in frame:
            self._take_event(frame)
            return
        error = frame.get("error")
        reply = self._pending.get(frame["re"]) if frame.get("re") is not None else None
        if error and reply is None:
            self._why = Failure(**error)  # why the connection ends
        elif reply and not reply.done():
            # At once, because what is repeated comes next. Until then nothing but hello is asked.
            self.welcome = self.welcome or frame.get("ok") or {}
            reply.set_exception(Failure(**error)) if error else reply.set_result(frame["ok"])

    def _take_event(self, event: Frame) -> None:
        if event["ev"] == "gap":
            self._position, self._position_log = event["to"], self.welcome["log"]
        elif (id_ := event.get("id")) is not None:
            # What came on the connection before is not told again.
            if event["ev"] != "caught_up" and id_ <= (self._position or 0):
                return
            self._position = max(id_, self._position or 0)
        if event["ev"] != "heartbeat":
            self._events.append(event)
            self._arrived.set()

    def _note_taken(self, event: Frame) -> None:
        upto = event.get("to") if event["ev"] == "gap" else event.get("id")
        if event["ev"] == "gap":
            self.since, self.log = upto, self._position_log
        elif upto is not None:
            self.since = max(upto, self.since or 0)

    def _may_renew(self, code: int) -> bool:
        now = time.monotonic()
        if code != UNPROVEN or not callable(self._token) or now - self._renewed_at < RENEW_SECONDS:
            return False
        self._renewed_at = now
        return True

    def _end(self) -> None:
        self._ended = self._why or Failure("ended", "The server does not let this client in any more.")
        self._outbox.fail(self._ended)
        self._arrived.set()


def pause_after(code: int, failures: int) -> float:
    """Seconds before connecting again. After a restart all clients come back, so they spread; otherwise each
    failure in a row doubles the pause."""
    if code == RESTART and failures == 0:
        return 0.3 + 2.7 * random.random()
    return min(LONGEST_PAUSE, 2.0**failures) * (0.5 + 0.5 * random.random())


def new_cid() -> str:
    """The time first: the server finds such names faster."""
    return f"{time.time_ns() // 1_000_000:x}-{secrets.token_hex(10)}"
