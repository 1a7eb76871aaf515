"""Publishes the results of responses to messages (polls, for example) while people respond.

Results are sent in rounds, each with all responses since the round before: if thousands respond at once, each
device gets a few events, not thousands. The events have no position in the log. A device that reconnects gets
the results among the rows of its backlog (`chat.reading.results`).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial

from django.db import Error as AnyDatabaseError

from chat.delivery.loop.hub import Hub
from chat.protocol.events import Results
from chat.reading.results import PublicResults, live_results
from log.rows import Amendment, LogId, conversation_name

logger = logging.getLogger(__name__)

# The least duration of a round, and how much longer it is for each notified device.
ROUND_SECONDS, SECONDS_PER_DEVICE = 0.5, 0.0004
# After this many devices, other tasks run.
DEVICES_PER_STEP = 50


class LiveResults:
    """`read(call)` runs `call`, which reads the database, in another thread."""

    def __init__(
        self, hub: Hub, read: Callable[[Callable[[], PublicResults | None]], Awaitable[PublicResults | None]]
    ) -> None:
        self._hub, self._read = hub, read
        # By message, the last response whose result is not published yet.
        self._unpublished: dict[LogId, Amendment] = {}
        self._has_unpublished = asyncio.Event()
        hub.on_response = self._on_response

    async def run(self) -> None:
        """Publish results until cancelled."""
        while True:
            await self._has_unpublished.wait()
            self._has_unpublished.clear()
            rows, self._unpublished = self._unpublished, {}
            devices = sum([await self._publish(row) for row in rows.values()])
            await asyncio.sleep(max(ROUND_SECONDS, devices * SECONDS_PER_DEVICE))

    def _on_response(self, row: Amendment) -> None:
        self._unpublished[row.target] = row
        self._has_unpublished.set()

    async def _publish(self, row: Amendment) -> int:
        """Send the results for the message of `row`. Return how many devices were notified."""
        if isinstance(row.to, int):
            late = self._hub.latecomers(row.to, row.target)
            people = list(self._hub.connected_members(row.to))
        else:
            late, people = None, [row.sender, row.to]
        try:
            live = await self._read(partial(live_results, row.target, late))
        except AnyDatabaseError as error:
            logger.error("Results are not told, and will be later: %s", error)
            self._unpublished.setdefault(row.target, row)
            self._has_unpublished.set()
            return 0
        devices = 0
        for userid in people if live else ():
            assert live is not None
            has_left = isinstance(row.to, int) and not self._hub.is_member(userid, row.to)
            if has_left or userid in live.outside:
                continue
            event = Results(0, conversation_name(row.peer_of(userid)), row.target, live.kind, live.results)
            for receiver in self._hub.mirrors_of(userid):
                receiver.offer_latest((Results, row.target), event, is_own=False)
                devices += 1
                if devices % DEVICES_PER_STEP == 0:
                    await asyncio.sleep(0)
        return devices
