"""Which rows of the log one connection has written: it gets replies for them, and not the rows. Pure."""

import asyncio
from collections.abc import Set as AbstractSet
from typing import Any

from chat.delivery.connection.client_link import Author
from log.rows import LogId, Written

# A connection looks through the rows that it wrote when it remembers more than this many.
MAX_REMEMBERED_ROWS = 128


class OwnRows:
    """Those that `author` has written."""

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
