"""The newest connection of a person, for clients of which only the newest gets messages: the one of the last
login, on any process.

The older connections stay open, but get no more messages. Before the newest one starts, it waits up to a
second until the clients of the older ones have confirmed what they were sent; otherwise that would be sent
again.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from itertools import islice
from typing import Protocol

from chat.login_numbers import NumberedLogin
from log.rows import LogId

logger = logging.getLogger(__name__)

# The longest that a login waits for older connections.
WAIT_SECONDS = 1.0
# The pauses before further attempts to number a login.
RETRY_SECONDS = (0.2, 0.5, 1.0)
# At most this many people are polled at once.
MAX_POLLED_PEOPLE = 2000


class FedConnection(Protocol):
    """A connection that gets messages."""

    @property
    def delivered_id(self) -> LogId:
        """The id up to which everything has reached the person."""

    def retire(self) -> None:
        """Stop getting messages, except the one that is being sent."""

    async def settle(self) -> None:
        """Ask the client whether everything it was sent has arrived, and wait until it has, or until that
        cannot become known. Called after `retire`."""


class OtherProcesses(Protocol):
    """The other processes of the installation."""

    async def number(self, userid: str) -> NumberedLogin:
        """Number a login of the person on this process. Raises DatabaseError."""

    async def numbers_elsewhere(self, userids: Collection[str]) -> Mapping[str, int]:
        """Return the number of the last login of each person whose last login was on another process. Raises
        DatabaseError."""

    async def request_takeover(self, process: str, userid: str, number: int) -> LogId:
        """Have `process` call `give_way(userid, number)`. Return the result; 0 if the process cannot be
        reached."""


class _Login:
    """A login on this process. It is kept until its connection is closed, or until it and the connections
    before it are settled."""

    __slots__ = ("connection", "delivered_id", "number", "numbered", "settled", "takeover")

    takeover: "asyncio.Task[None]"

    def __init__(self, connection: FedConnection) -> None:
        self.connection = connection
        # 0 until it is known.
        self.number = 0
        self.numbered = asyncio.Event()
        # The id up to which connections to other processes have confirmed what they were sent.
        self.delivered_id: LogId = 0
        # None while the connection is fed.
        self.settled: asyncio.Future[None] | None = None

    @property
    def pending(self) -> "set[asyncio.Future[None]]":
        """The tasks for which a later login waits."""
        return {self.takeover} if self.settled is None else {self.takeover, self.settled}

    @property
    def is_done(self) -> bool:
        return all(task.done() for task in self.pending)


class NewestConnections:
    """The newest connections to this process. `recent_cursor(userid)` is Cursors.recent_cursor.

    A login sends a request only to a process with earlier logins of the person, and that process waits only
    for the tasks of these logins. So no two processes wait for each other.
    """

    def __init__(self, others: OtherProcesses, recent_cursor: Callable[[str], LogId]) -> None:
        self._others = others
        self._recent_cursor = recent_cursor
        # The logins of each person, in their order. Only the connection of the last one may be fed.
        self._logins: dict[str, list[_Login]] = {}
        self._open: Counter[str] = Counter()
        self._unpolled: Iterator[str] = iter(())

    def open_connections(self, userid: str) -> int:
        """Return how many connections of the person have entered."""
        return self._open[userid]

    def enter(self, userid: str) -> None:
        """Count a connection on which the person begins to log in."""
        self._open[userid] += 1

    def leave(self, userid: str, connection: FedConnection) -> None:
        """Remove a connection that is closed. Must be called once for each that entered."""
        self._open[userid] -= 1
        if not self._open[userid]:
            del self._open[userid]
        for login in self._logins.get(userid, ()):
            if login.connection is connection and login.settled is None:
                login.settled = asyncio.get_running_loop().create_future()
                login.settled.set_result(None)
        self._forget_done(userid)

    async def take_over(self, userid: str, connection: FedConnection) -> LogId:
        """Retire the older connections of the person, who has logged in on `connection`. Wait until their
        clients have confirmed what they were sent, at most WAIT_SECONDS. Return the id up to which they have;
        0 if it is unknown."""
        older = list(self._logins.get(userid, ()))
        login = _Login(connection)
        self._logins.setdefault(userid, []).append(login)
        for older_login in older:
            self._retire(userid, older_login)
        login.takeover = asyncio.create_task(self._take_over_elsewhere(userid, login))
        login.takeover.add_done_callback(lambda _: self._forget_done(userid))
        await _wait_for([login, *older])
        return self._delivered_id(userid, [login, *older])

    async def give_way(self, userid: str, number: int) -> LogId:
        """Retire the connections of earlier logins than `number`, the person's login on another process.
        Return the id up to which they have confirmed what they were sent; 0 if it is unknown."""
        logins = list(self._logins.get(userid, ()))
        with suppress(TimeoutError):
            async with asyncio.timeout(WAIT_SECONDS):
                for login in logins:
                    await login.numbered.wait()
        earlier = [login for login in logins if login.number < number]
        for login in earlier:
            self._retire(userid, login)
        await _wait_for(earlier)
        return self._delivered_id(userid, earlier)

    async def poll(self) -> None:
        """Find logins on other processes of which this process was not notified, and retire the older
        connections. Raises DatabaseError."""
        userids = list(islice(self._unpolled, MAX_POLLED_PEOPLE))
        if not userids:
            self._unpolled = iter(list(self._logins))
            userids = list(islice(self._unpolled, MAX_POLLED_PEOPLE))
        for userid, number in (await self._others.numbers_elsewhere(userids)).items():
            for login in list(self._logins.get(userid, ())):
                if 0 < login.number < number:
                    self._retire(userid, login)

    async def _take_over_elsewhere(self, userid: str, login: _Login) -> None:
        """Number the login, and request the takeover from the process of the login before it."""
        try:
            login.number, previous = await self._number(userid)
        except Exception as error:
            logger.error("A login could not be numbered; other processes do not know of it: %s", error)
            return
        finally:
            login.numbered.set()
        if previous:
            login.delivered_id = await self._others.request_takeover(previous, userid, login.number)

    async def _number(self, userid: str) -> NumberedLogin:
        for pause in RETRY_SECONDS:
            with suppress(Exception):
                return await self._others.number(userid)
            await asyncio.sleep(pause)
        return await self._others.number(userid)

    def _retire(self, userid: str, login: _Login) -> None:
        if login.settled is None:
            login.connection.retire()
            login.settled = asyncio.create_task(_settle(login.connection))
            login.settled.add_done_callback(lambda _: self._forget_done(userid))

    def _forget_done(self, userid: str) -> None:
        """Forget the logins for which no later login has to wait."""
        left = [login for login in self._logins.get(userid, ()) if login.settled is None or not login.is_done]
        if left:
            self._logins[userid] = left
        else:
            self._logins.pop(userid, None)

    def _delivered_id(self, userid: str, logins: Collection[_Login]) -> LogId:
        known = [id_ for login in logins for id_ in (login.delivered_id, login.connection.delivered_id)]
        return max([self._recent_cursor(userid), *known])


async def _settle(connection: FedConnection) -> None:
    # A client that has not answered by then is gone or slow. No later login waits for it again.
    with suppress(TimeoutError):
        async with asyncio.timeout(WAIT_SECONDS):
            await connection.settle()


async def _wait_for(logins: Collection[_Login]) -> None:
    pending = {task for login in logins for task in login.pending}
    if pending:
        await asyncio.wait(pending, timeout=WAIT_SECONDS)
