"""How far a client may be fed before it acknowledges anything. Pure."""

import asyncio
from collections import deque

from log.rows import LogId

# A device that acknowledges none of so many rows gets no more.
MAX_UNACKED_ROWS = 1000


class AckPace:
    """A feed.Pace."""

    def __init__(self, most: int | None = None) -> None:
        # Not a property: it is asked for each row that is sent.
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
