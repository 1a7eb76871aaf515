"""People on clients of the JSON dialect, who write while something is broken, resume by id, and ask again,
with the same cid, for whatever is not answered; and a ledger of all of it."""

import asyncio
import json
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from websockets.exceptions import ConnectionClosed, InvalidHandshake

from testkit.device import Device
from testkit.server import Server
from tests.faults.amending import EVENTS, Screen, Shown, by_author, by_readers, outcome
from tests.faults.asking import Command, Frame, Frames
from tests.faults.phoning import BROKEN, PhoneUser
from tests.faults.stored import Log, Row
from tests.support.calls import make_group, pages

PAUSE_SECONDS = 0.05
# Once nobody writes any more, what is left to be done is done faster.
LAST_PAUSE_SECONDS = 0.005
RETRY_SECONDS = 0.1
ROUNDS = 600
# Errors after which the same command is sent again.
AGAIN = {503}
# The name by which busy people's devices acknowledge.
PHONE = "phone"
# They write no more while so much of what they did has no answer.
AT_ONCE = 12
# They acknowledge after so many events, and read after so many messages: up to the one so many before.
BEHIND = 10


class Client:
    """Writes to the group, one message after another, and notes what it gets. When its connection ends it
    comes back, to the next of the addresses `entries`.

    `is_busy`: it also edits, recalls, reacts, reads and acknowledges. `patience`: a connection on which
    nothing comes for so many seconds is given up.
    """

    def __init__(
        self,
        userid: str,
        entries: Sequence[str],
        group: str,
        pause: float,
        *,
        is_busy: bool = False,
        patience: float | None = None,
    ) -> None:
        self.userid = userid
        self.connections = 0
        # The events with an id but `caught_up`, in the order in which they came, on all connections.
        self.events: list[Frame] = []
        # The messages among them.
        self.messages: list[Frame] = []
        self.screen = Screen()
        self.frames = Frames()
        # Its messages by their cids.
        self.sends: dict[str, Command] = {}
        # What is not done yet, in the order in which it is to be.
        self.undone: dict[Command, None] = {}
        self.refused = 0
        # With what code each connection ended.
        self.closed: list[int] = []
        # When each cid was first sent, and for how long it had no answer.
        self.waits: dict[str, tuple[float, float]] = {}
        # The last message that it said it has read.
        self.read = 0
        self._began: dict[str, float] = {}
        self._due: deque[Command] = deque()
        self._entries = entries
        self._group = group
        self._pause = pause
        self._is_busy = is_busy
        self._patience = patience
        self._since = 0

    async def live(self, stop: asyncio.Event) -> None:
        """Write until `stop`, listen until cancelled, come back whenever the connection ends."""
        while True:
            entry = self._entries[self.connections % len(self._entries)]
            self.connections += 1
            with suppress(OSError, ConnectionClosed, InvalidHandshake, TimeoutError):
                await self._connected(entry, stop)
            await asyncio.sleep(RETRY_SECONDS)

    def want(self, *commands: Command) -> None:
        """Do the first of them, then the others."""
        for command in commands[:1]:
            command.then = list(commands[1:])
            self.undone[command] = None
            self._due.append(command)

    @property
    def _has_enough_to_do(self) -> bool:
        return self._is_busy and len(self.undone) >= AT_ONCE

    async def _connected(self, entry: str, stop: asyncio.Event) -> None:
        async with Device(entry) as device:
            self.frames.begin()
            self._due = deque(self.undone)
            hello = {"userid": self.userid, "since": self._since}
            await self._send(device, Command("hello", hello | ({"device": PHONE} if self._is_busy else {})))
            writing = asyncio.create_task(self._write(device, stop))
            try:
                await self._listen(device)
            except ConnectionClosed as closed:
                self.closed.append(closed.rcvd.code if closed.rcvd else BROKEN)
            except TimeoutError:
                device.vanish()
            finally:
                writing.cancel()
                await asyncio.gather(writing, return_exceptions=True)

    async def _listen(self, device: Device) -> None:
        """Note what comes, until the hello is refused."""
        while True:
            data = json.loads(await asyncio.wait_for(device.socket.recv(), self._patience))
            if "ev" in data:
                self._note_event(data)
            elif data["re"] is not None and not self._note_reply(data):
                return

    async def _write(self, device: Device, stop: asyncio.Event) -> None:
        while True:
            if not self._due and not stop.is_set() and not self._has_enough_to_do:
                self._write_another()
            if self._due:
                await self._send(device, command := self._due.popleft())
                if _is_tenth(command):
                    await self._send(device, command)  # impatiently
            await asyncio.sleep(LAST_PAUSE_SECONDS if stop.is_set() else self._pause)

    def _write_another(self) -> None:
        cid = f"{self.userid}-{len(self.sends) + 1}"
        message = {"to": f"g:{self._group}", "kind": "text", "content": cid, "cid": cid}
        self.sends[cid] = Command("send", message)
        self._began[cid] = time.monotonic()
        self.want(self.sends[cid])

    async def _send(self, device: Device, command: Command) -> None:
        await device.send(self.frames.frame(command))

    def _note_event(self, received: Frame) -> None:
        assert received["ev"] != "gap", received
        if "id" not in received:
            return
        if received["ev"] != "caught_up":
            assert received["id"] > self._since, f"out of order, or twice: {received} after {self._since}"
            self.events.append(received)
            self.screen.apply(received)
        self._since = received["id"]
        if received["ev"] == "message":
            self.messages.append(received)
        if self._is_busy:
            self._react(received)

    def _react(self, received: Frame) -> None:
        """What busy people do when something has come."""
        if received["ev"] == "message" and received["from"] != self.userid:
            self.want(*by_readers(received["id"], received["content"].split()[0]))
        if received["ev"] == "message" and len(self.messages) % BEHIND == 0:
            upto = self.messages[-BEHIND]["id"]
            self.want(Command("read", {"to": f"g:{self._group}", "upto": upto}))
        if received["ev"] != "caught_up" and len(self.events) % BEHIND == 0:
            self.want(Command("ack", {"upto": self.events[-BEHIND]["id"]}))

    def _note_reply(self, received: Frame) -> bool:
        """Whether the connection is of use."""
        command = self.frames.answered(received)
        if "error" in received:
            assert received["error"]["code"] in AGAIN, received
            if command.cmd == "hello":
                return False
            self.refused += 1
            if command in self.undone:
                self._due.append(command)
        elif command in self.undone:
            del self.undone[command]
            self._note_done(command)
        return True

    def _note_done(self, command: Command) -> None:
        if command.cmd in EVENTS:
            self.screen.apply_own(self.userid, command)
        if command.cmd == "read":
            self.read = max(self.read, command.fields["upto"])
        if command.cmd == "send":
            cid = command.fields["cid"]
            self.waits[cid] = (self._began[cid], time.monotonic() - self._began[cid])
            if self._is_busy:
                self.want(*by_author(command.oks[0]["id"], cid))
        self.want(*command.then)


def _is_tenth(command: Command) -> bool:
    return command.cmd == "send" and command.fields["cid"].endswith("0")


class Conversation:
    """A group of such people, and with `has_phones` of a phone at each server; as a context manager they live
    inside. `check` stops the writing, waits for what is under way and holds the ledger against the log. Each
    pauses for so many seconds between two messages. `entries`: where the servers are reached, if not at their
    own addresses. `is_busy`, `patience`: see Client."""

    def __init__(
        self,
        servers: Sequence[Server],
        userids: Sequence[str],
        *,
        pause: float = PAUSE_SECONDS,
        entries: Sequence[str] = (),
        is_busy: bool = False,
        patience: float | None = None,
        has_phones: bool = True,
    ) -> None:
        self.group = ""
        self._has_phones = has_phones
        self.clients: list[Client] = []
        self.phones: list[PhoneUser] = []
        self._servers = servers
        self._entries = entries or [server.entry for server in servers]
        self._userids = userids
        self._pause = pause
        self._is_busy = is_busy
        self._patience = patience
        self._stop = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        phones = len(self._entries) if self._has_phones else 0
        on_phones = [f"{self._userids[0]}phone{number}" for number in range(phones)]
        self.group = await make_group(self._servers[0], *self._userids, *on_phones)
        patience = self._patience
        self.clients = [
            Client(userid, entries, self.group, self._pause, is_busy=self._is_busy, patience=patience)
            for userid, entries in self._each_from_another(self._userids)
        ]
        self.phones = [
            PhoneUser(userid, entries, self.group, 5 * self._pause, patience)
            for userid, entries in self._each_from_another(on_phones)
        ]
        for person in self.everybody:
            self._tasks.append(asyncio.create_task(person.live(self._stop)))
        await self.until_received(BEHIND)
        return self

    @property
    def everybody(self) -> list[Client | PhoneUser]:
        return [*self.clients, *self.phones]

    @property
    def was_undisturbed(self) -> bool:
        """Whether nobody was refused anything or cut off."""
        return not any(person.refused or person.closed for person in self.everybody)

    def _each_from_another(self, userids: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
        for number, userid in enumerate(userids):
            first = number % len(self._entries)
            yield userid, [*self._entries[first:], *self._entries[:first]]

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def until_received(self, more: int) -> None:
        """Return when everybody has heard `more` messages from now on."""
        expected = {client: len(client.messages) + more for client in self.clients}
        await self._until(lambda: all(len(client.messages) >= count for client, count in expected.items()))

    async def check(self) -> None:
        """Everything that was sent is stored once; each frame was answered once, with one id however often it
        was repeated; everybody was told of everything once, in the order of the log; and everybody shows each
        message as the last change says that was answered."""
        self._stop.set()
        await self._until(lambda: not any(_is_waiting(client) for client in self.clients))
        log = await self._settled()
        await self._until(lambda: not any(_missing(client, log) for client in self.clients))
        self._check_log(log)
        for phone in self.phones:
            phone.check(log)
        truth = await self._shown_by_the_api()
        for client in self.clients:
            _check_answers(client, log)
            assert client.screen.shown == truth, f"{client.userid} shows something else"
        if self._is_busy:
            self._check_outcome(truth, log)
            for client in self.clients:
                await self._check_marks(client, log)

    async def _settled(self) -> Log:
        """The log once all on phones are told of all that concerns them."""
        for _ in range(ROUNDS):
            log = await asyncio.to_thread(Log, self._servers[0], self.group)
            if all(phone.is_complete(log) for phone in self.phones):
                return log
            await asyncio.sleep(RETRY_SECONDS)
        untold = {
            phone.userid: (phone.sent, phone.refused, len(phone.contents_received)) for phone in self.phones
        }
        raise AssertionError(f"sent, refused and connections of those who are not told of all: {untold}")

    def _check_log(self, log: Log) -> None:
        names = [row.name for row in log.messages]
        assert len(set(names)) == len(names), "stored twice"
        by_phone = {content for phone in self.phones for content in phone.stored(log)}
        assert set(names) - by_phone == {cid for client in self.clients for cid in client.sends}
        assert not log.repeated()
        ids = {row.id for row in log.rows}
        for client in self.clients:
            events = {event["id"] for event in client.events if event["ev"] != "notice"}
            assert events <= ids, f"{client.userid} was told of what is not stored"

    def _check_outcome(self, truth: dict[int, Shown], log: Log) -> None:
        everybody = {client.userid for client in self.clients}
        for row in log.messages:
            assert truth[row.id] == outcome(row.name, everybody - {row.sender})

    async def _shown_by_the_api(self) -> dict[int, Shown]:
        path = f"conversations/g:{self.group}/messages"
        return {
            item["id"]: Shown(None)
            if item.get("recalled")
            else Shown(item["content"], frozenset(*item["reactions"].values()))
            for item in await pages(self._servers[0], self._userids[0], path)
        }

    async def _check_marks(self, client: Client, log: Log) -> None:
        """The read mark is where it was set last, and a device that knows only its name goes on where it has
        acknowledged."""
        mark = f"user_id = '{client.userid}' AND group_id = {self.group}"
        assert await self._query(f"SELECT read_id FROM log_conversation WHERE {mark}") == [(client.read,)]
        upto = client.events[-BEHIND // 2]["id"]
        client.want(Command("ack", {"upto": upto}))
        acked = f"SELECT acked_id FROM chat_device WHERE user_id = '{client.userid}' AND name = '{PHONE}'"
        async with asyncio.timeout(ROUNDS * RETRY_SECONDS):  # it is written in the background
            while await self._query(acked) != [(upto,)]:
                await asyncio.sleep(RETRY_SECONDS)
        async with Device(self._servers[0].entry, client.userid, device=PHONE) as phone:
            assert [event["id"] for event in phone.backlog] == [row.id for row in log.due(upto)]

    async def _query(self, sql: str) -> list[Any]:
        return await asyncio.to_thread(self._servers[0].query, sql)

    async def _until(self, condition: Callable[[], bool]) -> None:
        for _ in range(ROUNDS):
            broken = [task.exception() for task in self._tasks if task.done()]
            assert not broken, broken
            if condition():
                return
            await asyncio.sleep(RETRY_SECONDS)
        state = {
            client.userid: (len(client.events), len(client.undone), client.frames.unanswered)
            for client in self.clients
        }
        raise AssertionError(f"events, commands and frames without an answer: {state}")


def _is_waiting(client: Client) -> bool:
    return bool(client.undone or client.frames.unanswered)


def _missing(client: Client, log: Log) -> list[Row]:
    """What others wrote and changed, and the client was not told of."""
    events = {event["id"] for event in client.events}
    return [row for row in log.due() if row.sender != client.userid and row.id not in events]


def _check_answers(client: Client, log: Log) -> None:
    ids = {row.cid: row.id for row in log.messages}
    for cid, command in client.sends.items():
        assert {ok["id"] for ok in command.oks} == {ids[cid]}
        assert all(ok == command.oks[0] for ok in command.oks)
