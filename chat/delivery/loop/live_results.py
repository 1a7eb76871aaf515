"""Tells people what responses to messages come to, while others respond.

They are sent in rounds, each with all that has come since: if thousands respond at once, each of them gets a
few events, and not thousands. The events have no position in the log. Who comes back gets the results among
the rows (`chat.reading.results`).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial

from django.db import Error as AnyDatabaseError

from chat.delivery.loop.hub import Hub
from chat.protocol.events import Results
from chat.reading.results import Live, live_results
from log.rows import Amendment, LogId, conversation_name

logger = logging.getLogger(__name__)

# A round takes at least so many seconds, and so many for each notified device.
ROUND_SECONDS, SECONDS_EACH = 0.5, 0.0004
# Others have their turn after so many devices.
PORTION = 50


class LiveResults:
    """`read(call)` runs the call, which reads the database."""

    def __init__(self, hub: Hub, read: Callable[[Callable[[], Live | None]], Awaitable[Live | None]]) -> None:
        self._hub, self._read = hub, read
        # The last row about each message that was not published yet.
        self._waiting: dict[LogId, Amendment] = {}
        self._has_some = asyncio.Event()
        hub.on_response = self._note

    async def run(self) -> None:
        """Tell, until cancelled."""
        while True:
            await self._has_some.wait()
            self._has_some.clear()
            rows, self._waiting = self._waiting, {}
            number = sum([await self._notify(row) for row in rows.values()])
            await asyncio.sleep(max(ROUND_SECONDS, number * SECONDS_EACH))

    def _note(self, row: Amendment) -> None:
        self._waiting[row.target] = row
        self._has_some.set()

    async def _notify(self, row: Amendment) -> int:
        """How many devices were told."""
        if isinstance(row.to, int):
            late = self._hub.latecomers(row.to, row.target)
            people = list(self._hub.members_here(row.to))
        else:
            late, people = None, [row.sender, row.to]
        try:
            live = await self._read(partial(live_results, row.target, late))
        except AnyDatabaseError as error:
            logger.error("Results are not told, and will be later: %s", error)
            self._waiting.setdefault(row.target, row)
            self._has_some.set()
            return 0
        number = 0
        for userid in people if live else ():
            assert live is not None
            has_left = isinstance(row.to, int) and not self._hub.is_member(userid, row.to)
            if has_left or userid in live.outside:
                continue
            event = Results(0, conversation_name(row.peer_of(userid)), row.target, live.kind, live.results)
            for receiver in self._hub.mirrors_of(userid):
                receiver.offer_latest((Results, row.target), event, is_own=False)
                number += 1
                if number % PORTION == 0:
                    await asyncio.sleep(0)
        return number
