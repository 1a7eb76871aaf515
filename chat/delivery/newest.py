"""Which connection of a person gets messages, if only the newest may: the one on which the person logged in
last, on any process.

The older connections stay open, but get no more messages. Before the newest one starts, it waits a moment
until the clients of the older ones have confirmed what they were sent, because it would be sent again
otherwise.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from itertools import islice
from typing import Protocol

from chat.login_numbers import Numbered
from chat.protocol.rows import LogId

logger = logging.getLogger(__name__)

# The longest that a login waits for older connections.
WAIT_SECONDS = 1.0
# At most this many people are looked up at once.
LOOKED_UP = 2000


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
    """The newest login of a person on this process. `number` is 0 until it is known."""

    __slots__ = ("delivered_id", "fed", "number", "overtaken_by", "settled")

    settled: "asyncio.Task[None]"

    def __init__(self, fed: Fed) -> None:
        self.fed = fed
        self.number = 0
        # The highest number of a login on another process.
        self.overtaken_by = 0
        # What older connections were sent and have confirmed.
        self.delivered_id: LogId = 0

    @property
    def is_overtaken(self) -> bool:
        return 0 < self.number < self.overtaken_by


class NewestConnections:
    """The newest connections on this process."""

    def __init__(self, elsewhere: Elsewhere) -> None:
        self._elsewhere = elsewhere
        self._newest: dict[str, _Login] = {}
        self._older: Counter[str] = Counter()
        self._looked_up: Iterator[str] = iter(())

    def older(self, userid: str) -> int:
        """How many connections of the person stay open here without getting messages."""
        return self._older[userid]

    async def take_over(self, userid: str, fed: Fed) -> LogId:
        """The person has logged in on `fed`: the older connections get no more messages. Waits until their
        clients have confirmed what they were sent, at most WAIT_SECONDS. Returns the id up to which they
        have, 0 if it is unknown."""
        older = self._newest.get(userid)
        login = self._newest[userid] = _Login(fed)
        if older:
            self._retire(userid, older)
        login.settled = asyncio.create_task(self._settle(userid, login, older))
        await asyncio.wait([login.settled], timeout=WAIT_SECONDS)
        return _delivered(login, older)

    def leave(self, userid: str, fed: Fed) -> None:
        """`fed`, which took over, is closed. Leaving twice does no harm."""
        login = self._newest.get(userid)
        if login and login.fed is fed:
            del self._newest[userid]

    def forget_older(self, userid: str) -> None:
        """An older connection of the person is closed."""
        self._older[userid] -= 1
        if not self._older[userid]:
            del self._older[userid]

    async def give_way(self, userid: str, number: int) -> LogId:
        """The person has logged in on another process; the login has this number. Returns the id up to which
        the connections here have confirmed what they were sent, 0 if it is unknown."""
        login = self._newest.get(userid)
        if login is None:
            return 0
        self._overtake(userid, login, number)
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await asyncio.wait([login.settled])
                await login.fed.settle()
        except TimeoutError:
            pass
        return _delivered(login)

    async def look(self) -> None:
        """Find the logins on other processes that this process has not heard of. Raises DatabaseError."""
        userids = list(islice(self._looked_up, LOOKED_UP))
        if not userids:
            self._looked_up = iter(list(self._newest))
            userids = list(islice(self._looked_up, LOOKED_UP))
        self._number_again(userids)
        for userid, number in (await self._elsewhere.numbers_elsewhere(userids)).items():
            login = self._newest.get(userid)
            if login:
                self._overtake(userid, login, number)

    def _number_again(self, userids: Collection[str]) -> None:
        for userid in userids:
            login = self._newest.get(userid)
            if login and not login.number and login.settled.done():
                login.settled = asyncio.create_task(self._settle_elsewhere(userid, login))

    async def _settle(self, userid: str, login: _Login, older: _Login | None) -> None:
        await asyncio.gather(self._settle_here(login, older), self._settle_elsewhere(userid, login))

    async def _settle_here(self, login: _Login, older: _Login | None) -> None:
        if older:
            await asyncio.wait([older.settled])
            await older.fed.settle()
            login.delivered_id = max(login.delivered_id, _delivered(older))

    async def _settle_elsewhere(self, userid: str, login: _Login) -> None:
        try:
            login.number, previous = await self._elsewhere.number(userid)
        except Exception as error:
            logger.error("A login could not be numbered; other processes do not know of it: %s", error)
            return
        self._overtake(userid, login, 0)
        if previous:
            delivered_id = await self._elsewhere.ask(previous, userid, login.number)
            login.delivered_id = max(login.delivered_id, delivered_id)

    def _overtake(self, userid: str, login: _Login, number: int) -> None:
        login.overtaken_by = max(login.overtaken_by, number)
        if login.is_overtaken and self._newest.get(userid) is login:
            del self._newest[userid]
            self._retire(userid, login)

    def _retire(self, userid: str, login: _Login) -> None:
        self._older[userid] += 1
        login.fed.retire()


def _delivered(*logins: _Login | None) -> LogId:
    return max(id_ for login in logins if login for id_ in (login.delivered_id, login.fed.delivered_id))
