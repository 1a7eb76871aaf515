"""Reads the backlog of a feed from the log, and decides which rows are held back: those that the connection
wrote itself, and those beyond the limit of unacknowledged rows of a device."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from django.db import Error as AnyDatabaseError

from chat.delivery.connection.client_link import Author
from chat.delivery.loop.fanout import MemoryBudget, QueuedFrame
from chat.protocol.codec import Codec
from chat.protocol.events import Gap, Results
from log.rows import Amendment, Entry, LogId, Served, Written

logger = logging.getLogger(__name__)

PAGE_ROWS = 200
RETRY_SECONDS = 1.0
# When a connection remembers more than this many of its own rows, it forgets those that are no longer needed.
MAX_REMEMBERED_ROWS = 128
# A device with this many unacknowledged rows gets no more.
MAX_UNACKED_ROWS = 1000

# Rows, with a gap where rows were removed, and whether there are more.
Page = tuple[Sequence[Served | Gap | Results], bool]
ReadPage = Callable[[LogId, LogId, int], Awaitable[Page]]
# The frames of a page, the id of its last row, and whether there may be more.
Frames = tuple["deque[QueuedFrame]", LogId, bool]


class OwnRows:
    """The rows of the log that `author` has written on this connection, which gets replies for them and not
    the rows."""

    __slots__ = ("_author", "_last", "_unwritten", "_written")

    def __init__(self, author: Author) -> None:
        self._author = author
        # Rows that were written, and that the feed may still read from the log.
        self._written: AbstractSet[LogId] = frozenset()
        # How many rows are being written, and the last of them.
        self._unwritten = 0
        self._last: asyncio.Future[Any] | None = None

    def add(self, row: "asyncio.Future[Any]") -> None:
        """Note that the connection writes a row. `settle` must be called when the future is done, before
        other tasks that wait for it continue."""
        self._unwritten += 1
        self._last = row

    def settle(self, id: LogId | None, sent_id: LogId) -> None:
        """Note that the row was written with this id; None if it was refused. `sent_id`: the feed needs no
        rows up to this one any more."""
        self._unwritten -= 1
        if id is None or id <= sent_id:
            return
        self._written |= {id}
        if len(self._written) > MAX_REMEMBERED_ROWS:
            self._written = {written for written in self._written if written > sent_id}

    def __contains__(self, row: Written) -> bool:
        return row.id in self._written or (row.origin != 0 and row.origin == self._author.origin)

    def is_own_sender(self, userid: str | None) -> bool:
        """Return whether the connection's person is this sender, on this connection or another one."""
        return userid == self._author.userid

    def may_include(self, row: Written) -> bool:
        """Return whether it is still unknown if the connection has written the row: rows that were read from
        the log have no origin."""
        return bool(not row.origin and self._unwritten)

    async def wait_until_known(self) -> None:
        """Wait until the ids of all own rows that are in the log by now are known."""
        if self._unwritten and self._last:
            await asyncio.wait([self._last])


class AckPace:
    """Limits how many unacknowledged rows a client has. `is_open`: another row may be sent."""

    def __init__(self, max_unacked: int | None = None) -> None:
        # Not a property: it is read for each row that is sent.
        self.is_open = True
        self._max_unacked = MAX_UNACKED_ROWS if max_unacked is None else max_unacked
        self._unacked: deque[LogId] = deque()
        self._changed = asyncio.Event()

    def on_sent(self, id: LogId) -> None:
        self._unacked.append(id)
        self.is_open = len(self._unacked) < self._max_unacked

    def acknowledge(self, upto: LogId) -> None:
        """Note that the client has everything up to this id."""
        while self._unacked and self._unacked[0] <= upto:
            self._unacked.popleft()
        self.is_open = len(self._unacked) < self._max_unacked
        self.wake()

    async def wait_for_change(self) -> None:
        """Wait for the next acknowledgement, or until `wake` is called."""
        self._changed.clear()
        await self._changed.wait()

    def wake(self) -> None:
        self._changed.set()


class Backlog:
    """Reads the backlog page by page and encodes it. `read_page(after, upto, limit)` is `selectors.backlog`
    for the person. `budget`: the memory budget of the frames. No frames are made of `own_rows`; None for a
    dialect without the person's own messages."""

    __slots__ = ("_budget", "_codec", "_max_rows", "_own_rows", "_read_page")

    def __init__(
        self, read_page: ReadPage, codec: Codec, budget: MemoryBudget, own_rows: OwnRows | None
    ) -> None:
        self._read_page = read_page
        self._codec = codec
        self._budget = budget
        self._own_rows = own_rows
        self._max_rows = PAGE_ROWS

    async def next_page(self, after: LogId, upto: LogId, is_current: Callable[[], bool]) -> Frames:
        """Return the page after the row `after`. Retries until the database answers, or until `is_current()`
        is false; then the page is empty."""
        rows, has_more = await self._read(after, upto, is_current)
        if self._own_rows:
            # The page may have rows of this connection whose ids it does not know yet.
            await self._own_rows.wait_until_known()
        if not is_current():
            return deque(), 0, False
        # A page has fewer rows if they are large. The next page requests twice as many rows as this one had.
        self._max_rows = min(PAGE_ROWS, 2 * len(rows)) or PAGE_ROWS
        frames = deque(QueuedFrame(row.id, self._encode(row) or "", self._budget) for row in rows)
        return frames, (rows[-1].id if rows else 0), has_more

    def _encode(self, row: Served | Gap | Results) -> str | None:
        own, rows = self._codec.own, self._own_rows
        if not (own and rows and isinstance(row, Entry | Amendment) and rows.is_own_sender(row.sender)):
            return self._codec.encode(row)
        return None if row in rows else own.encode(row)

    async def _read(self, after: LogId, upto: LogId, is_current: Callable[[], bool]) -> Page:
        while after < upto and is_current():
            try:
                return await self._read_page(after, upto, self._max_rows)
            except AnyDatabaseError as error:
                logger.error(
                    "A backlog could not be read, and will be again: %s", error, extra={"log_id": after}
                )
                await asyncio.sleep(RETRY_SECONDS)
        return [], False
