"""The places of those who may convert: a queue for each kind of file, and turns among those who call.

Kinds are served in turn, and none can have all places: a small picture waits for no video. They are those of
the process: requests wait for them in an event loop, and whatever draws group pictures in a thread.
"""

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager
from functools import cache

from django.conf import settings

from accounts.callers import Caller
from accounts.turns import Turns
from uploads.worker.tasks import Kind


class Busy(Exception):
    """Too many files are being converted, and waiting did not help."""


class Places:
    """So many in all, and so many of them at most for each kind."""

    def __init__(self, total: int, most: Mapping[str, int]) -> None:
        self._free = total
        self._most = most
        self._taken: Counter[str] = Counter()
        # In the order in which their turn comes.
        self._waiting: dict[str, Turns[Future[None]]] = {kind: Turns() for kind in most}
        self._lock = threading.Lock()

    def has_room(self, kind: str) -> bool:
        """Whether `take` would not wait."""
        return self._free > 0 and self._taken[kind] < self._most[kind]

    async def take(self, kind: str, caller: Caller) -> None:
        """Wait for a place, in turn with the other callers. To be followed by `give_back`."""
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
        """Leave a place to whoever is next."""
        with self._lock:
            self._free += 1
            self._taken[kind] -= 1
            while self._free and (next_kind := self._next_kind()):
                self._give(next_kind, self._waiting[next_kind].take())

    def _ask(self, kind: str, caller: Caller) -> Future[None]:
        """Done when there is a place for it."""
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
        # One that was cancelled in this step of its loop is still in the queue.
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


@asynccontextmanager
async def place(kind: Kind, caller: Caller) -> AsyncIterator[None]:
    """One of the process's places. Raises Busy after waiting for it in vain."""
    places = _places(settings.IM66.media_jobs)
    try:
        async with asyncio.timeout(settings.IM66.media_wait_seconds):
            await places.take(kind, caller)
    except TimeoutError as error:
        raise Busy from error
    try:
        yield
    finally:
        places.give_back(kind)


@contextmanager
def place_in_thread(kind: Kind) -> Iterator[None]:
    """The same for a thread outside an event loop, which waits however long it takes."""
    places = _places(settings.IM66.media_jobs)
    places.take_in_thread(kind, ())
    try:
        yield
    finally:
        places.give_back(kind)


@cache
def _places(jobs: int) -> Places:
    """Those of the process. While it runs, the number of jobs stays the same."""
    # A video keeps its place for a minute. For a group's picture no client waits.
    most: dict[str, int] = {
        Kind.VOICE: jobs,
        Kind.PICTURE: jobs,
        Kind.VIDEO: max(1, jobs // 2),
        Kind.MOSAIC: 1,
    }
    return Places(jobs + 1, most)
