"""What a feed reads from the log, and which rows it holds back: those that the connection wrote itself, and
those for which a device has not acknowledged enough."""

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
# A connection looks through the rows that it wrote when it remembers more than this many.
MAX_REMEMBERED_ROWS = 128
# A device that acknowledges none of so many rows gets no more.
MAX_UNACKED_ROWS = 1000

# Rows, where something is gone a gap among them, and whether there are more.
Page = tuple[Sequence[Served | Gap | Results], bool]
ReadPage = Callable[[LogId, LogId, int], Awaitable[Page]]
# The frames of a page, the id of its last row, and whether there may be more.
Frames = tuple["deque[QueuedFrame]", LogId, bool]


class OwnRows:
    """Which rows of the log `author` has written here: the connection gets replies for them, and not the
    rows."""

    __slots__ = ("_author", "_last", "_unwritten", "_written")

    def __init__(self, author: Author) -> None:
        self._author = author
        # What it has written and may still have to read from the log.
        self._written: AbstractSet[LogId] = frozenset()
        # How many rows it is writing, and the last of these.
        self._unwritten = 0
        self._last: asyncio.Future[Any] | None = None

    def put(self, row: "asyncio.Future[Any]") -> None:
        """The connection has put a row. `settle` must be called when the future is done, before others who
        wait for it go on."""
        self._unwritten += 1
        self._last = row

    def settle(self, id: LogId | None, sent_id: LogId) -> None:
        """The connection has written the row with this id; None if it was refused. `sent_id`: it needs no
        rows up to this one any more."""
        self._unwritten -= 1
        if id is None or id <= sent_id:
            return
        self._written |= {id}
        if len(self._written) > MAX_REMEMBERED_ROWS:
            self._written = {written for written in self._written if written > sent_id}

    def __contains__(self, row: Written) -> bool:
        return row.id in self._written or (row.origin != 0 and row.origin == self._author.origin)

    def are_of_person(self, userid: str | None) -> bool:
        """Whether rows of this sender are the person's own, from here or from another connection."""
        return userid == self._author.userid

    def may_have(self, row: Written) -> bool:
        """Whether it is unknown if the connection has written the row: rows that were read from the log do
        not say from where they came."""
        return bool(not row.origin and self._unwritten)

    async def known(self) -> None:
        """Return when it is known of all rows that are in the log by now."""
        if self._unwritten and self._last:
            await asyncio.wait([self._last])


class AckPace:
    """How far a client may be fed before it acknowledges anything."""

    def __init__(self, most: int | None = None) -> None:
        # Not a property: it is read for each row that is sent.
        self.is_open = True
        self._most = MAX_UNACKED_ROWS if most is None else most
        self._unacked: deque[LogId] = deque()
        self._changed = asyncio.Event()

    def sent(self, id: LogId) -> None:
        self._unacked.append(id)
        self.is_open = len(self._unacked) < self._most

    def acknowledge(self, upto: LogId) -> None:
        """The client has everything up to this id."""
        while self._unacked and self._unacked[0] <= upto:
            self._unacked.popleft()
        self.is_open = len(self._unacked) < self._most
        self.poke()

    async def changed(self) -> None:
        self._changed.clear()
        await self._changed.wait()

    def poke(self) -> None:
        self._changed.set()


class Backlog:
    """`read_page(after, upto, limit)` is `selectors.backlog` for the person. `budget` is for the frames. Of
    `own_rows` no frames are made; None if the dialect has none of what the person wrote."""

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
        """The page after the row `after`. It is tried until the database answers, as long as
        `is_current()`."""
        rows, is_more = await self._read(after, upto, is_current)
        if self._own_rows:
            # The page may have rows of which this connection is not told yet that it has written them.
            await self._own_rows.known()
        if not is_current():
            return deque(), 0, False
        # A page has fewer rows if they are large. The next page asks for twice as many rows as this one had.
        self._max_rows = min(PAGE_ROWS, 2 * len(rows)) or PAGE_ROWS
        frames = deque(QueuedFrame(row.id, self._encode(row) or "", self._budget) for row in rows)
        return frames, (rows[-1].id if rows else 0), is_more

    def _encode(self, row: Served | Gap | Results) -> str | None:
        own, rows = self._codec.own, self._own_rows
        if not (own and rows and isinstance(row, Entry | Amendment) and rows.are_of_person(row.sender)):
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
