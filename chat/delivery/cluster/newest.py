"""Which connection of a person gets messages, if only the newest may: the one on which the person logged in
last, on any process.

The older connections stay open, but get no more messages. Before the newest one starts, it waits a moment
until the clients of the older ones have confirmed what they were sent, because it would be sent again
otherwise.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from itertools import islice
from typing import Protocol

from chat.login_numbers import Numbered
from log.rows import LogId

logger = logging.getLogger(__name__)

# The longest that a login waits for older connections.
WAIT_SECONDS = 1.0
# The pauses after which it is tried again to number a login.
PAUSES_SECONDS = (0.2, 0.5, 1.0)
# At most this many people are polled at once.
MAX_POLLED_PEOPLE = 2000


class Fed(Protocol):
    """A connection that gets messages."""

    @property
    def delivered_id(self) -> LogId:
        """Everything up to it has reached the person."""

    def retire(self) -> None:
        """Get no more messages. What is being sent goes out."""

    async def settle(self) -> None:
        """Ask the client whether what it was sent has arrived. Return when it has, or when it cannot become
        known. Called after `retire`."""


class Elsewhere(Protocol):
    """The other processes."""

    async def number(self, userid: str) -> Numbered:
        """Number a login of the person on this process. Raises DatabaseError."""

    async def numbers_elsewhere(self, userids: Collection[str]) -> Mapping[str, int]:
        """For people who logged in last on another process: the number of that login. Raises
        DatabaseError."""

    async def ask(self, process: str, userid: str, number: int) -> LogId:
        """Have `process` call `give_way(userid, number)`. Returns the result, 0 if the process cannot be
        asked."""


class _Login:
    """A login on this process, until it has left or its older connections and itself are settled."""

    __slots__ = ("delivered_id", "fed", "number", "numbered", "settled", "takeover")

    takeover: "asyncio.Task[None]"

    def __init__(self, fed: Fed) -> None:
        self.fed = fed
        # 0 until it is known.
        self.number = 0
        self.numbered = asyncio.Event()
        # What connections elsewhere were sent and have confirmed.
        self.delivered_id: LogId = 0
        # None while its connection is fed.
        self.settled: asyncio.Future[None] | None = None

    @property
    def waits(self) -> "set[asyncio.Future[None]]":
        """What a later login waits for."""
        return {self.takeover} if self.settled is None else {self.takeover, self.settled}

    @property
    def is_done(self) -> bool:
        return all(task.done() for task in self.waits)


class NewestConnections:
    """The newest connections on this process. `noted(userid)` is Cursors.noted.

    A login asks only a process with earlier logins of the person, and that process waits only for what they
    wait for. So no two wait for each other.
    """

    def __init__(self, elsewhere: Elsewhere, noted: Callable[[str], LogId]) -> None:
        self._elsewhere = elsewhere
        self._noted = noted
        # The logins of each person, in their order. Of the last one, the connection may be fed.
        self._logins: dict[str, list[_Login]] = {}
        self._open: Counter[str] = Counter()
        self._unpolled: Iterator[str] = iter(())

    def open_connections(self, userid: str) -> int:
        """How many connections of the person have entered here."""
        return self._open[userid]

    def enter(self, userid: str) -> None:
        """A connection of the person begins to log in."""
        self._open[userid] += 1

    def leave(self, userid: str, fed: Fed) -> None:
        """`fed`, which entered, is closed. Must be called once."""
        self._open[userid] -= 1
        if not self._open[userid]:
            del self._open[userid]
        for login in self._logins.get(userid, ()):
            if login.fed is fed and login.settled is None:
                login.settled = asyncio.get_running_loop().create_future()
                login.settled.set_result(None)
        self._clean(userid)

    async def take_over(self, userid: str, fed: Fed) -> LogId:
        """The person has logged in on `fed`: the older connections get no more messages. Waits until their
        clients have confirmed what they were sent, at most WAIT_SECONDS. Returns the id up to which they
        have, 0 if it is unknown."""
        older = list(self._logins.get(userid, ()))
        login = _Login(fed)
        self._logins.setdefault(userid, []).append(login)
        for one in older:
            self._retire(userid, one)
        login.takeover = asyncio.create_task(self._ask(userid, login))
        login.takeover.add_done_callback(lambda _: self._clean(userid))
        await _wait_for([login, *older])
        return self._delivered(userid, [login, *older])

    async def give_way(self, userid: str, number: int) -> LogId:
        """The person has logged in on another process; the login has this number. Returns the id up to which
        the connections here have confirmed what they were sent, 0 if it is unknown."""
        logins = list(self._logins.get(userid, ()))
        with suppress(TimeoutError):
            async with asyncio.timeout(WAIT_SECONDS):
                for login in logins:
                    await login.numbered.wait()
        earlier = [login for login in logins if login.number < number]
        for login in earlier:
            self._retire(userid, login)
        await _wait_for(earlier)
        return self._delivered(userid, earlier)

    async def poll(self) -> None:
        """Find the logins on other processes that this process has not heard of. Raises DatabaseError."""
        userids = list(islice(self._unpolled, MAX_POLLED_PEOPLE))
        if not userids:
            self._unpolled = iter(list(self._logins))
            userids = list(islice(self._unpolled, MAX_POLLED_PEOPLE))
        for userid, number in (await self._elsewhere.numbers_elsewhere(userids)).items():
            for login in list(self._logins.get(userid, ())):
                if 0 < login.number < number:
                    self._retire(userid, login)

    async def _ask(self, userid: str, login: _Login) -> None:
        """Number the login, and have the process of the login before it give way."""
        try:
            login.number, previous = await self._number(userid)
        except Exception as error:
            logger.error("A login could not be numbered; other processes do not know of it: %s", error)
            return
        finally:
            login.numbered.set()
        if previous:
            login.delivered_id = await self._elsewhere.ask(previous, userid, login.number)

    async def _number(self, userid: str) -> Numbered:
        for pause in PAUSES_SECONDS:
            with suppress(Exception):
                return await self._elsewhere.number(userid)
            await asyncio.sleep(pause)
        return await self._elsewhere.number(userid)

    def _retire(self, userid: str, login: _Login) -> None:
        if login.settled is None:
            login.fed.retire()
            login.settled = asyncio.create_task(_settle(login.fed))
            login.settled.add_done_callback(lambda _: self._clean(userid))

    def _clean(self, userid: str) -> None:
        """Forget the logins for which nobody needs to wait any more."""
        left = [login for login in self._logins.get(userid, ()) if login.settled is None or not login.is_done]
        if left:
            self._logins[userid] = left
        else:
            self._logins.pop(userid, None)

    def _delivered(self, userid: str, logins: Collection[_Login]) -> LogId:
        known = [id_ for login in logins for id_ in (login.delivered_id, login.fed.delivered_id)]
        return max([self._noted(userid), *known])


async def _settle(fed: Fed) -> None:
    # A client that has not answered by then is gone, or slow. No later login waits for it again.
    with suppress(TimeoutError):
        async with asyncio.timeout(WAIT_SECONDS):
            await fed.settle()


async def _wait_for(logins: Collection[_Login]) -> None:
    waits = {wait for login in logins for wait in login.waits}
    if waits:
        await asyncio.wait(waits, timeout=WAIT_SECONDS)
