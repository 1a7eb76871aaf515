"""Messages on their way: one after the other, each until the server has it or refuses it."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any

from im66_client.failure import Failure

# A message that may succeed later is tried again after so many seconds, if the server does not say.
AGAIN_SECONDS = 2.0
MAX_WAITING = 1000

Message = dict[str, Any]
Send = Callable[[Message], Awaitable[Any]]


class Outbox:
    """`pending`: what the server may not have yet, by its cid."""

    def __init__(self) -> None:
        self.pending: OrderedDict[str, Message] = OrderedDict()
        self._results: dict[str, asyncio.Future[Any]] = {}
        self._filled = asyncio.Event()

    def add(self, message: Message) -> "asyncio.Future[Any]":
        """What the server answers, later. Raises Failure if too much waits."""
        if len(self.pending) >= MAX_WAITING:
            raise Failure("queue_full", f"{MAX_WAITING} messages wait already.")
        cid = message["cid"]
        self.pending[cid] = message
        self._filled.set()
        return self._results.setdefault(cid, asyncio.get_running_loop().create_future())

    async def send_all(self, send: Send) -> None:
        """Send what waits and what comes, until cancelled."""
        while True:
            while self.pending:
                await self._send_first(send)
            self._filled.clear()
            await self._filled.wait()

    async def _send_first(self, send: Send) -> None:
        cid, message = next(iter(self.pending.items()))
        try:
            answer = await send(message)
        except Failure as failure:
            if failure.is_passing:
                await asyncio.sleep(failure.retry or AGAIN_SECONDS)
            else:
                self._settle(cid, failure)
        else:
            self._settle(cid, answer)

    def fail(self, failure: Failure) -> None:
        """Raise this in all waiting calls. The messages stay `pending`."""
        for result in self._results.values():
            if not result.done():
                result.set_exception(failure)
        self._results.clear()

    def _settle(self, cid: str, answer: Any) -> None:
        self.pending.pop(cid, None)
        result = self._results.pop(cid, None)
        if result is None or result.done():
            return
        if isinstance(answer, Failure):
            result.set_exception(answer)
        else:
            result.set_result(answer)
