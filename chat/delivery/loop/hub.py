"""Connects the log and the sockets: which people are connected to this process, which groups they are in, and
which rows they have not received.

There is one hub per event loop. It follows the log by one integer, its cursor: every row up to it was offered
to the feeds of its recipients. Everything in this module except reading the log is synchronous, so no other
task sees a change half done.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Container, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import islice

from chat.delivery.loop.fanout import MAX_STARTS_PER_STEP, QueuedFrame, Receiver
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

PAGE_ROWS = 1000
# For how many rows one query reads which latecomers could read the changed message before.
MAX_LATECOMER_ROWS = 50


# Shared by all people without mirrors, which are most.
_NO_RECEIVERS: "frozenset[Receiver]" = frozenset()


# For a message and a latecomer, whether the person could read the message before.
_ReadAccess = Mapping[tuple[LogId, str], bool]
_NO_READ_ACCESS: _ReadAccess = {}


class _Presence:
    """A person who has connections to this process."""

    def __init__(self) -> None:
        self.receivers: tuple[Receiver, ...] = ()
        # The receivers that also get what the person wrote.
        self.mirrors: AbstractSet[Receiver] = _NO_RECEIVERS
        # By group, the id of the row with which the person joined it.
        self.groups: dict[int, LogId] = {}
        # Membership changes that are applied while the groups are being read; None once they are read.
        self.pending_changes: list[tuple[int, LogId | None]] | None = []


class Hub:
    """`cursor`: the id of the last row applied. `changed_at`: the id of the last row applied that changes
    who may send: a change of membership, a mute or a ban, a group that becomes quiet or slow. `restrictions`
    are those of groups at the cursor, or somewhat later.

    `read_rows(after, limit)` is `selectors.rows_after`; `who_had_read(latecomers)` is that of
    `chat.reading.latecomers`. `crowd`: more receivers than this count as crowded. `moved` collects the people
    who have connected or disconnected; its reader empties it.

    Callbacks, which must not wait or raise: `account_status` gets changes of account status; `on_block`
    changes of blocks and contacts; `on_leaving` the people who have left a group; `on_rules` is called when
    the moderation rules have changed; `on_notice` gets each notice of a group; `on_grown` each message whose
    sender and cid are in `growing`, before it is offered; `on_response` each of RESPONSES, which are offered
    to nobody but their sender's mirrors.
    """

    def __init__(
        self,
        cursor: LogId,
        read_rows: Callable[[LogId, int], Awaitable[list[Row]]],
        who_had_read: Callable[[Sequence[Latecomers]], Awaitable[set[tuple[LogId, str]]]],
        crowd: int = MAX_STARTS_PER_STEP,
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
        self._advanced = asyncio.Event()
        self._present: dict[str, _Presence] = {}
        self._members: defaultdict[int, set[str]] = defaultdict(set)
        self.moved: set[str] = set()

    def connection_count(self, userid: str) -> int:
        """Return how many connections the person has to this process."""
        presence = self._present.get(userid)
        return len(presence.receivers) if presence else 0

    @property
    def people(self) -> int:
        """How many people have connections to this process."""
        return len(self._present)

    @property
    def newest_known(self) -> LogId:
        """The greatest row id that the log is known to have."""
        return max(self.cursor, self._newest_known)

    def read_cursor(self) -> LogId:
        """Return `cursor`."""
        return self.cursor

    def receivers(self) -> list[Receiver]:
        """Return all connections to this process."""
        return [receiver for presence in self._present.values() for receiver in presence.receivers]

    def is_logged_in(self, userid: str) -> bool:
        """Return whether the person has completed a login on a connection to this process."""
        presence = self._present.get(userid)
        return presence is not None and presence.pending_changes is None

    def mirrors_of(self, userid: str) -> Collection[Receiver]:
        """Return the person's connections that joined as mirrors."""
        presence = self._present.get(userid)
        return presence.mirrors if presence else ()

    def mirrors_in(self, group_id: int, max_members: int) -> dict[str, Collection[Receiver]]:
        """Return the mirrors of each connected member of the group. Empty if more than `max_members` members
        are connected."""
        members = self._members.get(group_id, ())
        return {} if len(members) > max_members else {userid: self.mirrors_of(userid) for userid in members}

    def connected_members(self, group_id: int) -> Collection[str]:
        """Return the members of the group at the cursor who are connected to this process."""
        return self._members.get(group_id, ())

    def is_member(self, userid: str, group_id: int) -> bool:
        """Return whether the person, who must be connected, is a member of the group at the cursor."""
        return userid in self._members.get(group_id, ())

    def may_write(self, userid: str, group_id: int) -> bool:
        """Return whether the person, who must be connected, is a member of the group at the cursor, and
        nothing restricts whether or how often they may write in it."""
        return self.is_member(userid, group_id) and not self.restrictions.may_apply(userid, group_id)

    def join(self, userid: str, receiver: Receiver, *, is_mirror: bool = False) -> None:
        """Offer `receiver` the messages to `userid` from now on, and those to the person's groups once `load`
        returns. Read the groups after this call, not before. `is_mirror`: also offer what the person wrote,
        and changes of the person's account status."""
        presence = self._present.get(userid)
        if presence is None:
            presence = self._present[userid] = _Presence()
        presence.receivers = (*presence.receivers, receiver)
        if is_mirror:
            presence.mirrors |= {receiver}

    async def load(self, userid: str, groups: dict[int, LogId], known_at: LogId) -> None:
        """Set the groups of a person who has joined to those at the cursor: `groups` as read from the
        database, which may be ahead of the cursor, with the changes applied since. When this returns, all
        rows for the person after the cursor are offered, in order.

        `known_at`: a row id. Each change of the groups after they were read has a greater one. Raises
        DatabaseError.
        """
        if known_at > self.cursor:
            await self.wait_for_row(known_at)
        presence = self._present[userid]
        if presence.pending_changes is None:
            return  # another connection of this person has loaded them
        changes, presence.pending_changes = presence.pending_changes, None
        self.moved.add(userid)
        presence.groups = groups
        for group_id in groups:
            self._members[group_id].add(userid)
        for group_id, since in changes:
            self._change_membership(userid, group_id, since)

    def leave(self, userid: str, receiver: Receiver) -> None:
        """Stop offering anything to `receiver`. Idempotent."""
        presence = self._present.get(userid)
        if presence is None:
            return
        presence.receivers = tuple(other for other in presence.receivers if other is not receiver)
        presence.mirrors -= {receiver}
        if not presence.receivers:
            del self._present[userid]
            self.moved.add(userid)
            for group_id in presence.groups:
                self._remove_member(userid, group_id)

    def receive(self, batch: Batch) -> None:
        """Apply a batch, and skip rows that are already applied. If rows before the batch are missing, or if
        only the database knows the recipients of a row, read the rest from the log in the background."""
        if batch.previous > self.cursor or not self._apply_rows(batch.rows, _NO_READ_ACCESS):
            self.expect_row(batch.last)

    async def wait_for_row_after(self, cursor: LogId) -> None:
        """Wait until a row with a greater id than `cursor` is applied."""
        while self.cursor <= cursor:
            await self._advanced.wait()

    def expect_row(self, last_id: LogId) -> None:
        """Note that the log has a row with this id, and read the missing rows up to it in the background."""
        self._newest_known = max(self._newest_known, last_id)
        if self._newest_known > self.cursor and (self._filling is None or self._filling.done()):
            self._filling = asyncio.create_task(self._read_missing_rows())
            self._filling.add_done_callback(_log_failure)

    async def wait_for_row(self, last_id: LogId) -> None:
        """Wait until the row with this id is applied, or until the log is known to end before it. Raises
        DatabaseError."""
        self.expect_row(last_id)
        while self.cursor < last_id <= self._newest_known and self._filling:
            await asyncio.shield(self._filling)

    async def _read_missing_rows(self) -> None:
        while (target := self._newest_known) > self.cursor:
            after = self.cursor
            rows = await self._read_rows(after, PAGE_ROWS)
            self._apply_rows(rows, await self._read_access(rows))
            if not rows and self._newest_known == target:
                # The row does not exist, so the cursor does not move: a hub beyond the end of the log would
                # miss the next rows.
                self._newest_known = self.cursor

    async def _read_access(self, rows: Iterable[Row]) -> _ReadAccess:
        changes = (row for row in rows if isinstance(row, Amendment))
        conditional = filter(None, map(self._conditional_recipients, changes))
        latecomers = list(islice(conditional, MAX_LATECOMER_ROWS))
        readers = await self._who_had_read(latecomers) if latecomers else ()
        pairs = [(late.target, userid) for late in latecomers for userid in late.userids]
        return {pair: pair in readers for pair in pairs}

    def _apply_rows(self, rows: Iterable[Row], access: _ReadAccess) -> bool:
        """Apply the rows, up to the first one whose recipients depend on something that `access` lacks.
        Return whether all were applied."""
        is_complete = True
        for row in rows:
            if row.id > self.cursor and not self._apply_row(row, access):
                is_complete = False
                break
        # Wakes all waiters, although the event is cleared at once.
        self._advanced.set()
        self._advanced.clear()
        return is_complete

    def _apply_row(self, row: Row, access: _ReadAccess) -> bool:
        excluded = self._excluded(row, access) if isinstance(row, Amendment) else ()
        if excluded is None:
            return False
        self._deliver(row, excluded)
        self.cursor = row.id
        return True

    def _excluded(self, row: Amendment, access: _ReadAccess) -> Collection[str] | None:
        """Return the members who could never read the message that the row changes; None if `access` lacks
        one of them."""
        if not (late := self._conditional_recipients(row)):
            return ()
        had_read = {userid: access.get((row.target, userid)) for userid in late.userids}
        return None if None in had_read.values() else {userid for userid, had in had_read.items() if not had}

    def _conditional_recipients(self, row: Amendment) -> Latecomers | None:
        """Return the members who get the row only if they could read the message before."""
        if isinstance(row.to, str) or row.kind in RESPONSES or (row.kind == RECALL and row.is_on):
            return None
        return self.latecomers(row.to, row.target)

    def latecomers(self, group_id: int, target: LogId) -> Latecomers | None:
        """Return the connected members who joined the group after the message `target`; None if all of them
        joined before."""
        members = self.connected_members(group_id)
        late = [userid for userid in members if self._present[userid].groups[group_id] >= target]
        return Latecomers(group_id, target, tuple(late)) if late else None

    def _deliver(self, row: Row, excluded: Collection[str]) -> None:
        """Offer the row to its recipients except `excluded`, and call the callbacks."""
        encoded: dict[object, QueuedFrame | None] = {}
        if isinstance(row, Entry | Amendment):
            if self.growing and isinstance(row, Entry) and (row.sender, row.cid) in self.growing:
                self.on_grown(row)
            if row.kind in RESPONSES and isinstance(row, Amendment):
                self.on_response(row)
            else:
                self._offer(row, self._recipients_of(row, excluded), row.sender, encoded)
            self._offer_to_mirrors(row, encoded)
        elif isinstance(row, Notice):
            self._deliver_notice(row, encoded)
        elif isinstance(row, AccountStatusChange):
            self._change_account_status(row)
            for receiver in self.mirrors_of(row.userid):
                receiver.offer(row, encoded, crowded=False)
        elif isinstance(row, Pinned):
            self._offer(row, (row.other,), row.userid, encoded)
        elif isinstance(row, Reach):
            for callback in self.on_block:
                callback(row)

    def _deliver_notice(self, row: Notice, encoded: dict[object, QueuedFrame | None]) -> None:
        leaving: Collection[str] = ()
        if isinstance(row, MembershipNotice):
            self._change_members(row)
            # People who leave get the notice too, and nothing after it.
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

    def _recipients_of(self, row: Written, excluded: Collection[str]) -> Collection[str]:
        if isinstance(row.to, str):
            return (row.to,)
        members = self._members.get(row.to, ())
        return [userid for userid in members if userid not in excluded] if excluded else members

    def _offer_to_mirrors(self, row: Written, encoded: dict[object, QueuedFrame | None]) -> None:
        for receiver in self.mirrors_of(row.sender):
            receiver.offer_own(row, encoded)

    def _change_members(self, notice: MembershipNotice) -> None:
        self.changed_at = notice.id
        for userid in notice.joined:
            self._change_membership(userid, notice.group, notice.id)
        for userid in notice.left:
            self._change_membership(userid, notice.group, None)
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

    def _change_membership(self, userid: str, group_id: int, since: LogId | None) -> None:
        """Note that the person joined the group with the row `since`, or left it if that is None."""
        presence = self._present.get(userid)
        if presence is None:
            return
        if presence.pending_changes is not None:
            presence.pending_changes.append((group_id, since))
        elif since is not None:
            presence.groups[group_id] = since
            self._members[group_id].add(userid)
        else:
            presence.groups.pop(group_id, None)
            self._remove_member(userid, group_id)

    def _remove_member(self, userid: str, group_id: int) -> None:
        members = self._members.get(group_id, set())
        members.discard(userid)
        if not members:
            self._members.pop(group_id, None)


def _log_failure(filling: "asyncio.Task[None]") -> None:
    if not filling.cancelled() and (error := filling.exception()):
        logger.error("The log could not be read, and will be again: %s", error)
