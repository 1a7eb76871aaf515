"""The places of those who may convert: a queue for each kind of file, and turns among those who call.

Kinds are served in turn, and none can have all places: a small picture waits for no video.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from weakref import WeakKeyDictionary

from django.conf import settings

from accounts.turns import Turns
from uploads.callers import Caller
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
        self._waiting: dict[str, Turns[asyncio.Future[None]]] = {kind: Turns() for kind in most}

    def has_room(self, kind: str) -> bool:
        """Whether `take` would not wait."""
        return self._free > 0 and self._taken[kind] < self._most[kind]

    async def take(self, kind: str, caller: Caller) -> None:
        """Wait for a place, in turn with the other callers. To be followed by `give_back`."""
        if self.has_room(kind):
            self._give(kind)
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[kind].add(caller, turn)
        try:
            await turn
        except asyncio.CancelledError:
            self._waiting[kind].remove(caller, turn)
            if not turn.cancelled():  # its turn had come
                self.give_back(kind)
            raise

    def give_back(self, kind: str) -> None:
        """Leave a place to whoever is next."""
        self._free += 1
        self._taken[kind] -= 1
        while self._free and (next_kind := self._next_kind()):
            turn = self._waiting[next_kind].take()
            # One that was cancelled in this step of the loop is still in the queue.
            if not turn.done():
                self._give(next_kind)
                turn.set_result(None)

    def _give(self, kind: str) -> None:
        self._free -= 1
        self._taken[kind] += 1

    def _next_kind(self) -> str | None:
        for kind, waiting in self._waiting.items():
            if waiting and self.has_room(kind):
                self._waiting[kind] = self._waiting.pop(kind)
                return kind
        return None


_places: WeakKeyDictionary[asyncio.AbstractEventLoop, Places] = WeakKeyDictionary()


@asynccontextmanager
async def place(kind: Kind, caller: Caller) -> AsyncIterator[None]:
    """One of the event loop's places. Raises Busy after waiting for it in vain."""
    loop = asyncio.get_running_loop()
    places = _places.get(loop) or _places.setdefault(loop, _configured())
    try:
        async with asyncio.timeout(None if places.has_room(kind) else settings.IM66_MEDIA_WAIT_SECONDS):
            await places.take(kind, caller)
    except TimeoutError as error:
        raise Busy from error
    try:
        yield
    finally:
        places.give_back(kind)


def _configured() -> Places:
    jobs: int = settings.IM66_MEDIA_JOBS
    # A video keeps its place for a minute.
    most: dict[str, int] = {Kind.VOICE: jobs, Kind.PICTURE: jobs, Kind.VIDEO: max(1, jobs // 2)}
    return Places(jobs + 1, most)
