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

MAX_BATCH_DRAFTS = 500
# The most memory of a batch, unless a single draft takes more: all senders wait for a batch.
MAX_BATCH_BYTES = 768 * 1024
# The most memory of all queued drafts. Above it, `enqueue` waits until some of them are written.
MAX_QUEUE_BYTES = 8 * 1024 * 1024
# Counted for each draft in addition to its text, so that many small drafts are limited too.
DRAFT_OVERHEAD_BYTES = 1024
# How many recipients are remembered.
MAX_KNOWN_RECIPIENTS = 100_000


# The result for a draft: its row, or the reason why it was not stored.
Outcome = Stored | Rejection


class _QueuedDraft(NamedTuple):
    draft: appending.Draft
    known_at: LogId | None
    outcome: "asyncio.Future[Outcome]"
    # In bytes of memory.
    weight: int


def _no_check() -> None:
    pass


class LogWriter:
    """The only writer of an event loop. The drafts of a sender are written in the order in which they were
    queued. `on_lost_rows(last, applied)` is called if a batch was appended after the row `last`, although the
    hub had applied the later row `applied`."""

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
        self._queue: deque[_QueuedDraft] = deque()
        self._weight = 0
        self._has_drafts = asyncio.Event()
        self._has_room = asyncio.Event()
        self._has_room.set()
        # Set while no draft is queued or being written.
        self._is_idle = asyncio.Event()
        self._is_idle.set()
        # When the write of the current batch began, by the loop's clock; None if there is none.
        self.writing_since: float | None = None
        # The duration of each batch, in microseconds.
        self.batch_micros = Histogram()
        # Recipients of earlier messages, who therefore exist.
        self._recipients: set[str] = set()
        # Pairs of people who have a conversation, and of whom the first may write to the second.
        self._pairs = KnownPairs()
        hub.on_block.append(self._pairs.forget)
        hub.on_leaving.append(lambda _: self._pairs.forget_guarded())

    @property
    def queued_drafts(self) -> int:
        """How many drafts are queued."""
        return len(self._queue)

    @property
    def pending_bytes(self) -> int:
        """The memory of the drafts that are queued or being written."""
        return self._weight

    def knows(self, pair: Pair) -> bool:
        """Return whether it is known that this sender may write to this recipient. If not, the database must
        be asked; most may."""
        return pair in self._pairs

    async def enqueue(
        self, draft: appending.Draft, known_at: LogId | None, check: Callable[[], None] = _no_check
    ) -> "asyncio.Future[Outcome]":
        """Queue `draft`; wait while the queue is full. The future returns the outcome once the row is
        committed or refused; it never raises.

        `known_at`: the row id at which the hub knew that the sender is a member; None if it did not know.
        `check()` is called directly before the draft is queued, and may raise. It must take every row into
        account that the hub has applied.
        """
        while not self.has_room:  # other callers may have filled the queue again
            await self._has_room.wait()
        check()
        return self.enqueue_now(draft, known_at)

    @property
    def has_room(self) -> bool:
        """Whether `enqueue_now` may be called."""
        return self._weight < MAX_QUEUE_BYTES

    def enqueue_now(self, draft: appending.Draft, known_at: LogId | None) -> "asyncio.Future[Outcome]":
        """Like `enqueue`, without waiting. The queue must have room, and the sender must be allowed to
        write."""
        weight = sum(map(getsizeof, (draft.content, draft.extension, draft.details)), DRAFT_OVERHEAD_BYTES)
        outcome: asyncio.Future[Outcome] = self._loop.create_future()
        self._queue.append(_QueuedDraft(draft, known_at, outcome, weight))
        self._add_weight(weight)
        self._has_drafts.set()
        self._is_idle.clear()
        return outcome

    async def run(self) -> None:
        """Write queued drafts until cancelled."""
        clock = self._loop.time
        while True:
            await self._has_drafts.wait()
            batch = self._next_batch()
            self.writing_since = began = clock()
            await self._write(batch)
            self.writing_since = None
            self.batch_micros.count(int((clock() - began) * 1_000_000))
            self._add_weight(-sum(queued.weight for queued in batch))
            del batch  # it may be large, and the next one may come much later
            if not self._queue:
                self._is_idle.set()

    async def drain(self) -> None:
        """Wait until every queued draft is written or refused."""
        await self._is_idle.wait()

    def _next_batch(self) -> list[_QueuedDraft]:
        """Take the next batch from the queue: usually all drafts, otherwise as many as fit."""
        if len(self._queue) <= MAX_BATCH_DRAFTS and self._weight <= MAX_BATCH_BYTES:
            batch = list(self._queue)
            self._queue.clear()
            self._has_drafts.clear()
            return batch
        batch = _fair_batch(self._queue)
        ids = set(map(id, batch))
        self._queue = deque(queued for queued in self._queue if id(queued) not in ids)
        return batch

    def _add_weight(self, change: int) -> None:
        self._weight += change
        if self._weight < MAX_QUEUE_BYTES:
            self._has_room.set()
        else:
            self._has_room.clear()

    async def _write(self, batch: list[_QueuedDraft]) -> None:
        changes, applied = self._pairs.changes, self._hub.cursor
        try:
            appended = await self._threads.write(
                partial(
                    appending.append,
                    [queued.draft for queued in batch],
                    checked_at=self._checked_at(batch),
                    known=self._recipients,
                    known_pairs=self._pairs,
                )
            )
        except appending.NoSpace:
            # Not logged here: the full disk was logged once, however many messages are refused.
            for queued in batch:
                _settle(queued, Rejection(Cause.NO_SPACE))
        except Exception as error:
            await self._recover(batch, error)
        else:
            if appended.batch.previous < applied:
                await self._on_lost_rows(appended.batch.previous, applied)
            # If `changes` differs, the hub may have applied a block after the pairs were looked up.
            self._remember(appended, with_pairs=changes == self._pairs.changes)
            for queued, outcome in zip(batch, appended.outcomes, strict=True):
                _settle(queued, outcome)

    def _remember(self, appended: appending.Appended, *, with_pairs: bool) -> None:
        if len(self._recipients) >= MAX_KNOWN_RECIPIENTS:
            self._recipients.clear()
        for row in appended.batch.rows:
            if isinstance(row, Entry) and isinstance(row.to, str):
                self._recipients.add(row.to)
                if with_pairs and (row.sender, row.to) not in self._pairs:
                    self._pairs.add((row.sender, row.to), is_guarded=row.to in appended.guarded)

    def _checked_at(self, batch: list[_QueuedDraft]) -> LogId | None:
        """Return the row id at which all senders of the batch are known to be allowed to send; None if a
        permission may have changed since one of them was checked."""
        if any(queued.known_at is None or queued.known_at < self._hub.changed_at for queued in batch):
            return None
        return self._hub.cursor

    async def _recover(self, batch: list[_QueuedDraft], error: Exception) -> None:
        """Write each draft of a failed batch alone, so that a bad one does not make the others fail. If the
        database is unreachable, reject all of them."""
        if isinstance(error, IntegrityError) and self._recipients:
            self._recipients.clear()  # one of them may have been deleted since
            self._pairs.clear()
            await self._write(batch)
            return
        if len(batch) > 1 and not isinstance(error, OperationalError | InterfaceError):
            for queued in batch:
                await self._write([queued])
            return
        logger.error("%d messages were refused by the database: %s", len(batch), error)
        for queued in batch:
            _settle(queued, Rejection(Cause.NOT_STORED))


def _fair_batch(queue: Sequence[_QueuedDraft]) -> list[_QueuedDraft]:
    """Return the oldest draft, followed by those of the senders with the least queued bytes, as many as fit:
    a sender of little does not wait for a sender of much. The drafts of a sender stay in their order."""
    weights: Counter[str] = Counter()
    for queued in queue:
        weights[queued.draft.sender] += queued.weight
    batch = [queue[0]]
    room = MAX_BATCH_BYTES - queue[0].weight
    for queued in sorted(islice(queue, 1, None), key=lambda queued: weights[queued.draft.sender]):
        room -= queued.weight
        if room < 0 or len(batch) == MAX_BATCH_DRAFTS:
            break
        batch.append(queued)
    return batch


def _settle(queued: _QueuedDraft, outcome: Outcome) -> None:
    if not queued.outcome.cancelled():
        queued.outcome.set_result(outcome)
