"""People who write to each other while something is broken on purpose, and a ledger of all of it."""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

from websockets.exceptions import ConnectionClosed, InvalidHandshake

from testkit.phone import Phone
from testkit.server import Server
from tests.support.calls import make_group

PAUSE_SECONDS = 0.02
RETRY_SECONDS = 0.1
# Rounds of asking whether everything has arrived, at most.
ROUNDS = 600
# Ended without a close frame.
BROKEN = 1006


class Person:
    """Writes to the group, one message after another, and notes what each of its connections gets.

    When its connection ends it comes back, to the next of `servers`.
    """

    def __init__(self, userid: str, servers: Sequence[Server], group: str, pause: float) -> None:
        self.userid = userid
        self.sent = 0
        self.refused = 0
        # What each connection got, in its order; the last is the one that is open.
        self.heard: list[list[str]] = []
        # With what code each of them ended.
        self.closed: list[int] = []
        self._servers = servers
        self._group = group
        self._pause = pause

    async def live(self, stop: asyncio.Event) -> None:
        """Write until `stop`, listen until cancelled, come back whenever the connection ends."""
        turn = 0
        while True:
            server = self._servers[turn % len(self._servers)]
            turn += 1
            with suppress(OSError, ConnectionClosed, InvalidHandshake, TimeoutError, AssertionError):
                await self._connected(server, stop)
            await asyncio.sleep(RETRY_SECONDS)

    @property
    def all_heard(self) -> set[str]:
        return {content for connection in self.heard for content in connection}

    async def _connected(self, server: Server, stop: asyncio.Event) -> None:
        async with Phone(server.entry) as phone:
            self.heard.append([])
            await phone.send(f"login_{self.userid}")
            writing = asyncio.create_task(self._write(phone, stop))
            try:
                while True:
                    self._note(await phone.frame())
            except ConnectionClosed as closed:
                self.closed.append(closed.rcvd.code if closed.rcvd else BROKEN)
            finally:
                writing.cancel()
                await asyncio.gather(writing, return_exceptions=True)

    async def _write(self, phone: Phone, stop: asyncio.Event) -> None:
        while not stop.is_set():
            # Before it is sent: what is stored was sent, whatever becomes of the connection.
            self.sent += 1
            await phone.group_text(self._group, f"{self.userid}-{self.sent}")
            await asyncio.sleep(self._pause)

    def _note(self, frame: str) -> None:
        if frame.startswith("error_"):
            self.refused += 1
        elif not frame.startswith("heartbeat_"):
            self.heard[-1].append(frame.split("_")[2])


class Traffic:
    """A group of people, spread over `servers`; as a context manager they live inside. Each pauses for so
    many seconds between two messages.

    `check` stops the writing, waits for what is under way and holds the ledger against the log.
    """

    def __init__(
        self, servers: Sequence[Server], people: Sequence[str], *, pause: float = PAUSE_SECONDS
    ) -> None:
        self.servers = servers
        self.userids = people
        self.people: list[Person] = []
        self.group = ""
        self._pause = pause
        self._stop = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self.group = await make_group(self.servers[0], *self.userids)
        for number, userid in enumerate(self.userids):
            mine = [*self.servers[number % len(self.servers) :], *self.servers[: number % len(self.servers)]]
            person = Person(userid, mine, self.group, self._pause)
            self.people.append(person)
            self._tasks.append(asyncio.create_task(person.live(self._stop)))
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
        wanted = {person: len(person.all_heard) + more for person in self.people}
        for _ in range(ROUNDS):
            if all(len(person.all_heard) >= count for person, count in wanted.items()):
                return
            await asyncio.sleep(RETRY_SECONDS)
        raise AssertionError({person.userid: len(person.all_heard) for person in self.people})

    async def check(self) -> None:
        """Nothing lost, nothing twice on one connection, order kept, nothing seen that is not stored."""
        self._stop.set()
        stored = await self._settled()
        places = {content: place for place, content in enumerate(stored)}
        assert len(places) == len(stored), "stored twice"
        assert stored, "nothing was stored at all"
        for person in self.people:
            self._check_person(person, places)

    async def _settled(self) -> list[str]:
        """What is stored, once everybody has heard all of it that is theirs, and of all they wrote what
        became of it: a process may go on waiting for its database while the other has it again."""
        stored: list[str] = []
        for _ in range(ROUNDS):
            before, stored = stored, await asyncio.to_thread(self.servers[0].stored, self.group)
            if before == stored and all(_is_settled(person, stored) for person in self.people):
                return stored
            await asyncio.sleep(RETRY_SECONDS)
        missing = {person.userid: len(_due(person, stored) - person.all_heard) for person in self.people}
        untold = {person.userid: _untold(person, stored) for person in self.people}
        raise AssertionError(f"stored and never delivered: {missing}; lost and not told: {untold}")

    def _check_person(self, person: Person, places: dict[str, int]) -> None:
        for heard in person.heard:
            unknown = [content for content in heard if content not in places]
            assert not unknown, f"{person.userid} saw what is not stored: {unknown[:5]}"
            order = [places[content] for content in heard]
            assert order == sorted(set(order)), f"{person.userid}: out of order, or twice on one connection"
        assert not any(content.startswith(f"{person.userid}-") for content in person.all_heard)
        assert _stored_of(person, places) <= person.sent
        assert not _untold(person, places), f"{person.userid}: lost and not told"


def _is_settled(person: Person, stored: list[str]) -> bool:
    return _due(person, stored) <= person.all_heard and not _untold(person, stored)


def _untold(person: Person, stored: Iterable[str]) -> int:
    """How many messages of that person are not stored, without a word of it."""
    if len(person.heard) > 1:
        return 0  # a connection broke, and what it would have been told with it
    return max(0, person.sent - _stored_of(person, stored) - person.refused)


def _stored_of(person: Person, stored: Iterable[str]) -> int:
    return sum(content.startswith(f"{person.userid}-") for content in stored)


def _due(person: Person, stored: list[str]) -> set[str]:
    return {content for content in stored if not content.startswith(f"{person.userid}-")}
