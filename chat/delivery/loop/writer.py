"""Group commit: the messages that many connections send at once go into the log in one transaction."""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from itertools import islice
from sys import getsizeof
from typing import NamedTuple

from django.db import IntegrityError, InterfaceError, OperationalError

from accounts.codes import Cause
from accounts.figures import Histogram
from chat.delivery.loop.hub import Hub
from chat.delivery.loop.threads import DatabaseThreads
from chat.delivery.loop.write_rights import KnownPairs
from log import appending
from log.appending import Stored
from log.pairs import Pair
from log.rejections import Rejection
from log.rows import Entry, LogId

logger = logging.getLogger(__name__)

BATCH_DRAFTS = 500
# A batch takes no more in memory, unless a single draft does: everybody waits for it.
BATCH_BYTES = 768 * 1024
# The limit on what waits in memory. Above it, `put` waits until some of it is written.
QUEUE_BYTES = 8 * 1024 * 1024
# Counted for each draft besides its text, so that many small ones are limited too.
DRAFT_BYTES = 1024
# How many people are remembered.
RECIPIENTS = 100_000


# What became of a draft: its row, or why there is none.
Outcome = Stored | Rejection


class _Waiting(NamedTuple):
    draft: appending.Draft
    known_at: LogId | None
    written: "asyncio.Future[Outcome]"
    # What it takes in memory.
    weight: int


def _accept() -> None:
    pass


class LogWriter:
    """The only writer of an event loop. The drafts of one sender are written in the order in which they were
    put. `on_lost_rows(last, applied)`: a batch was appended after the row `last`, though the hub had applied
    the later row `applied`."""

    def __init__(
        self,
        threads: DatabaseThreads,
        hub: Hub,
        on_lost_rows: Callable[[LogId, LogId], Awaitable[None]],
    ) -> None:
        self._on_lost_rows = on_lost_rows
        self._threads = threads
        self._hub = hub
        self._loop = asyncio.get_running_loop()
        self._queue: deque[_Waiting] = deque()
        self._weight = 0
        self._arrived = asyncio.Event()
        self._has_room = asyncio.Event()
        self._has_room.set()
        # Set while nothing is queued, nor on its way into the log.
        self._is_idle = asyncio.Event()
        self._is_idle.set()
        # Since when a batch is on its way into the log, by the loop's clock; None if there is none.
        self.writing_since: float | None = None
        # How many microseconds each batch took.
        self.micros = Histogram()
        # People to whom messages were written before, and who therefore exist.
        self._recipients: set[str] = set()
        # Senders and recipients who have a conversation, and could reach each other when they were looked up.
        self._pairs = KnownPairs()
        hub.on_block.append(self._pairs.forget)
        hub.on_leaving.append(lambda _: self._pairs.forget_guarded())

    @property
    def waiting(self) -> int:
        """How many drafts are queued."""
        return len(self._queue)

    @property
    def waiting_bytes(self) -> int:
        """What these take in memory, and those that are on their way into the log."""
        return self._weight

    def knows(self, pair: Pair) -> bool:
        """Whether this sender is known to reach this recipient. Most others do, too."""
        return pair in self._pairs

    async def put(
        self, draft: appending.Draft, known_at: LogId | None, check: Callable[[], None] = _accept
    ) -> "asyncio.Future[Outcome]":
        """Queue `draft`; waits while the queue is full. The future returns the row once it is committed, or
        why there is none; it raises nothing.

        `known_at`: the id at which the hub knew that the sender is a member, None if it did not know.
        `check()` is called directly before the draft is queued; what it raises, is raised. It must know of
        every row that the hub has applied.
        """
        while not self.has_room:  # others who waited may have filled it again
            await self._has_room.wait()
        check()
        return self.put_now(draft, known_at)

    @property
    def has_room(self) -> bool:
        """Whether `put_now` may be called."""
        return self._weight < QUEUE_BYTES

    def put_now(self, draft: appending.Draft, known_at: LogId | None) -> "asyncio.Future[Outcome]":
        """The same without waiting, if the queue has room and the sender may write now."""
        weight = sum(map(getsizeof, (draft.content, draft.extension, draft.details)), DRAFT_BYTES)
        written: asyncio.Future[Outcome] = self._loop.create_future()
        self._queue.append(_Waiting(draft, known_at, written, weight))
        self._weigh(weight)
        self._arrived.set()
        self._is_idle.clear()
        return written

    async def run(self) -> None:
        """Write what is put, until cancelled."""
        clock = self._loop.time
        while True:
            await self._arrived.wait()
            batch = self._take()
            self.writing_since = began = clock()
            await self._write(batch)
            self.writing_since = None
            self.micros.count(int((clock() - began) * 1_000_000))
            self._weigh(-sum(waiting.weight for waiting in batch))
            del batch  # it may be large, and the next one may come much later
            if not self._queue:
                self._is_idle.set()

    async def drain(self) -> None:
        """Return when everything that was put is written or refused."""
        await self._is_idle.wait()

    def _take(self) -> list[_Waiting]:
        """The next batch: everything, as is usual, or as much as fits."""
        if len(self._queue) <= BATCH_DRAFTS and self._weight <= BATCH_BYTES:
            batch = list(self._queue)
            self._queue.clear()
            self._arrived.clear()
            return batch
        batch = _fair_batch(self._queue)
        taken = set(map(id, batch))
        self._queue = deque(waiting for waiting in self._queue if id(waiting) not in taken)
        return batch

    def _weigh(self, change: int) -> None:
        self._weight += change
        if self._weight < QUEUE_BYTES:
            self._has_room.set()
        else:
            self._has_room.clear()

    async def _write(self, batch: list[_Waiting]) -> None:
        changes, applied = self._pairs.changes, self._hub.cursor
        try:
            appended = await self._threads.write(
                partial(
                    appending.append,
                    [waiting.draft for waiting in batch],
                    checked_at=self._checked_at(batch),
                    known=self._recipients,
                    known_pairs=self._pairs,
                )
            )
        except appending.NoSpace:
            # Not logged: the lack of room was logged once, however many messages come.
            for waiting in batch:
                _settle(waiting, Rejection(Cause.NO_SPACE))
        except Exception as error:
            await self._recover(batch, error)
        else:
            if appended.batch.previous < applied:
                await self._on_lost_rows(appended.batch.previous, applied)
            # Otherwise the log may have told of a block after the pairs were looked up.
            self._remember(appended, with_pairs=changes == self._pairs.changes)
            for waiting, outcome in zip(batch, appended.outcomes, strict=True):
                _settle(waiting, outcome)

    def _remember(self, appended: appending.Appended, *, with_pairs: bool) -> None:
        if len(self._recipients) >= RECIPIENTS:
            self._recipients.clear()
        for row in appended.batch.rows:
            if isinstance(row, Entry) and isinstance(row.to, str):
                self._recipients.add(row.to)
                if with_pairs and (row.sender, row.to) not in self._pairs:
                    self._pairs.add((row.sender, row.to), is_guarded=row.to in appended.guarded)

    def _checked_at(self, batch: list[_Waiting]) -> LogId | None:
        """The id at which all senders are known to be allowed to send, None if there is none. There is one if
        nobody's permission has changed since each of them was checked."""
        if any(waiting.known_at is None or waiting.known_at < self._hub.changed_at for waiting in batch):
            return None
        return self._hub.cursor

    async def _recover(self, batch: list[_Waiting], error: Exception) -> None:
        """One bad row must not make the others fail: try each alone, unless the database itself is away."""
        if isinstance(error, IntegrityError) and self._recipients:
            self._recipients.clear()  # one of them may have been deleted since
            self._pairs.clear()
            await self._write(batch)
            return
        if len(batch) > 1 and not isinstance(error, OperationalError | InterfaceError):
            for waiting in batch:
                await self._write([waiting])
            return
        logger.error("%d messages were refused by the database: %s", len(batch), error)
        for waiting in batch:
            _settle(waiting, Rejection(Cause.NOT_STORED))


def _fair_batch(queue: Sequence[_Waiting]) -> list[_Waiting]:
    """The oldest, and then those of the senders for whom least waits: whoever writes little does not wait
    for who writes much. Those of one sender stay in their order."""
    weights: Counter[str] = Counter()
    for waiting in queue:
        weights[waiting.draft.sender] += waiting.weight
    batch = [queue[0]]
    room = BATCH_BYTES - queue[0].weight
    for waiting in sorted(islice(queue, 1, None), key=lambda waiting: weights[waiting.draft.sender]):
        room -= waiting.weight
        if room < 0 or len(batch) == BATCH_DRAFTS:
            break
        batch.append(waiting)
    return batch


def _settle(waiting: _Waiting, outcome: Outcome) -> None:
    if not waiting.written.cancelled():
        waiting.written.set_result(outcome)
