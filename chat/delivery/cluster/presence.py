"""The presence of people. A person is online while logged in on at least one connection to any process.

Each process publishes who has come online on it and who has gone offline, up to several times a second. The
database is not used. A process that sends nothing for a while counts as gone, with the people who were online
on it. A process that has missed a delta requests a snapshot.
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

# How often the process checks who has connected and disconnected.
CHECK_SECONDS = 0.3
# A person who reconnects within this time does not count as offline.
GRACE_SECONDS = 5.0
# How often a process sends a beat, and after which silence it counts as gone.
BEAT_SECONDS = 3.0
LEASE_SECONDS = 15.0
# How long the reply to a request may take before another request is sent.
ANSWER_SECONDS = 1.0
# How many people an event names at most.
MAX_PEOPLE_PER_EVENT = 500
# In one check of WatchRights, how many people who left a group are handled, and how many people are read
# again.
MAX_LEFT, MAX_WATCHERS = 200, 20

Post = Callable[[EphemeralEvent, str], None]


class _Process:
    """Another process: `userids` are the people online on it after its delta `number`."""

    def __init__(self) -> None:
        self.number = 0
        self.userids: set[str] = set()
        self.seen_at = 0.0
        self.requested_at = float("-inf")
        # How many parts of the reply to a request have arrived, and the people in them.
        self.parts = 0
        self.gathered: set[str] = set()


class OnlineUsers:
    """The people who are online, and the devices that watch them. `process`: the name of this process.
    `post(event, to)` sends to the other processes, or to the one named `to`, if there are any.
    """

    def __init__(self, process: str, hub: Hub, clock: Callable[[], float], post: Post) -> None:
        self._process = process
        self._hub = hub
        self._clock = clock
        self._post = post
        # On how many processes each person is online.
        self._processes: Counter[str] = Counter()
        # The people who are online on this process.
        self._here: set[str] = set()
        # Of these, the people without a connection, and when they count as offline.
        self._leaving: dict[str, float] = {}
        self._number = 0
        self._published_at = float("-inf")
        self._others: dict[str, _Process] = {}
        self._watchers: dict[str, set[Receiver]] = {}
        # The person of each watching device, and the people whom it watches.
        self._watched: dict[Receiver, tuple[str, set[str]]] = {}
        # The last status of the people who have come online or gone offline since the reader emptied it; None
        # if nothing reads it.
        self.changes: dict[str, bool] | None = None
        # How many changes of blocks and contacts this process has applied.
        self.blocks = 0
        hub.on_block.append(self._hide)

    def __len__(self) -> int:
        """Return how many people are online, as far as this process knows."""
        return len(self._processes)

    def is_online(self, userid: str) -> bool:
        """Return whether the person is online, as far as this process knows."""
        return userid in self._processes

    def watch(self, userid: str, watcher: Receiver, others: Collection[str]) -> tuple[str, ...]:
        """Notify `watcher`, a device of the person, when these others come online or go offline. They replace
        the people whom it watched before. Return those who are online."""
        self.check()
        self.unwatch(watcher)
        if others:
            self._watched[watcher] = userid, set(others)
        for other in others:
            self._watchers.setdefault(other, set()).add(watcher)
        return tuple(other for other in others if self.is_online(other))

    def unwatch(self, watcher: Receiver) -> None:
        """Stop notifying `watcher`. Idempotent."""
        _, others = self._watched.pop(watcher, ("", ()))
        for other in others:
            self._forget_watcher(watcher, other)

    def watching_people(self, userid: str) -> set[str]:
        """Return the people who watch this person, and the person if they watch others."""
        people = {self._watched[watcher][0] for watcher in self._watchers.get(userid, ())}
        return people | {userid} if self.watched_by(userid) else people

    def watched_by(self, userid: str) -> dict[Receiver, set[str]]:
        """Return the people whom each device of the person watches; without devices that watch nobody."""
        mirrors = self._hub.mirrors_of(userid)
        return {mirror: self._watched[mirror][1] for mirror in mirrors if mirror in self._watched}

    def hide(self, others: Collection[str], watched: Mapping[Receiver, set[str]]) -> None:
        """Let these others look offline to the devices in `watched`, a result of `watched_by`. Skip a device
        that watches other people since."""
        for watcher, watched_people in watched.items():
            if self._watched.get(watcher, ("", None))[1] is watched_people:
                for other in watched_people.intersection(others):
                    self._hide_from(watcher, other)

    def check(self) -> None:
        """Find out who has come online on this process and gone offline, and publish it."""
        now = self._clock()
        came, went = self._find_delta(now)
        for start in range(0, max(len(came), len(went)), MAX_PEOPLE_PER_EVENT):
            self._number += 1
            self._publish(
                PresenceDelta(
                    self._number,
                    came[start : start + MAX_PEOPLE_PER_EVENT],
                    went[start : start + MAX_PEOPLE_PER_EVENT],
                ),
                now,
            )
        if now >= self._published_at + BEAT_SECONDS:
            self._publish(PresenceDelta(self._number, (), ()), now)
        self._forget_silent(now)

    def on_message(self, process: str, event: PresenceDelta | PresenceRequest | PresenceSnapshot) -> None:
        """Handle an event of another process."""
        match event:
            case PresenceDelta():
                self._on_delta(process, event)
            case PresenceRequest(target):
                if target == self._process:
                    self._send_snapshot(process)
            case PresenceSnapshot():
                self._on_snapshot(process, event)

    async def run(self) -> None:
        """Check until cancelled."""
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            try:
                self.check()
            except Exception:
                logger.exception("It could not be found out who has come online and gone offline.")

    def _find_delta(self, now: float) -> tuple[list[str], list[str]]:
        """Return the people who have come online on this process, and those who have gone offline."""
        came = [userid for userid in self._hub.moved if self._has_come_online(userid, now)]
        self._hub.moved.clear()
        went = []
        # They are in the order of their times.
        while self._leaving and next(iter(self._leaving.values())) <= now:
            userid = next(iter(self._leaving))
            del self._leaving[userid]
            self._here.discard(userid)
            self._leave(userid)
            went.append(userid)
        return came, went

    def _has_come_online(self, userid: str, now: float) -> bool:
        """Apply that the person has connected or disconnected. Return whether they have come online on this
        process."""
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

    def _publish(self, delta: PresenceDelta, now: float) -> None:
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

    def _send_snapshot(self, process: str) -> None:
        people = list(self._here)
        starts = range(0, len(people), MAX_PEOPLE_PER_EVENT) or (0,)
        for part, start in enumerate(starts):
            is_last = start == starts[-1]
            self._post(
                PresenceSnapshot(self._number, part, is_last, people[start : start + MAX_PEOPLE_PER_EVENT]),
                process,
            )

    def _on_snapshot(self, process: str, snapshot: PresenceSnapshot) -> None:
        other = self._others.get(process)
        if other is None or snapshot.part not in (0, other.parts):
            return  # a part is missing; all of them will be requested again
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
        """Count another process on which the person is online."""
        self._processes[userid] += 1
        if self._processes[userid] == 1:
            self._notify(userid, is_online=True)

    def _leave(self, userid: str) -> None:
        """Count one process less."""
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
        """Let the person of `change` look offline to the one they have blocked; after a change of their rules
        to everybody. A device sees them again if it watches them anew and the database allows it."""
        self.blocks += 1
        for watcher in list(self._watchers.get(change.userid, ())):
            userid, _ = self._watched[watcher]
            if userid == change.other or change.userid == change.other != userid:
                self._hide_from(watcher, change.userid)

    def _hide_from(self, watcher: Receiver, other: str) -> None:
        self._watched[watcher][1].discard(other)
        self._forget_watcher(watcher, other)
        if self.is_online(other):
            self._notify_watcher(watcher, other, is_online=False)

    def _notify(self, userid: str, *, is_online: bool) -> None:
        if self.changes is not None:
            self.changes[userid] = is_online
        for watcher in self._watchers.get(userid, ()):
            self._notify_watcher(watcher, userid, is_online=is_online)

    def _notify_watcher(self, watcher: Receiver, userid: str, *, is_online: bool) -> None:
        watcher.offer_latest((Presence, userid), Presence(userid, is_online), is_own=False)


class WatchRights:
    """Checks whether devices may still see the presence of the people whom they watch.

    Rows about blocks, contacts and personal rules name the people concerned, and OnlineUsers hides these at
    once. If somebody leaves a group, no row says who thereby loses the right. So the rights of those who
    watch the people who left, and of these people, are read again a moment later, a few in each check,
    however large the group was.

    `read_offline(userid, others)` returns those of the others who look offline to the person. `changes`
    counts how often somebody has left a group."""

    def __init__(
        self,
        hub: Hub,
        online: OnlineUsers,
        read_offline: Callable[[str, Collection[str]], Awaitable[set[str]]],
    ) -> None:
        self.changes = 0
        self._online = online
        self._read_offline = read_offline
        # Both are ordered sets: the people who have left a group, and those whose rights are read again.
        self._left: dict[str, None] = {}
        self._to_recheck: dict[str, None] = {}
        hub.on_leaving.append(self._on_leaving)

    def recheck_soon(self, userid: str) -> None:
        """Check soon whether the person may still see everybody whom their devices watch."""
        self._to_recheck[userid] = None

    async def run(self) -> None:
        """Check until cancelled."""
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            try:
                await self.check()
            except Exception as error:
                logger.error("It could not be read who may see who is online, and will be again: %s", error)

    async def check(self) -> None:
        """Check the rights of a few people. Raises DatabaseError; then they are checked again."""
        for userid in list(self._left)[:MAX_LEFT]:
            del self._left[userid]
            self._to_recheck.update(dict.fromkeys(self._online.watching_people(userid)))
        for userid in list(self._to_recheck)[:MAX_WATCHERS]:
            # Before the read: another check may become necessary meanwhile.
            del self._to_recheck[userid]
            try:
                await self._recheck(userid)
            except Exception:
                self.recheck_soon(userid)
                raise

    async def _recheck(self, userid: str) -> None:
        watched = self._online.watched_by(userid)
        if others := set().union(*watched.values()):
            self._online.hide(await self._read_offline(userid, others), watched)

    def _on_leaving(self, left: Collection[str]) -> None:
        self.changes += 1
        self._left.update(dict.fromkeys(left))
