"""Sends deliveries to one endpoint. Each endpoint has its own worker, so that no endpoint delays another."""

import asyncio
import time
from functools import partial
from typing import NamedTuple

from chat.delivery.loop.threads import DatabaseThreads
from notifications.client import Client, RequestFailed
from notifications.models import Endpoint
from notifications.providers import Verdict
from notifications.providers.webhook import endpoint_provider
from notifications.sending import queue
from notifications.sending.pace import give_way, wait_for_outcomes
from notifications.sending.queue import DeliveryFailure, DeliveryOutcome, Lane

# Concurrent requests to an endpoint.
MAX_CONCURRENT_LANES = 8
POLL_SECONDS = 0.5
# The longest pause between the attempts at a failing endpoint, which gets one request at a time.
LONGEST_PAUSE_SECONDS = 60.0


class _LaneInFlight(NamedTuple):
    key: str
    began: float


class Worker:
    """The worker of one endpoint. Its owner calls `turn` repeatedly."""

    def __init__(self, endpoint: Endpoint, threads: DatabaseThreads) -> None:
        self._endpoint = endpoint
        self._threads = threads
        self._client = Client()
        self._under_way: dict[asyncio.Task[DeliveryOutcome], _LaneInFlight] = {}
        self._outcomes: list[DeliveryOutcome] = []
        self._next_key = ""
        # The number of failures in a row, and the time of the last outcome.
        self._failures = 0
        self._outcome_at = 0.0

    async def turn(self) -> None:
        """Store the outcomes of finished requests, begin requests in free lanes, and wait until some end. A
        slow request does not delay other lanes."""
        has_failed = self._collect()
        await self._store()
        if has_failed and not self._under_way:
            await asyncio.sleep(min(LONGEST_PAUSE_SECONDS, queue.retry_delay(self._failures)))
        begun = await self._begin()
        if self._under_way:
            await wait_for_outcomes(self._under_way, POLL_SECONDS)
            await give_way(begun)
        else:
            await asyncio.sleep(POLL_SECONDS)

    def close(self) -> None:
        for task in self._under_way:
            task.cancel()
        self._client.close()

    async def _begin(self) -> int:
        """Begin lanes of due deliveries. Return the maximal number of their requests."""
        free = (1 if self._failures else MAX_CONCURRENT_LANES) - len(self._under_way)
        if free <= 0:
            return 0
        busy = [sending.key for sending in self._under_way.values()]
        take_due = partial(queue.take_due, self._endpoint, free, busy, self._next_key)
        lanes, self._next_key = await self._threads.follow(take_due)
        for lane in lanes:
            sending = _LaneInFlight(lane[0][0].key, time.monotonic())
            self._under_way[asyncio.create_task(self._send(lane))] = sending
        return sum(map(len, lanes))

    def _collect(self) -> bool:
        """Collect the outcomes of finished lanes. Return whether the endpoint's failures have increased."""
        before = self._failures
        for task in [task for task in self._under_way if task.done()]:
            sending, outcome = self._under_way.pop(task), task.result()
            self._outcomes.append(outcome)
            if outcome.arrived or not outcome.failed:
                self._failures, self._outcome_at = 0, time.monotonic()
            elif sending.began >= self._outcome_at:
                # Lanes that began before the last outcome do not count, so concurrent failures count once.
                self._failures, self._outcome_at = self._failures + 1, time.monotonic()
        return self._failures > before

    async def _store(self) -> None:
        """Store the collected outcomes. If the database fails, they are stored in the next turn."""
        if self._outcomes:
            await self._threads.follow(partial(queue.store, self._outcomes))
            self._outcomes = []

    async def _send(self, lane: Lane) -> DeliveryOutcome:
        """Send in order until the first failure. The rest of the lane stays due."""
        arrived: list[int] = []
        void: list[int] = []
        for delivery, request in lane:
            if request is None:  # what the event is about is gone, so there is nothing to send
                void.append(delivery.pk)
                continue
            try:
                answer = await self._client.send(request)
            except RequestFailed as failed:
                return DeliveryOutcome(arrived, DeliveryFailure(delivery, str(failed)), void)
            if endpoint_provider(self._endpoint).judge(answer) is not Verdict.ARRIVED:
                problem = f"answered {answer.status}"
                return DeliveryOutcome(arrived, DeliveryFailure(delivery, problem, answer.retry_after), void)
            arrived.append(delivery.pk)
        return DeliveryOutcome(arrived, void=void)
