"""What the newest connections of a process need from the other processes."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Collection, Mapping
from functools import partial

from chat import login_numbers
from chat.delivery.cluster.messages import Takeover, TakeoverReply, TakeoverRequest
from chat.delivery.cluster.newest import WAIT_SECONDS
from chat.delivery.cluster.presence import BEAT_SECONDS
from chat.delivery.loop.batcher import Batcher
from chat.delivery.loop.threads import DatabaseThreads
from chat.login_numbers import Numbered
from log.rows import LogId

logger = logging.getLogger(__name__)

# A number of so many bits is exact in every JSON.
_ASK_ID_BITS = 53

# A process that has sent nothing for so long is not waited for: it is gone, or too slow.
SILENT_SECONDS = 2 * BEAT_SECONDS + 1.0

GiveWay = Callable[[str, int], Awaitable[LogId]]


class Processes:
    """The other processes; implements newest.Elsewhere.

    `name`: this process. `post(takeover, process)` sends one to that process, if there is a way.
    """

    def __init__(
        self,
        name: str,
        threads: DatabaseThreads,
        clock: Callable[[], float],
        post: Callable[[Takeover, str], None],
    ) -> None:
        self.name = name
        self._threads = threads
        self._clock = clock
        self._post = post
        self._numbers: Batcher[str, Numbered] = Batcher(self._number_all)
        self._requests: dict[int, asyncio.Future[LogId]] = {}
        self._answering: set[asyncio.Task[None]] = set()
        # When something came from each process.
        self._active_at: dict[str, float] = {}
        self._began_at = clock()

    def note_activity(self, process: str) -> None:
        """Something has come from that process."""
        self._active_at[process] = self._clock()

    def note_silence(self, process: str) -> None:
        """That process does not answer until something comes from it again."""
        self._active_at[process] = float("-inf")

    async def number(self, userid: str) -> Numbered:
        return await self._numbers.load(userid)

    async def numbers_elsewhere(self, userids: Collection[str]) -> Mapping[str, int]:
        return await self._threads.read(partial(login_numbers.numbers_elsewhere, userids, self.name))

    async def ask(self, process: str, userid: str, number: int) -> LogId:
        if process == self.name:
            return 0
        # Never the same twice, on any process: in a shared Redis others can send an answer again that was for
        # another request.
        ask_id = secrets.randbits(_ASK_ID_BITS)
        answer: asyncio.Future[LogId] = asyncio.get_running_loop().create_future()
        self._requests[ask_id] = answer
        self._post(TakeoverRequest(self.name, ask_id, userid, number), process)
        try:
            # One that is silent may have something to give way with, too, but its answer may never come.
            async with asyncio.timeout(0 if self._is_silent(process) else WAIT_SECONDS):
                return await answer
        except TimeoutError:
            self.note_silence(process)
            return 0
        finally:
            del self._requests[ask_id]

    def _is_silent(self, process: str) -> bool:
        """Whether nothing comes from it any more. One that runs is heard of soon after this one has begun."""
        return self._active_at.get(process, self._began_at) + SILENT_SECONDS < self._clock()

    def on_message(self, takeover: Takeover, give_way: GiveWay) -> None:
        """Another process has sent this. `give_way` is NewestConnections.give_way."""
        if isinstance(takeover, TakeoverRequest):
            answering = asyncio.create_task(self._answer(takeover, give_way))
            self._answering.add(answering)
            answering.add_done_callback(self._answering.discard)
        else:
            self._take(takeover)

    def _take(self, answer: TakeoverReply) -> None:
        request = self._requests.get(answer.ask_id)
        if request and not request.done():
            request.set_result(answer.delivered_id)

    async def _answer(self, ask: TakeoverRequest, give_way: GiveWay) -> None:
        delivered_id = await give_way(ask.userid, ask.number)
        self._post(TakeoverReply(ask.ask_id, delivered_id), ask.asker)

    async def _number_all(self, userids: Collection[str]) -> Mapping[str, Numbered]:
        return await self._threads.mark(partial(login_numbers.number_logins, userids, self.name))
