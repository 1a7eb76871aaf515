"""Limits the conversions that run at once: each needs a place. Every kind of file has a queue, in which
callers take turns, and so have large pictures and voice messages, and avatars.

The queues are served in turn, and those of what takes long cannot occupy all places, so a small picture never
waits for a video, nor for somebody's photos as they come from the camera.
The places belong to the process: requests wait for them in an event loop, and threads that draw group
pictures wait for them too.
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

# A picture or a voice message with more bytes is large: it takes longer than most.
LARGE_BYTES = 256 * 1024
# The queue of these, and of avatars.
LARGE = "large"
SLOW = (LARGE, TaskKind.VIDEO, TaskKind.MOSAIC)
# Files of these kinds that are not large, and the seconds of a processor that one of them may take.
QUICK = (TaskKind.PICTURE, TaskKind.VOICE)
QUICK_SECONDS = 0.5


class Busy(Failed):
    """Too many files are being converted, and no place became free in time."""

    cause = Cause.BUSY


# What became of the uploads of this process: how many of each kind, by outcome.
outcomes: defaultdict[tuple[str, str], int] = defaultdict(int)


class Places:
    """A number of places in total, and a maximum for each kind. The `slow` kinds together leave one place to
    the others."""

    def __init__(self, total: int, most: Mapping[str, int], slow: Collection[str] = ()) -> None:
        self._free = total
        self._most = most
        self._slow = slow
        self._most_slow = total - 1
        self._taken: Counter[str] = Counter()
        # In the order of their turns.
        self._waiting: dict[str, Turns[Future[None]]] = {kind: Turns() for kind in most}
        self._lock = threading.Lock()

    def has_room(self, kind: str) -> bool:
        """Whether `take` would return at once."""
        if kind in self._slow and sum(self._taken[slow] for slow in self._slow) >= self._most_slow:
            return False
        return self._free > 0 and self._taken[kind] < self._most[kind]

    def waiting(self) -> dict[str, int]:
        """How many wait, of each kind."""
        return {kind: len(turns) for kind, turns in self._waiting.items()}

    async def take(self, kind: str, caller: Caller) -> None:
        """Wait for a place, in turn with the other callers. The caller must call `give_back` afterwards."""
        turn = self._ask(kind, caller)
        if turn.done():
            return
        try:
            await asyncio.wrap_future(turn)
        except asyncio.CancelledError:
            self._withdraw(kind, caller, turn)
            raise

    def take_in_thread(self, kind: str, caller: Caller) -> None:
        """As `take`, for a thread outside an event loop."""
        self._ask(kind, caller).result()

    def give_back(self, kind: str) -> None:
        """Give the place to the next who waits."""
        with self._lock:
            self._free += 1
            self._taken[kind] -= 1
            while self._free and (next_kind := self._next_kind()):
                self._give(next_kind, self._waiting[next_kind].take())

    def _ask(self, kind: str, caller: Caller) -> Future[None]:
        """A future that is done when a place is taken for it."""
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
            had_come = turn.done() and not turn.cancelled()
        if had_come:
            self.give_back(kind)

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


# The scope's key for the place that a request holds.
PLACE = "im66.place"


class ConversionSlot:
    """One of the process's places, held by a request for a file that is large or not."""

    def __init__(self, caller: Caller, *, is_large: bool) -> None:
        self._places = _places(settings.IM66.media_jobs)
        self._caller = caller
        self._is_large = is_large
        self._queue: str | None = None

    async def change(self, kind: TaskKind) -> None:
        """Hold a place for that kind instead. Raises Busy if none became free in time; then none is held."""
        queue = LARGE if self._is_large and kind in QUICK else kind
        if queue == self._queue:
            return
        self.give_back()
        try:
            async with asyncio.timeout(settings.IM66.media_wait_seconds):
                await self._places.take(queue, self._caller)
        except TimeoutError as error:
            outcomes[kind, "busy"] += 1
            raise Busy from error
        self._queue = queue

    def is_quick(self) -> bool:
        """Whether others wait for it who expect to wait for a moment only."""
        return self._queue in QUICK

    async def wait_among_large(self, kind: TaskKind) -> None:
        """The file, of that kind, takes long however few its bytes. Raises as `change`."""
        self._is_large = True
        await self.change(kind)

    def give_back(self) -> None:
        """Hold none. Giving back twice does no harm."""
        if self._queue is not None:
            self._places.give_back(self._queue)
            self._queue = None


def place_of(request: object) -> ConversionSlot | None:
    """The one that a request of Django's holds."""
    scope: Mapping[str, ConversionSlot] = getattr(request, "scope", {})
    return scope.get(PLACE)


@asynccontextmanager
async def place(kind: TaskKind, caller: Caller, *, is_large: bool = False) -> AsyncIterator[ConversionSlot]:
    """Holds one of the process's places. Raises Busy if none became free in time."""
    held = ConversionSlot(caller, is_large=is_large)
    await held.change(kind)
    try:
        yield held
    finally:
        held.give_back()


@contextmanager
def place_in_thread(kind: TaskKind) -> Iterator[None]:
    """The same for a thread outside an event loop. Waits without a limit."""
    places = _places(settings.IM66.media_jobs)
    places.take_in_thread(kind, ())
    try:
        yield
    finally:
        places.give_back(kind)


def waiting() -> dict[str, int]:
    """How many wait for a place of the process, in each queue."""
    return _places(settings.IM66.media_jobs).waiting()


@cache
def _places(jobs: int) -> Places:
    """The places of the process. The number of jobs does not change while it runs."""
    # A video occupies its place for a minute. No client waits for a group's picture.
    most: dict[str, int] = {
        TaskKind.VOICE: jobs,
        TaskKind.PICTURE: jobs,
        LARGE: jobs,
        TaskKind.VIDEO: max(1, jobs // 2),
        TaskKind.MOSAIC: 1,
    }
    # One beyond the jobs, so that no kind has all places; and one for what does not take long.
    return Places(jobs + 2, most, SLOW)
