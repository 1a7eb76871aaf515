"""Sends to one endpoint. Each has a worker of its own, so that none waits for another."""

import asyncio
from functools import partial

from chat.delivery.threads import DatabaseThreads
from notifications.models import Endpoint
from notifications.sending import queue
from notifications.sending.client import Client, Failed
from notifications.sending.pace import give_way
from notifications.sending.queue import Failure, Lane, Outcome

# So many requests at once.
LANES = 8
LOOK_SECONDS = 0.5
# If nothing arrives any more, the endpoint is tried by one request after at most this time.
LONGEST_PAUSE_SECONDS = 60.0


class Worker:
    """`turn` is to be called again and again."""

    def __init__(self, endpoint: Endpoint, threads: DatabaseThreads) -> None:
        self._endpoint = endpoint
        self._threads = threads
        self._client = Client()
        # How many turns in a row nothing has arrived.
        self._failures = 0

    async def turn(self) -> None:
        """Send some of what is due, or wait."""
        lanes = await self._threads.follow(partial(queue.take, self._endpoint, self._lanes))
        if not lanes:
            await asyncio.sleep(LOOK_SECONDS)
            return
        outcomes = await asyncio.gather(*map(self._send, lanes))
        await self._threads.follow(partial(queue.store, self._endpoint, outcomes))
        self._failures = 0 if any(outcome.arrived for outcome in outcomes) else self._failures + 1
        await give_way(sum(map(len, lanes)))
        if self._failures:
            await asyncio.sleep(min(LONGEST_PAUSE_SECONDS, queue.pause(self._failures)))

    def close(self) -> None:
        self._client.close()

    @property
    def _lanes(self) -> int:
        return 1 if self._failures else LANES

    async def _send(self, lane: Lane) -> Outcome:
        arrived: list[int] = []
        for delivery, request in lane:
            if request is not None:
                try:
                    answer = await self._client.send(request)
                except Failed as failed:
                    return Outcome(arrived, Failure(delivery, str(failed)))
                if not answer.is_good:
                    problem = f"answered {answer.status}"
                    return Outcome(arrived, Failure(delivery, problem, answer.retry_after))
            arrived.append(delivery.pk)
        return Outcome(arrived)
