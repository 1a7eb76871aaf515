"""Limits the number of concurrent conversions: each needs a slot. Every kind of file has a queue, in which
callers take turns. Large pictures, large voice messages and avatars share a further queue.

The queues are served in turn, and the queues of slow tasks cannot occupy all slots. So a small picture never
waits for a video, nor for somebody's unreduced photos. The slots belong to the process: requests wait for
them in an event loop, and threads that draw group pictures wait for them too.
"""

import asyncio
import threading
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager
from functools import cache

from django.conf import settings

from accounts.codes import Cause, Failed
from accounts.limits.callers import Caller
from accounts.limits.turns import Turns
from uploads.worker.tasks import TaskKind

# A picture or a voice message with more bytes is large: its conversion takes longer than most.
LARGE_BYTES = 256 * 1024
# The queue of large pictures and voice messages, and of avatars.
LARGE_QUEUE = "large"
SLOW_QUEUES = (LARGE_QUEUE, TaskKind.VIDEO, TaskKind.MOSAIC)
# The kinds that are quick unless they are large, and the processor time that a quick conversion may take.
QUICK_KINDS = (TaskKind.PICTURE, TaskKind.VOICE)
QUICK_SECONDS = 0.5


class Busy(Failed):
    """No conversion slot became free in time."""

    cause = Cause.BUSY


# The number of uploads of this process by kind and outcome.
outcomes: defaultdict[tuple[str, str], int] = defaultdict(int)


class Slots:
    """A total number of slots, and a maximum for each kind. The `slow` kinds together leave one slot free."""

    def __init__(self, total: int, maximums: Mapping[str, int], slow: Collection[str] = ()) -> None:
        self._free = total
        self._maximums = maximums
        self._slow = slow
        self._max_slow = total - 1
        self._taken: Counter[str] = Counter()
        # In the order in which the kinds have their turns.
        self._waiting: dict[str, Turns[Future[None]]] = {kind: Turns() for kind in maximums}
        self._lock = threading.Lock()

    def has_room(self, kind: str) -> bool:
        """Return whether `acquire` would return without waiting."""
        if kind in self._slow and sum(self._taken[slow] for slow in self._slow) >= self._max_slow:
            return False
        return self._free > 0 and self._taken[kind] < self._maximums[kind]

    def waiting_counts(self) -> dict[str, int]:
        """Return the number of waiting tasks by kind."""
        return {kind: len(turns) for kind, turns in self._waiting.items()}

    async def acquire(self, kind: str, caller: Caller) -> None:
        """Wait for a slot, in turn with other callers. The caller must call `release` afterwards."""
        turn = self._request(kind, caller)
        if turn.done():
            return
        try:
            await asyncio.wrap_future(turn)
        except asyncio.CancelledError:
            self._withdraw(kind, caller, turn)
            raise

    def acquire_in_thread(self, kind: str, caller: Caller) -> None:
        """Like `acquire`, for a thread outside an event loop."""
        self._request(kind, caller).result()

    def release(self, kind: str) -> None:
        """Give the slot to the next waiting task."""
        with self._lock:
            self._free += 1
            self._taken[kind] -= 1
            while self._free and (next_kind := self._next_kind()):
                self._give(next_kind, self._waiting[next_kind].take())

    def _request(self, kind: str, caller: Caller) -> Future[None]:
        """Return a future that is done when a slot is assigned to it."""
        turn: Future[None] = Future()
        with self._lock:
            if self.has_room(kind):
                self._give(kind, turn)
            else:
                self._waiting[kind].add(caller, turn)
        return turn

    def _withdraw(self, kind: str, caller: Caller, turn: Future[None]) -> None:
        with self._lock:
            self._waiting[kind].remove(caller, turn)
            had_slot = turn.done() and not turn.cancelled()
        if had_slot:
            self.release(kind)

    def _give(self, kind: str, turn: Future[None]) -> None:
        # A turn that was cancelled in this step of its loop is still in the queue.
        if turn.set_running_or_notify_cancel():
            self._free -= 1
            self._taken[kind] += 1
            turn.set_result(None)

    def _next_kind(self) -> str | None:
        for kind, waiting in self._waiting.items():
            if waiting and self.has_room(kind):
                self._waiting[kind] = self._waiting.pop(kind)
                return kind
        return None


# The key of the ASGI scope for the slot that a request holds.
SLOT = "im66.conversion_slot"


class ConversionSlot:
    """One of the process's slots, held by a request for the conversion of one file."""

    def __init__(self, caller: Caller, *, is_large: bool) -> None:
        self._slots = _slots(settings.IM66.media_jobs)
        self._caller = caller
        self._is_large = is_large
        self._queue: str | None = None

    async def change(self, kind: TaskKind) -> None:
        """Exchange the slot for one of that kind. If none becomes free in time, raise Busy and hold none."""
        queue = LARGE_QUEUE if self._is_large and kind in QUICK_KINDS else kind
        if queue == self._queue:
            return
        self.release()
        try:
            async with asyncio.timeout(settings.IM66.media_wait_seconds):
                await self._slots.acquire(queue, self._caller)
        except TimeoutError as error:
            outcomes[kind, "busy"] += 1
            raise Busy from error
        self._queue = queue

    def is_quick(self) -> bool:
        """Return whether the slot is in a queue of quick conversions."""
        return self._queue in QUICK_KINDS

    async def move_to_large_queue(self, kind: TaskKind) -> None:
        """Treat the file as large, because its conversion takes long despite its few bytes. Raises Busy."""
        self._is_large = True
        await self.change(kind)

    def release(self) -> None:
        """Release the slot, if one is held."""
        if self._queue is not None:
            self._slots.release(self._queue)
            self._queue = None


def slot_of(request: object) -> ConversionSlot | None:
    """Return the conversion slot that a Django request holds."""
    scope: Mapping[str, ConversionSlot] = getattr(request, "scope", {})
    return scope.get(SLOT)


@asynccontextmanager
async def conversion_slot(
    kind: TaskKind, caller: Caller, *, is_large: bool = False
) -> AsyncIterator[ConversionSlot]:
    """Hold a conversion slot inside the block. Raises Busy if none becomes free in time."""
    slot = ConversionSlot(caller, is_large=is_large)
    await slot.change(kind)
    try:
        yield slot
    finally:
        slot.release()


@contextmanager
def conversion_slot_in_thread(kind: TaskKind) -> Iterator[None]:
    """Like `conversion_slot`, for a thread outside an event loop. Waits without a time limit."""
    slots = _slots(settings.IM66.media_jobs)
    slots.acquire_in_thread(kind, ())
    try:
        yield
    finally:
        slots.release(kind)


def waiting_counts() -> dict[str, int]:
    """Return the number of waiting conversions by queue."""
    return _slots(settings.IM66.media_jobs).waiting_counts()


@cache
def _slots(jobs: int) -> Slots:
    """Return the slots of the process. The number of jobs does not change while it runs."""
    # A video occupies its slot for up to a minute. No client waits for a group's picture.
    maximums: dict[str, int] = {
        TaskKind.VOICE: jobs,
        TaskKind.PICTURE: jobs,
        LARGE_QUEUE: jobs,
        TaskKind.VIDEO: max(1, jobs // 2),
        TaskKind.MOSAIC: 1,
    }
    # One more slot than jobs, so that no kind has all slots, and one more for quick conversions.
    return Slots(jobs + 2, maximums, SLOW_QUEUES)
