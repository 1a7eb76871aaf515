"""Sends the queued pushes of all providers."""

import asyncio
import logging
import time
from collections.abc import Iterable
from functools import partial
from typing import NamedTuple

from chat.delivery.loop.threads import DatabaseThreads
from notifications.client import SECONDS, Client, NotSent, RequestFailed
from notifications.exchange import EndpointAnswer
from notifications.figures import COUNTS
from notifications.providers import Verdict
from notifications.sending import push_queue, queue
from notifications.sending.lanes import PROMPT_SECONDS, Attempt, AttemptEnd, Crowded, Lanes
from notifications.sending.pace import give_way, wait_for_outcomes
from notifications.sending.push_queue import MAX_WALK_LANES, DuePush, PushOutcome

logger = logging.getLogger(__name__)

# The interval of checks for due pushes while no attempt ends.
POLL_SECONDS = 0.5
# The longest rest of a failing lane.
MAX_REST_SECONDS = 60.0


class _FinishedAttempt(NamedTuple):
    attempt: Attempt
    due: DuePush
    answer: EndpointAnswer | None
    end: AttemptEnd
    problem: str = ""


class Pushes:
    """The sender of pushes. Its owner calls `turn` repeatedly."""

    def __init__(self, threads: DatabaseThreads) -> None:
        self._threads = threads
        self._lanes: Lanes | None = None
        # Two clients, so that a healthy host does not wait for a hanging name lookup.
        self._fast, self._slow = Client(), Client()
        self._under_way: dict[asyncio.Task[_FinishedAttempt], int] = {}
        self._outcomes: list[PushOutcome] = []
        self._walked_to = ""
        self._walk_at = 0.0

    async def turn(self) -> None:
        """Store the outcomes of finished attempts, begin others, and wait until one ends."""
        lanes = self._lanes = self._lanes or await self._make_lanes()
        ended_slow = self._collect(lanes)
        await self._store()
        begun = await self._begin_healthy(lanes) + await self._begin_slow(lanes, at_once=ended_slow > 0)
        COUNTS.lanes = lanes.counts()
        await give_way(begun)
        if self._under_way:
            await wait_for_outcomes(self._under_way, POLL_SECONDS)
        else:
            await asyncio.sleep(POLL_SECONDS)

    def close(self) -> None:
        for task in self._under_way:
            task.cancel()
        self._fast.close()
        self._slow.close()
        COUNTS.lanes = {}

    async def _make_lanes(self) -> Lanes:
        lanes = Lanes(time.monotonic, _rest_seconds)
        lanes.mark_known_hosts(await self._threads.follow(push_queue.known_hosts))
        return lanes

    def _collect(self, lanes: Lanes) -> int:
        """Collect the outcomes of finished attempts. Return the number of slow attempts that were made."""
        ended_slow = 0
        for task in [task for task in self._under_way if task.done()]:
            del self._under_way[task]
            attempt, due, answer, end, problem = task.result()
            is_healthy = lanes.end(attempt, end)
            COUNTS.attempts["fast" if attempt.is_fast else "slow", end.value] += 1
            if end is not AttemptEnd.CROWDED:
                outcome = PushOutcome(due, answer, is_healthy, problem)
                self._outcomes.append(outcome)
                result = "failed" if outcome.answer is None else _RESULTS[outcome.verdict]
                COUNTS.pushes[due.provider.name, result] += 1
                COUNTS.seconds[due.provider.name].count(int((time.monotonic() - attempt.began) * 1000))
                ended_slow += not attempt.is_fast
        return ended_slow

    async def _store(self) -> None:
        """Store the collected outcomes. If the database fails, they are stored in the next turn."""
        if self._outcomes:
            await self._threads.follow(partial(push_queue.store, self._outcomes))
            self._outcomes = []

    async def _begin_healthy(self, lanes: Lanes) -> int:
        """Begin attempts at healthy hosts. Return their number."""
        all_begun = 0
        while (room_by_lane := lanes.healthy()) and (most := lanes.free_healthy):
            busy, people = list(self._under_way.values()), lanes.full_people()
            take_due = partial(push_queue.take_due_pushes, room_by_lane, most=most, busy=busy, people=people)
            due = await self._threads.follow(take_due)
            begun = self._begin_attempts(lanes, due)
            all_begun += begun
            if begun in (0, len(due)):
                break
            # Some people had too many attempts running. Others may have due pushes in these lanes.
        return all_begun

    async def _begin_slow(self, lanes: Lanes, *, at_once: bool) -> int:
        """Begin attempts in the next portion of lanes, every POLL_SECONDS or `at_once`. Return their
        number."""
        now = time.monotonic()
        if not lanes.free_slow or not (at_once or now >= self._walk_at):
            return 0
        self._walk_at = now + POLL_SECONDS
        lanes_of_turn = await self._threads.follow(partial(push_queue.lanes_after, self._walked_to))
        self._walked_to = lanes_of_turn[-1] if len(lanes_of_turn) == MAX_WALK_LANES else ""
        may_try = [lane for lane in lanes_of_turn if lanes.may_try(lane)]
        busy, people = list(self._under_way.values()), lanes.slow_people()
        heads = await self._threads.follow(partial(push_queue.longest_due, may_try, busy=busy, people=people))
        # One push per person, people with the fewest failures first.
        of_person = {person: id_ for id_, person in reversed(heads)}
        people = sorted(of_person, key=lanes.failures_of)[: 2 * lanes.free_slow]
        due_pushes = await self._threads.follow(
            partial(push_queue.read_due_pushes, [of_person[person] for person in people])
        )
        return self._begin_attempts(
            lanes, sorted(due_pushes, key=lambda due: lanes.failures_of(due.delivery.key))
        )

    def _begin_attempts(self, lanes: Lanes, due: Iterable[DuePush]) -> int:
        """Begin the attempts for which there is a free place. Return their number."""
        begun = 0
        for push in due:
            attempt = lanes.start(push.delivery.lane, push.delivery.key)
            if attempt:
                task = asyncio.create_task(self._attempt(lanes, attempt, push))
                self._under_way[task] = push.delivery.pk
                begun += 1
                if attempt.is_fast:
                    COUNTS.waited.count(max(0, int((time.time() - push.delivery.due_at) * 1000)))
        return begun

    async def _attempt(self, lanes: Lanes, attempt: Attempt, due: DuePush) -> _FinishedAttempt:
        client, seconds = (self._fast, PROMPT_SECONDS) if attempt.is_fast else (self._slow, SECONDS)
        try:
            async with asyncio.timeout(seconds):
                request = await due.provider.authorized(due.request, client)
            answer = await client.send(request, seconds, partial(lanes.connect, attempt))
            due.provider.on_answer(answer)
        except (Crowded, NotSent):
            return _FinishedAttempt(attempt, due, None, AttemptEnd.CROWDED)
        except TimeoutError:
            return _FinishedAttempt(
                attempt, due, None, AttemptEnd.FAILED, f"no access token within {seconds:.0f} seconds"
            )
        except Exception as error:
            level = logging.DEBUG if isinstance(error, RequestFailed) else logging.ERROR
            logger.log(level, "A push has not arrived: %s", error)
            return _FinishedAttempt(attempt, due, None, AttemptEnd.FAILED, str(error))
        is_host_failing = due.provider.concerns_host(answer)
        return _FinishedAttempt(
            attempt, due, answer, AttemptEnd.FAILED if is_host_failing else AttemptEnd.ANSWERED
        )


_RESULTS = {Verdict.ARRIVED: "sent", Verdict.AGAIN: "refused", Verdict.GONE: "dead"}


def _rest_seconds(failures: int) -> float:
    return min(MAX_REST_SECONDS, queue.retry_delay(failures))
