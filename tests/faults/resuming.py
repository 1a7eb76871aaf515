"""People on clients of the JSON dialect, who write while something is broken, resume by id, and send again,
with its cid, whatever is not answered; and a ledger of all of it."""

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from websockets.exceptions import ConnectionClosed, InvalidHandshake

from testkit.device import Device
from testkit.server import Server
from tests.support.calls import make_group

PAUSE_SECONDS = 0.01
RETRY_SECONDS = 0.1
ROUNDS = 600
# Ended without a close frame.
BROKEN = 1006
# Errors after which the same command is sent again.
AGAIN = {503}


class Client:
    """Writes to the group, one message after another, and notes what it gets. When its connection ends it
    comes back, to the next of `servers`."""

    def __init__(self, userid: str, servers: Sequence[Server], group: str, pause: float) -> None:
        self.userid = userid
        self.sent = 0
        self.connections = 0
        # The events with an id, in the order in which they came, on all connections.
        self.events: list[dict[str, Any]] = []
        # The ids that each cid was answered with.
        self.answers: defaultdict[str, set[int]] = defaultdict(set)
        self.unanswered: dict[str, str] = {}
        self.refused = 0
        # With what code each connection ended.
        self.closed: list[int] = []
        # When each cid was first sent, and for how long it had no answer.
        self.waits: dict[str, tuple[float, float]] = {}
        self._began: dict[str, float] = {}
        self._failed: list[str] = []
        self._servers = servers
        self._group = group
        self._pause = pause
        self._since = 0

    @property
    def heard(self) -> list[str]:
        """What others wrote."""
        return [event["content"] for event in self.events if event["from"] != self.userid]

    async def live(self, stop: asyncio.Event) -> None:
        """Write until `stop`, listen until cancelled, come back whenever the connection ends."""
        while True:
            server = self._servers[self.connections % len(self._servers)]
            self.connections += 1
            with suppress(OSError, ConnectionClosed, InvalidHandshake, TimeoutError):
                await self._connected(server, stop)
            await asyncio.sleep(RETRY_SECONDS)

    async def _connected(self, server: Server, stop: asyncio.Event) -> None:
        async with Device(server.entry) as device:
            hello = {"id": 0, "cmd": "hello", "userid": self.userid, "since": self._since}
            await device.send(json.dumps(hello))
            self._failed = list(self.unanswered)
            writing = asyncio.create_task(self._write(device, stop))
            try:
                async for frame in device.socket:
                    told = json.loads(frame)
                    if told.get("re") == 0 and "error" in told:
                        return
                    self._note(told)
            except ConnectionClosed as closed:
                self.closed.append(closed.rcvd.code if closed.rcvd else BROKEN)
            finally:
                writing.cancel()
                await asyncio.gather(writing, return_exceptions=True)

    async def _write(self, device: Device, stop: asyncio.Event) -> None:
        while True:
            if self._failed:
                await self._send(device, self._failed.pop())
            elif not stop.is_set():
                self.sent += 1
                cid = f"{self.userid}-{self.sent}"
                self.unanswered[cid] = cid
                self._began[cid] = time.monotonic()
                await self._send(device, cid)
                if self.sent % 10 == 0:
                    await self._send(device, cid)  # impatiently
            await asyncio.sleep(self._pause)

    async def _send(self, device: Device, cid: str) -> None:
        message = {"to": f"g:{self._group}", "kind": "text", "content": cid, "cid": cid}
        await device.send(json.dumps({"id": cid, "cmd": "send", **message}))

    def _note(self, told: dict[str, Any]) -> None:
        if told.get("ev") == "message":
            self.events.append(told)
        if "id" in told:
            self._since = told["id"]
        if told.get("re"):
            self._note_reply(told["re"], told)

    def _note_reply(self, cid: str, told: dict[str, Any]) -> None:
        if "ok" in told:
            self.answers[cid].add(told["ok"]["id"])
            if self.unanswered.pop(cid, None):
                self.waits[cid] = (self._began[cid], time.monotonic() - self._began[cid])
        else:
            assert told["error"]["code"] in AGAIN, told
            self.refused += 1
            if cid in self.unanswered:
                self._failed.append(cid)


class Conversation:
    """A group of such people; as a context manager they live inside. `check` stops the writing, waits for
    what is under way and holds the ledger against the log. Each pauses for so many seconds between two
    messages."""

    def __init__(
        self, servers: Sequence[Server], userids: Sequence[str], *, pause: float = PAUSE_SECONDS
    ) -> None:
        self.group = ""
        self.clients: list[Client] = []
        self._servers = servers
        self._userids = userids
        self._pause = pause
        self._stop = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self.group = await make_group(self._servers[0], *self._userids)
        for number, userid in enumerate(self._userids):
            mine = [
                *self._servers[number % len(self._servers) :],
                *self._servers[: number % len(self._servers)],
            ]
            client = Client(userid, mine, self.group, self._pause)
            self.clients.append(client)
            self._tasks.append(asyncio.create_task(client.live(self._stop)))
        await self.until_heard(20)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def until_heard(self, more: int) -> None:
        """Return when everybody has heard `more` messages from now on."""
        wanted = {client: len(client.events) + more for client in self.clients}
        await self._until(lambda: all(len(client.events) >= count for client, count in wanted.items()))

    async def check(self) -> None:
        """Everything that was sent is stored once, answered with one id, and came once to everybody else."""
        self._stop.set()
        await self._until(lambda: not any(client.unanswered for client in self.clients))
        rows = await asyncio.to_thread(self._servers[0].query, _STORED.format(self.group))
        ids = {cid: id_ for id_, cid in rows}
        assert len(ids) == len(rows), "stored twice"
        assert len(rows) == sum(client.sent for client in self.clients)
        due = {client: [cid for _, cid in rows if not _is_of(cid, client)] for client in self.clients}
        await self._until(lambda: all(len(client.heard) >= len(due[client]) for client in self.clients))
        for client in self.clients:
            assert client.heard == due[client], f"{client.userid}: lost, twice, or out of order"
            seen = [event["id"] for event in client.events]
            assert seen == sorted(set(seen)), f"{client.userid}: an id came again"
            assert client.answers == {cid: {id_} for cid, id_ in ids.items() if _is_of(cid, client)}

    async def _until(self, condition: Callable[[], bool]) -> None:
        for _ in range(ROUNDS):
            broken = [task.exception() for task in self._tasks if task.done()]
            assert not broken, broken
            if condition():
                return
            await asyncio.sleep(RETRY_SECONDS)
        state = {client.userid: (len(client.heard), len(client.unanswered)) for client in self.clients}
        raise AssertionError(f"heard and unanswered: {state}")


_STORED = "SELECT id, content FROM chat_message WHERE kind = 'text' AND group_id = {} ORDER BY id"


def _is_of(cid: str, client: Client) -> bool:
    return cid.startswith(f"{client.userid}-")
