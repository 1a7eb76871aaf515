"""Who is online: logged in on at least one connection of any process.

Each process tells the others who has come online in it and who has gone offline, several times a second if
somebody has. It writes nothing to the database. A process that is not heard of for a while is gone, and so is
everybody who was online in it. One that has missed something asks for all of them.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping

from chat.delivery.cluster.messages import EphemeralEvent, PresenceDelta, PresenceRequest, PresenceSnapshot
from chat.delivery.loop.fanout import Receiver
from chat.delivery.loop.hub import Hub
from chat.protocol.events import Presence
from log.rows import Reach

logger = logging.getLogger(__name__)

# How often it is checked who has come and gone.
CHECK_SECONDS = 0.3
# A person who is back within this time does not count as offline.
GRACE_SECONDS = 5.0
# How often a process says that it is there, and how long it is believed.
BEAT_SECONDS = 3.0
LEASE_SECONDS = 15.0
# How long the answer to a request may take before there is another one.
ANSWER_SECONDS = 1.0
# People in one event.
MAX_PEOPLE_PER_EVENT = 500
# So many of those who left a group are looked up at once, and so many of those who watch are asked about.
MAX_LEFT, MAX_WATCHERS = 200, 20

Post = Callable[[EphemeralEvent, str], None]


class _Process:
    """Another process: who is online in it after its delta of that `number`."""

    def __init__(self) -> None:
        self.number = 0
        self.userids: set[str] = set()
        self.seen_at = 0.0
        self.requested_at = float("-inf")
        # The parts of the answer to a request that have come so far.
        self.parts = 0
        self.gathered: set[str] = set()


class OnlineUsers:
    """The people who are online, and who watches them. `process`: the name of this process. `post(event,
    to)` tells the other processes, or the one named `to`, if there is a way.
    """

    def __init__(self, process: str, hub: Hub, clock: Callable[[], float], post: Post) -> None:
        self._process = process
        self._hub = hub
        self._clock = clock
        self._post = post
        # In how many processes people are online.
        self._processes: Counter[str] = Counter()
        self._here: set[str] = set()
        # People who have no connection here any more, and when they count as gone.
        self._leaving: dict[str, float] = {}
        self._number = 0
        self._published_at = float("-inf")
        self._others: dict[str, _Process] = {}
        self._watchers: dict[str, set[Receiver]] = {}
        # The person of each watcher, and whom it watches.
        self._watched: dict[Receiver, tuple[str, set[str]]] = {}
        # Who has come online or gone offline, last of all, since somebody emptied it; None: it is not noted.
        self.moves: dict[str, bool] | None = None
        # How often people have said since this process began who may reach them.
        self.blocks = 0
        hub.on_block.append(self._hide)

    def __len__(self) -> int:
        """How many people are online, as far as this process knows."""
        return len(self._processes)

    def is_online(self, userid: str) -> bool:
        """As far as this process knows."""
        return userid in self._processes

    def watch(self, userid: str, watcher: Receiver, others: Collection[str]) -> tuple[str, ...]:
        """Tell `watcher`, a device of the person, from now on when these others come online or go offline,
        and of nobody else. Returns those who are online."""
        self.check()
        self.unwatch(watcher)
        if others:
            self._watched[watcher] = userid, set(others)
        for other in others:
            self._watchers.setdefault(other, set()).add(watcher)
        return tuple(other for other in others if self.is_online(other))

    def unwatch(self, watcher: Receiver) -> None:
        """Tell `watcher` nothing more. Doing it twice does no harm."""
        _, others = self._watched.pop(watcher, ("", ()))
        for other in others:
            self._forget_watcher(watcher, other)

    def concerned_by(self, userid: str) -> set[str]:
        """Those of whom a device watches the person; and the person, if a device of theirs watches others."""
        watched = {self._watched[watcher][0] for watcher in self._watchers.get(userid, ())}
        return watched | {userid} if self.watched_by(userid) else watched

    def watched_by(self, userid: str) -> dict[Receiver, set[str]]:
        """For each device of the person that watches others, whom."""
        mirrors = self._hub.mirrors_of(userid)
        return {one: self._watched[one][1] for one in mirrors if one in self._watched}

    def hide(self, userid: str, others: Collection[str], watched: Mapping[Receiver, set[str]]) -> None:
        """These others look offline to the person from now on, on those devices that watch no others than
        `watched` since."""
        for watcher, seen in watched.items():
            if self._watched.get(watcher, ("", None))[1] is seen:
                for other in seen.intersection(others):
                    self._hide_from(watcher, other)

    def check(self) -> None:
        """Take note of who has come and gone, here and elsewhere, and tell the other processes."""
        now = self._clock()
        came, went = self._find_delta(now)
        for start in range(0, max(len(came), len(went)), MAX_PEOPLE_PER_EVENT):
            self._number += 1
            self._say(
                PresenceDelta(
                    self._number,
                    came[start : start + MAX_PEOPLE_PER_EVENT],
                    went[start : start + MAX_PEOPLE_PER_EVENT],
                ),
                now,
            )
        if now >= self._published_at + BEAT_SECONDS:
            self._say(PresenceDelta(self._number, (), ()), now)
        self._forget_silent(now)

    def on_message(self, process: str, event: PresenceDelta | PresenceRequest | PresenceSnapshot) -> None:
        """Another process has said this."""
        match event:
            case PresenceDelta():
                self._on_delta(process, event)
            case PresenceRequest(target):
                if target == self._process:
                    self._answer(process)
            case PresenceSnapshot():
                self._on_snapshot(process, event)

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            try:
                self.check()
            except Exception:
                logger.exception("It could not be found out who has come online and gone offline.")

    def _find_delta(self, now: float) -> tuple[list[str], list[str]]:
        """Those who have come online here, and those who have gone offline."""
        came = [userid for userid in self._hub.moved if self._has_come(userid, now)]
        self._hub.moved.clear()
        went = []
        # In the order of their times.
        while self._leaving and next(iter(self._leaving.values())) <= now:
            userid = next(iter(self._leaving))
            del self._leaving[userid]
            self._here.discard(userid)
            self._leave(userid)
            went.append(userid)
        return came, went

    def _has_come(self, userid: str, now: float) -> bool:
        """Whether the person, who has come or gone, is here now and was not before."""
        self._leaving.pop(userid, None)
        if not self._hub.is_logged_in(userid):
            if userid in self._here:
                self._leaving[userid] = now + GRACE_SECONDS
            return False
        if userid in self._here:
            return False
        self._here.add(userid)
        self._enter(userid)
        return True

    def _say(self, delta: PresenceDelta, now: float) -> None:
        self._post(delta, "")
        self._published_at = now

    def _forget_silent(self, now: float) -> None:
        for process, other in list(self._others.items()):
            if other.seen_at + LEASE_SECONDS <= now:
                del self._others[process]
                for userid in other.userids:
                    self._leave(userid)

    def _on_delta(self, process: str, delta: PresenceDelta) -> None:
        now = self._clock()
        other = self._others.setdefault(process, _Process())
        other.seen_at = now
        names_any = bool(delta.came or delta.went)
        if delta.number == other.number + names_any:
            other.number = delta.number
            self._change(
                other, came=set(delta.came) - other.userids, went=other.userids.intersection(delta.went)
            )
        elif delta.number > other.number and now >= other.requested_at + ANSWER_SECONDS:
            other.requested_at, other.parts = now, 0
            self._post(PresenceRequest(process), "")

    def _answer(self, process: str) -> None:
        everybody = list(self._here)
        starts = range(0, len(everybody), MAX_PEOPLE_PER_EVENT) or (0,)
        for part, start in enumerate(starts):
            is_last = start == starts[-1]
            self._post(
                PresenceSnapshot(
                    self._number, part, is_last, everybody[start : start + MAX_PEOPLE_PER_EVENT]
                ),
                process,
            )

    def _on_snapshot(self, process: str, snapshot: PresenceSnapshot) -> None:
        other = self._others.get(process)
        if other is None or snapshot.part not in (0, other.parts):
            return  # a part is missing; the next request asks for all of them again
        if snapshot.part == 0:
            other.gathered = set()
        other.gathered.update(snapshot.userids)
        other.parts = snapshot.part + 1
        if snapshot.is_last:
            other.number, other.parts = snapshot.number, 0
            now, other.gathered = other.gathered, set()
            self._change(other, came=now - other.userids, went=other.userids - now)

    def _change(self, other: _Process, came: Collection[str], went: Collection[str]) -> None:
        other.userids.difference_update(went)
        other.userids.update(came)
        for userid in came:
            self._enter(userid)
        for userid in went:
            self._leave(userid)

    def _enter(self, userid: str) -> None:
        """The person has come online in one more process."""
        self._processes[userid] += 1
        if self._processes[userid] == 1:
            self._notify(userid, is_online=True)

    def _leave(self, userid: str) -> None:
        self._processes[userid] -= 1
        if not self._processes[userid]:
            del self._processes[userid]
            self._notify(userid, is_online=False)

    def _forget_watcher(self, watcher: Receiver, userid: str) -> None:
        watchers = self._watchers[userid]
        watchers.discard(watcher)
        if not watchers:
            del self._watchers[userid]

    def _hide(self, change: Reach) -> None:
        """Who has blocked a person, or lets only others write, looks offline to those who may be meant, until
        they ask again after that."""
        self.blocks += 1
        for watcher in list(self._watchers.get(change.userid, ())):
            userid, _ = self._watched[watcher]
            if userid == change.other or change.userid == change.other != userid:
                self._hide_from(watcher, change.userid)

    def _hide_from(self, watcher: Receiver, other: str) -> None:
        self._watched[watcher][1].discard(other)
        self._forget_watcher(watcher, other)
        if self.is_online(other):
            self._notify_one(watcher, other, is_online=False)

    def _notify(self, userid: str, *, is_online: bool) -> None:
        if self.moves is not None:
            self.moves[userid] = is_online
        for watcher in self._watchers.get(userid, ()):
            self._notify_one(watcher, userid, is_online=is_online)

    def _notify_one(self, watcher: Receiver, userid: str, *, is_online: bool) -> None:
        watcher.offer_latest((Presence, userid), Presence(userid, is_online), is_own=False)


class WatchRights:
    """Whether devices may go on seeing who is online.

    Blocks, lost contacts and other rules name the people concerned, and OnlineUsers hides these at once. If
    somebody leaves a group, nothing says from whom that took the right. So those who watch the people who
    left, or are watched by them, are asked about again a moment later: some of them each time, however large
    the group was.

    `read_offline(userid, others)`: those of the others who look offline to the person. `changes` counts
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
            except Exception as error:
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
            except Exception:
                self.doubt(userid)
                raise

    async def _ask(self, userid: str) -> None:
        watched = self._online.watched_by(userid)
        if others := set().union(*watched.values()):
            self._online.hide(userid, await self._read_offline(userid, others), watched)

    def _note(self, left: Collection[str]) -> None:
        self.changes += 1
        self._left.update(dict.fromkeys(left))
