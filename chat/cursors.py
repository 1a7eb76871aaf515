"""How far each person's delivery has come, on its way into the database."""

import asyncio
import logging
from functools import partial

from django.db import DatabaseError

from accounts.services import raise_delivered
from chat.threads import DatabaseThreads

logger = logging.getLogger(__name__)


class Cursors:
    """Notes cursors at once and writes them in the background, many in one transaction.

    A cursor that is lost costs repeats, no message.
    """

    def __init__(self, threads: DatabaseThreads) -> None:
        self._threads = threads
        self._noted: dict[str, int] = {}
        self._flushing: asyncio.Task[None] | None = None

    def note(self, userid: str, delivered_id: int) -> None:
        """Everything up to `delivered_id` has reached `userid`."""
        if delivered_id > self._noted.get(userid, 0):
            self._noted[userid] = delivered_id
            self._start_flushing()

    def noted(self, userid: str) -> int:
        """The cursor of `userid` if it is not in the database yet, else 0.

        To be asked before the database, not after: in between, it may be written and forgotten here.
        """
        return self._noted.get(userid, 0)

    async def flush(self) -> None:
        """Write what is noted, and return when it is written. Never raises."""
        if self._noted:
            await self._start_flushing()

    def _start_flushing(self) -> "asyncio.Task[None]":
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.create_task(self._flush())
        return self._flushing

    async def _flush(self) -> None:
        while self._noted:
            writing = dict(self._noted)
            try:
                await self._threads.write(partial(raise_delivered, writing))
            except DatabaseError:
                logger.warning("Delivery cursors could not be written; they will be with the next ones.")
                return
            for userid, delivered_id in writing.items():
                if self._noted[userid] == delivered_id:
                    del self._noted[userid]
