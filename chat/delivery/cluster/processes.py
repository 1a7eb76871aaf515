"""What the newest connections of a process need from the other processes."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Collection, Mapping
from functools import partial

from chat import login_numbers
from chat.delivery.cluster.envelopes import Takeover, TakeoverReply, TakeoverRequest
from chat.delivery.cluster.newest import WAIT_SECONDS
from chat.delivery.loop.batcher import Batcher
from chat.delivery.loop.threads import DatabaseThreads
from chat.login_numbers import Numbered
from log.rows import LogId

logger = logging.getLogger(__name__)

# A number of so many bits is exact in every JSON.
_ASK_ID_BITS = 53

GiveWay = Callable[[str, int], Awaitable[LogId]]
Write = Callable[[str, Takeover], Awaitable[bool]]


class Processes:
    """The other processes; implements newest.Elsewhere.

    `name`: this process. `write(process, takeover)` sends one, if there is a way, and returns whether it
    arrives.
    """

    def __init__(self, name: str, threads: DatabaseThreads, write: Write) -> None:
        self.name = name
        self._threads = threads
        self._write = write
        self._numbers: Batcher[str, Numbered] = Batcher(self._number_all)
        self._asked: dict[int, asyncio.Future[LogId]] = {}
        self._answering: set[asyncio.Task[None]] = set()

    async def number(self, userid: str) -> Numbered:
        return await self._numbers.ask(userid)

    async def numbers_elsewhere(self, userids: Collection[str]) -> Mapping[str, int]:
        return await self._threads.read(partial(login_numbers.numbers_elsewhere, userids, self.name))

    async def ask(self, process: str, userid: str, number: int) -> LogId:
        if process == self.name:
            return 0
        # Never the same twice, on any process: in a shared Redis others can send an answer again that was
        # for another question.
        ask_id = secrets.randbits(_ASK_ID_BITS)
        answer: asyncio.Future[LogId] = asyncio.get_running_loop().create_future()
        self._asked[ask_id] = answer
        try:
            if not await self._write(process, TakeoverRequest(self.name, ask_id, userid, number)):
                return 0
            async with asyncio.timeout(WAIT_SECONDS):
                return await answer
        except TimeoutError:
            return 0
        finally:
            del self._asked[ask_id]

    def hear(self, takeover: Takeover, give_way: GiveWay) -> None:
        """Another process has sent this. `give_way` is NewestConnections.give_way."""
        if isinstance(takeover, TakeoverRequest):
            answering = asyncio.create_task(self._answer(takeover, give_way))
            self._answering.add(answering)
            answering.add_done_callback(self._answering.discard)
        else:
            self._take(takeover)

    def _take(self, answer: TakeoverReply) -> None:
        asked = self._asked.get(answer.ask_id)
        if asked and not asked.done():
            asked.set_result(answer.delivered_id)

    async def _answer(self, ask: TakeoverRequest, give_way: GiveWay) -> None:
        delivered_id = await give_way(ask.userid, ask.number)
        await self._write(ask.asker, TakeoverReply(ask.ask_id, delivered_id))

    async def _number_all(self, userids: Collection[str]) -> Mapping[str, Numbered]:
        return await self._threads.mark(partial(login_numbers.number_logins, userids, self.name))
