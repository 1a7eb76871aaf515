"""Connects the log and the sockets: who is connected here, in which groups, and which rows they have not
seen.

There is one hub per event loop. It follows the log by one integer, its cursor: every row up to it was offered
to the feeds of its recipients. Everything here except reading the log is synchronous, so no other task sees a
change half done.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Container, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import islice

from chat.delivery.loop.fanout import AT_ONCE, QueuedFrame, Receiver
from chat.delivery.loop.write_rights import Restrictions, StatusWatch
from log.drafts import Batch
from log.rows import (
    RECALL,
    RESPONSES,
    AccountStatusChange,
    Amendment,
    Entry,
    Latecomers,
    LogId,
    MembershipNotice,
    Notice,
    Pinned,
    Reach,
    Row,
    Written,
)

logger = logging.getLogger(__name__)

PAGE = 1000
# Of so many rows it is asked at once which latecomers know the message that is changed.
MAX_LATECOMER_ROWS = 50


# Shared by all who have no such connections, as most people.
_NOBODY: "frozenset[Receiver]" = frozenset()


# For a message and a latecomer, whether the person could read it before.
_Readers = Mapping[tuple[LogId, str], bool]
_NOTHING_KNOWN: _Readers = {}


class _Presence:
    """A person who has connections here."""

    def __init__(self) -> None:
        self.receivers: set[Receiver] = set()
        # Those of them that also want what the person wrote.
        self.mirrors: AbstractSet[Receiver] = _NOBODY
        # Each with the id since which the person is in it.
        self.groups: dict[int, LogId] = {}
        # Changes of membership that were applied while the groups are still being read.
        self.seen_meanwhile: list[tuple[int, LogId | None]] | None = []


class Hub:
    """`cursor`: the id of the last row applied. `changed_at`: the id of the last row applied that changes
    who may send: a change of membership, a change of standing that mutes or locks, a group that becomes quiet
    or slow. `restrictions` are those of groups at the cursor, or somewhat later.

    `read_rows(after, limit)` is `selectors.rows_after`, `who_had_read(asked)` is that of `latecomers`.
    `crowd`: more receivers than this count as crowded.
    `moved` collects those who have come here or gone, until somebody takes them out.
    `account_status` is told of changes of standing, those in `on_block` of people who block each other or do
    so no more, those in `on_leaving` of people who have left a group, those in `on_rules` that the rules of
    the desk have changed, and those in `on_notice` of each change of a group. `on_grown` is told of messages
    before they are offered, if the sender and the cid are in `growing`; `on_response` of RESPONSES, of which
    others are offered nothing. They must not wait or raise.
    """

    def __init__(
        self,
        cursor: LogId,
        read_rows: Callable[[LogId, int], Awaitable[list[Row]]],
        who_had_read: Callable[[Sequence[Latecomers]], Awaitable[set[tuple[LogId, str]]]],
        crowd: int = AT_ONCE,
    ) -> None:
        self.cursor = cursor
        self.changed_at = cursor
        self.account_status = StatusWatch()
        self.restrictions = Restrictions()
        self.on_block: list[Callable[[Reach], None]] = []
        self.on_leaving: list[Callable[[Collection[str]], None]] = []
        self.on_rules: list[Callable[[], None]] = []
        self.on_notice: list[Callable[[Notice], None]] = []
        self.growing: Container[tuple[str, str | None]] = ()
        self.on_grown: Callable[[Entry], None] = lambda _: None
        self.on_response: Callable[[Amendment], None] = lambda _: None
        self._read_rows = read_rows
        self._who_had_read = who_had_read
        self._crowd = crowd
        self._newest_known = cursor
        self._filling: asyncio.Task[None] | None = None
        self._moved = asyncio.Event()
        self._present: dict[str, _Presence] = {}
        self._members: defaultdict[int, set[str]] = defaultdict(set)
        self.moved: set[str] = set()

    def connections_of(self, userid: str) -> int:
        """How many connections the person has here."""
        presence = self._present.get(userid)
        return len(presence.receivers) if presence else 0

    @property
    def people(self) -> int:
        """How many people have connections here."""
        return len(self._present)

    @property
    def newest_known(self) -> LogId:
        """The greatest id that the log is known to have."""
        return max(self.cursor, self._newest_known)

    def receivers(self) -> list[Receiver]:
        """All connections here."""
        return [receiver for presence in self._present.values() for receiver in presence.receivers]

    def is_here(self, userid: str) -> bool:
        """Whether the person is logged in on a connection here."""
        presence = self._present.get(userid)
        return presence is not None and presence.seen_meanwhile is None

    def mirrors_of(self, userid: str) -> Collection[Receiver]:
        """The person's connections that joined as mirrors."""
        presence = self._present.get(userid)
        return presence.mirrors if presence else ()

    def mirrors_in(self, group_id: int, most: int) -> dict[str, Collection[Receiver]]:
        """Those of each member of the group; of none if more than `most` members are connected here."""
        members = self._members.get(group_id, ())
        return {} if len(members) > most else {userid: self.mirrors_of(userid) for userid in members}

    def members_here(self, group_id: int) -> Collection[str]:
        """Members of the group at the cursor who are connected here."""
        return self._members.get(group_id, ())

    def is_member(self, userid: str, group_id: int) -> bool:
        """Whether the person, who is connected here, is a member of the group at the cursor."""
        return userid in self._members.get(group_id, ())

    def may_write(self, userid: str, group_id: int) -> bool:
        """Whether the person, who is connected here, is a member of the group at the cursor, and nothing
        restricts whether and how often they write there."""
        return self.is_member(userid, group_id) and not self.restrictions.concern(userid, group_id)

    def join(self, userid: str, receiver: Receiver, *, is_mirror: bool = False) -> None:
        """Offer `receiver` the messages to `userid` from now on, and those to the person's groups once `load`
        returns. Read the groups after this call, not before. `is_mirror`: also what the person wrote, and
        changes of the person's standing."""
        presence = self._present.get(userid)
        if presence is None:
            presence = self._present[userid] = _Presence()
        presence.receivers.add(receiver)
        if is_mirror:
            presence.mirrors |= {receiver}

    async def load(self, userid: str, groups: dict[int, LogId], known_at: LogId) -> None:
        """Set the groups of a person who joined to what they are at the cursor: first as the database has
        them, which may be ahead of the cursor, then with the changes that the log has brought since. When
        this returns, all rows for the person after the cursor are offered, in order.

        `known_at`: an id. Each change of the groups after they were read has a greater one. Raises
        DatabaseError.
        """
        if known_at > self.cursor:
            await self.reach(known_at)
        presence = self._present[userid]
        if presence.seen_meanwhile is None:
            return  # another connection of this person has loaded them
        changes, presence.seen_meanwhile = presence.seen_meanwhile, None
        self.moved.add(userid)
        presence.groups = groups
        for group_id in groups:
            self._members[group_id].add(userid)
        for group_id, since in changes:
            self._change(userid, group_id, since)

    def leave(self, userid: str, receiver: Receiver) -> None:
        """Offer `receiver` nothing more. Leaving twice does no harm."""
        presence = self._present.get(userid)
        if presence is None:
            return
        presence.receivers.discard(receiver)
        presence.mirrors -= {receiver}
        if not presence.receivers:
            del self._present[userid]
            self.moved.add(userid)
            for group_id in presence.groups:
                self._remove(userid, group_id)

    def receive(self, batch: Batch) -> None:
        """Apply a batch. Rows that are known are skipped. If rows before the batch are missing, or the
        database knows whom one is for, the log is read instead."""
        if batch.previous > self.cursor or not self._take(batch.rows, _NOTHING_KNOWN):
            self.expect_row(batch.last)

    async def moved_from(self, cursor: LogId) -> None:
        """Return when a row after this one is applied."""
        while self.cursor <= cursor:
            await self._moved.wait()

    def expect_row(self, last_id: LogId) -> None:
        """The log has a row with this id. Reads the missing rows up to it, in the background."""
        self._newest_known = max(self._newest_known, last_id)
        if self._newest_known > self.cursor and (self._filling is None or self._filling.done()):
            self._filling = asyncio.create_task(self._fill())
            self._filling.add_done_callback(_log_failure)

    async def reach(self, last_id: LogId) -> None:
        """Return when the row with this id is applied, or when the log was seen to end before it. Raises
        DatabaseError."""
        self.expect_row(last_id)
        while self.cursor < last_id <= self._newest_known and self._filling:
            await asyncio.shield(self._filling)

    async def _fill(self) -> None:
        while (target := self._newest_known) > self.cursor:
            after = self.cursor
            rows = await self._read_rows(after, PAGE)
            self._take(rows, await self._read_readers(rows))
            if not rows and self._newest_known == target:
                # The row is not there, so the cursor does not move: a hub beyond the end of the log would
                # miss the next rows.
                self._newest_known = self.cursor

    async def _read_readers(self, rows: Iterable[Row]) -> _Readers:
        changes = (row for row in rows if isinstance(row, Amendment))
        latecomers = list(islice(filter(None, map(self._latecomers, changes)), MAX_LATECOMER_ROWS))
        readers = await self._who_had_read(latecomers) if latecomers else ()
        pairs = [(late.target, userid) for late in latecomers for userid in late.userids]
        return {pair: pair in readers for pair in pairs}

    def _take(self, rows: Iterable[Row], readers: _Readers) -> bool:
        """Apply the rows, up to the first that may be for somebody of whom `readers` does not know it. Return
        whether that was all of them."""
        is_all = True
        for row in rows:
            if row.id > self.cursor and not self._take_one(row, readers):
                is_all = False
                break
        # Who waits is woken all the same.
        self._moved.set()
        self._moved.clear()
        return is_all

    def _take_one(self, row: Row, readers: _Readers) -> bool:
        outside = self._outside(row, readers) if isinstance(row, Amendment) else ()
        if outside is None:
            return False
        self._apply(row, outside)
        self.cursor = row.id
        return True

    def _outside(self, row: Amendment, readers: _Readers) -> Collection[str] | None:
        """Members who could never read the message that the row is about; None if that is unknown of any."""
        if not (late := self._latecomers(row)):
            return ()
        had_read = {userid: readers.get((row.target, userid)) for userid in late.userids}
        return None if None in had_read.values() else {userid for userid, had in had_read.items() if not had}

    def _latecomers(self, row: Amendment) -> Latecomers | None:
        """Those who get the row only if they could read the message before."""
        if isinstance(row.to, str) or row.kind in RESPONSES or (row.kind == RECALL and row.is_on):
            return None
        return self.latecomers(row.to, row.target)

    def latecomers(self, group_id: int, target: LogId) -> Latecomers | None:
        """Members connected here who joined after this message."""
        members = self.members_here(group_id)
        late = [userid for userid in members if self._present[userid].groups[group_id] >= target]
        return Latecomers(group_id, target, tuple(late)) if late else None

    def _apply(self, row: Row, outside: Collection[str]) -> None:
        """`outside`: who could never read the message that the row is about. They are told no more of it than
        that it is gone."""
        encoded: dict[object, QueuedFrame | None] = {}
        if isinstance(row, Entry | Amendment):
            if self.growing and isinstance(row, Entry) and (row.sender, row.cid) in self.growing:
                self.on_grown(row)
            if row.kind in RESPONSES and isinstance(row, Amendment):
                self.on_response(row)
            else:
                self._offer(row, self._recipients_of(row, outside), row.sender, encoded)
            self._mirror(row, encoded)
        elif isinstance(row, Notice):
            self._take_notice(row, encoded)
        elif isinstance(row, AccountStatusChange):
            self._change_account_status(row)
            for receiver in self.mirrors_of(row.userid):
                receiver.offer(row, encoded, crowded=False)
        elif isinstance(row, Pinned):
            self._offer(row, (row.other,), row.userid, encoded)
        elif isinstance(row, Reach):
            for callback in self.on_block:
                callback(row)

    def _take_notice(self, row: Notice, encoded: dict[object, QueuedFrame | None]) -> None:
        leaving: Collection[str] = ()
        if isinstance(row, MembershipNotice):
            self._change_members(row)
            # They get the notice too, and nothing after it.
            leaving = row.left
        elif self.restrictions.change_group(row):
            self.changed_at = row.id
        members = self._members.get(row.group, ())
        self._offer(row, {*members, *leaving} if leaving else members, "", encoded)
        for callback in self.on_notice:
            callback(row)

    def _offer(
        self, row: Row, userids: Collection[str], sender: str, encoded: dict[object, QueuedFrame | None]
    ) -> None:
        crowded = len(userids) > self._crowd
        for userid in userids:
            presence = self._present.get(userid)
            if presence is not None and userid != sender:
                for receiver in presence.receivers:
                    receiver.offer(row, encoded, crowded=crowded)

    def _recipients_of(self, row: Written, outside: Collection[str]) -> Collection[str]:
        if isinstance(row.to, str):
            return (row.to,)
        members = self._members.get(row.to, ())
        return [userid for userid in members if userid not in outside] if outside else members

    def _mirror(self, row: Written, encoded: dict[object, QueuedFrame | None]) -> None:
        for receiver in self.mirrors_of(row.sender):
            receiver.offer_own(row, encoded)

    def _change_members(self, notice: MembershipNotice) -> None:
        self.changed_at = notice.id
        for userid in notice.joined:
            self._change(userid, notice.group, notice.id)
        for userid in notice.left:
            self._change(userid, notice.group, None)
        if notice.left:
            for callback in self.on_leaving:
                callback(notice.left)

    def _change_account_status(self, row: AccountStatusChange) -> None:
        if row.change.muted or row.change.banned:
            self.changed_at = row.id
        if row.change.rules:
            for callback in self.on_rules:
                callback()
        self.restrictions.change_account_status(row.userid, row.change)
        self.account_status.apply(row)

    def _change(self, userid: str, group_id: int, since: LogId | None) -> None:
        """The person is in the group since then, or no longer."""
        presence = self._present.get(userid)
        if presence is None:
            return
        if presence.seen_meanwhile is not None:
            presence.seen_meanwhile.append((group_id, since))
        elif since is not None:
            presence.groups[group_id] = since
            self._members[group_id].add(userid)
        else:
            presence.groups.pop(group_id, None)
            self._remove(userid, group_id)

    def _remove(self, userid: str, group_id: int) -> None:
        members = self._members.get(group_id, set())
        members.discard(userid)
        if not members:
            self._members.pop(group_id, None)


def _log_failure(filling: "asyncio.Task[None]") -> None:
    if not filling.cancelled() and (error := filling.exception()):
        logger.error("The log could not be read, and will be again: %s", error)
