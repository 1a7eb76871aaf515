"""Takeovers between processes: numbers logins, and requests other processes to give way."""

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
from chat.login_numbers import NumberedLogin
from log.rows import LogId

logger = logging.getLogger(__name__)

# Every JSON implementation represents integers of this many bits exactly.
_ASK_ID_BITS = 53

# A process that has sent nothing for this long counts as gone or too slow, and is not waited for.
SILENT_SECONDS = 2 * BEAT_SECONDS + 1.0

GiveWay = Callable[[str, int], Awaitable[LogId]]


class Processes:
    """The other processes; implements newest.OtherProcesses.

    `name`: the name of this process. `post(takeover, process)` sends a message to another process, if there
    is any.
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
        self._numbers: Batcher[str, NumberedLogin] = Batcher(self._number_all)
        self._requests: dict[int, asyncio.Future[LogId]] = {}
        self._answering: set[asyncio.Task[None]] = set()
        # When each process sent its last message.
        self._active_at: dict[str, float] = {}
        self._began_at = clock()

    def note_activity(self, process: str) -> None:
        """Note that the process has sent a message."""
        self._active_at[process] = self._clock()

    def note_silence(self, process: str) -> None:
        """Note that the process does not reply until it has sent another message."""
        self._active_at[process] = float("-inf")

    async def number(self, userid: str) -> NumberedLogin:
        return await self._numbers.load(userid)

    async def numbers_elsewhere(self, userids: Collection[str]) -> Mapping[str, int]:
        return await self._threads.read(partial(login_numbers.numbers_on_other_processes, userids, self.name))

    async def request_takeover(self, process: str, userid: str, number: int) -> LogId:
        if process == self.name:
            return 0
        # Random, so that no id is used twice: in a shared Redis, others can replay the reply to another
        # request.
        ask_id = secrets.randbits(_ASK_ID_BITS)
        answer: asyncio.Future[LogId] = asyncio.get_running_loop().create_future()
        self._requests[ask_id] = answer
        self._post(TakeoverRequest(self.name, ask_id, userid, number), process)
        try:
            # A silent process gets the request too, but its reply may never come.
            async with asyncio.timeout(0 if self._is_silent(process) else WAIT_SECONDS):
                return await answer
        except TimeoutError:
            self.note_silence(process)
            return 0
        finally:
            del self._requests[ask_id]

    def _is_silent(self, process: str) -> bool:
        """Return whether the process has sent nothing for SILENT_SECONDS. A running process sends something
        soon after this process has started."""
        return self._active_at.get(process, self._began_at) + SILENT_SECONDS < self._clock()

    def on_message(self, takeover: Takeover, give_way: GiveWay) -> None:
        """Handle a message of another process. `give_way` is NewestConnections.give_way."""
        if isinstance(takeover, TakeoverRequest):
            answering = asyncio.create_task(self._answer(takeover, give_way))
            self._answering.add(answering)
            answering.add_done_callback(self._answering.discard)
        else:
            self._on_reply(takeover)

    def _on_reply(self, reply: TakeoverReply) -> None:
        request = self._requests.get(reply.ask_id)
        if request and not request.done():
            request.set_result(reply.delivered_id)

    async def _answer(self, request: TakeoverRequest, give_way: GiveWay) -> None:
        delivered_id = await give_way(request.userid, request.number)
        self._post(TakeoverReply(request.ask_id, delivered_id), request.asker)

    async def _number_all(self, userids: Collection[str]) -> Mapping[str, NumberedLogin]:
        return await self._threads.mark(partial(login_numbers.number_logins, userids, self.name))
