"""The backlog of one connection: read from the log page by page, in frames of the connection's dialect."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from django.db import Error as AnyDatabaseError

from chat.delivery.connection.own_rows import OwnRows
from chat.delivery.loop.memory_budget import Held, MemoryBudget
from chat.protocol.codec import Codec
from chat.protocol.events import Gap
from log.rows import Amendment, Entry, LogId, Served

logger = logging.getLogger(__name__)

PAGE_ROWS = 200
RETRY_SECONDS = 1.0

# Rows, where something is gone a gap among them, and whether there are more.
Page = tuple[Sequence[Served | Gap], bool]
ReadPage = Callable[[LogId, LogId, int], Awaitable[Page]]
# The frames of a page, the id of its last row, and whether there may be more.
Frames = tuple["deque[Held]", LogId, bool]


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

    async def next_page(self, after: LogId, upto: LogId, is_wanted: Callable[[], bool]) -> Frames:
        """The page after the row `after`. It is tried until the database answers, as long as
        `is_wanted()`."""
        rows, is_more = await self._read(after, upto, is_wanted)
        if self._own_rows:
            # The page may have rows of which this connection is not told yet that it has written them.
            await self._own_rows.known()
        if not is_wanted():
            return deque(), 0, False
        # A page has fewer rows if they are large. The next page asks for twice as many rows as this one had.
        self._max_rows = min(PAGE_ROWS, 2 * len(rows)) or PAGE_ROWS
        frames = deque(Held(row.id, self._encode(row) or "", self._budget) for row in rows)
        return frames, (rows[-1].id if rows else 0), is_more

    def _encode(self, row: Served | Gap) -> str | None:
        own, rows = self._codec.own, self._own_rows
        if not (own and rows and isinstance(row, Entry | Amendment) and rows.are_of_person(row.sender)):
            return self._codec.encode(row)
        return None if row in rows else own.encode(row)

    async def _read(self, after: LogId, upto: LogId, is_wanted: Callable[[], bool]) -> Page:
        while after < upto and is_wanted():
            try:
                return await self._read_page(after, upto, self._max_rows)
            except AnyDatabaseError as error:
                logger.error(
                    "A backlog could not be read, and will be again: %s", error, extra={"log_id": after}
                )
                await asyncio.sleep(RETRY_SECONDS)
        return [], False
