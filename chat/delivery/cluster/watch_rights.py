"""Whether devices may go on seeing who is online.

Blocks, lost contacts and other rules name the people concerned, and OnlineUsers hides these at once. If
somebody leaves a group, nothing says from whom that took the right. So those who watch the people who left,
or are watched by them, are asked about again a moment later: some of them each time, however large the group
was.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection

from django.db import Error as AnyDatabaseError

from chat.delivery.cluster.presence import OnlineUsers
from chat.delivery.loop.hub import Hub

logger = logging.getLogger(__name__)

CHECK_SECONDS = 0.3
# So many of those who left are looked up at once, and so many of those who watch are asked about.
MAX_LEFT, MAX_WATCHERS = 200, 20


class WatchRights:
    """`read_offline(userid, others)`: those of the others who look offline to the person. `changes` counts
    how often somebody has left a group."""

    def __init__(
        self,
        hub: Hub,
        online: OnlineUsers,
        read_offline: Callable[[str, Collection[str]], Awaitable[set[str]]],
    ) -> None:
        self.changes = 0
        self._online = online
        self._read_offline = read_offline
        # In the order in which they came, as keys.
        self._left: dict[str, None] = {}
        self._doubtful: dict[str, None] = {}
        hub.on_leaving.append(self._note)

    def doubt(self, userid: str) -> None:
        """Ask soon whether the person may still see everybody whom their devices watch."""
        self._doubtful[userid] = None

    async def run(self) -> None:
        """Ask until cancelled."""
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            try:
                await self.check()
            except AnyDatabaseError as error:
                logger.error("It could not be read who may see who is online, and will be again: %s", error)

    async def check(self) -> None:
        """Ask about some. Raises DatabaseError; then they are asked about again."""
        for userid in list(self._left)[:MAX_LEFT]:
            del self._left[userid]
            self._doubtful.update(dict.fromkeys(self._online.concerned_by(userid)))
        for userid in list(self._doubtful)[:MAX_WATCHERS]:
            # Before it is read: it may be doubted again meanwhile.
            del self._doubtful[userid]
            try:
                await self._ask(userid)
            except AnyDatabaseError:
                self.doubt(userid)
                raise

    async def _ask(self, userid: str) -> None:
        watched = self._online.watched_by(userid)
        if others := set().union(*watched.values()):
            self._online.hide(userid, await self._read_offline(userid, others), watched)

    def _note(self, left: Collection[str]) -> None:
        self.changes += 1
        self._left.update(dict.fromkeys(left))
