"""A cache of write permissions for an event loop, so that most messages need no database read, and the
sessions that depend on account status. Pure.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple, Protocol

from accounts.account_status import Change
from log.rows import AccountStatusChange, GroupChange, Reach

Pair = tuple[str, str]

# How many pairs are remembered, and how many of those with recipients to whom not everybody may write.
MAX_PAIRS = 100_000
MAX_GUARDED_PAIRS = 10_000


class StoredRestrictions(NamedTuple):
    """The restrictions in the database: quiet groups, slow groups, and mutes as pairs of group and userid."""

    quiet: Iterable[int] = ()
    slow: Iterable[int] = ()
    mutes: Iterable[tuple[int, str]] = ()


class _GroupRestrictions:
    __slots__ = ("is_quiet", "is_slow", "muted")

    def __init__(self) -> None:
        self.is_quiet = False
        self.is_slow = False
        self.muted: set[str] = set()

    def __bool__(self) -> bool:
        return self.is_quiet or self.is_slow or bool(self.muted)


class Restrictions:
    """The groups in which the database must be asked whether a person may write.

    This may be a little too old or too new: a sender without restrictions here is checked again under the
    log's lock if the log has moved since."""

    def __init__(self) -> None:
        self._groups: dict[int, _GroupRestrictions] = {}

    def load(self, stored: StoredRestrictions) -> None:
        """Begin with the restrictions in the database. They may include rows that are not applied yet;
        applying these later changes nothing."""
        groups: defaultdict[int, _GroupRestrictions] = defaultdict(_GroupRestrictions)
        for group in stored.quiet:
            groups[group].is_quiet = True
        for group in stored.slow:
            groups[group].is_slow = True
        for group, userid in stored.mutes:
            groups[group].muted.add(userid)
        self._groups = dict(groups)

    def may_apply(self, userid: str, group: int) -> bool:
        """Return whether the person may be restricted in the group."""
        # For most groups, this lookup is all that a message costs.
        if group not in self._groups:
            return False
        rights = self._groups[group]
        return rights.is_quiet or rights.is_slow or userid in rights.muted

    def change_group(self, row: GroupChange) -> bool:
        """Apply a change of a group. Return whether it may restrict who writes in it, or how often."""
        is_quiet, slow = row.changed.get("muted"), row.changed.get("slow")
        if is_quiet is None and slow is None:
            # A change of managers matters only in restricted groups, where the database is always asked.
            return False
        group = self._groups.setdefault(row.group, _GroupRestrictions())
        if is_quiet is not None:
            group.is_quiet = bool(is_quiet)
        if slow is not None:
            group.is_slow = bool(slow)
        self._forget_if_unrestricted(row.group)
        return bool(is_quiet or slow)

    def change_account_status(self, userid: str, change: Change) -> None:
        """Apply a mute, or its end, if it is for one group."""
        if change.group is None or change.muted is None:
            return
        group = self._groups.setdefault(change.group, _GroupRestrictions())
        if change.muted:
            group.muted.add(userid)
        else:
            group.muted.discard(userid)
        self._forget_if_unrestricted(change.group)

    def _forget_if_unrestricted(self, group: int) -> None:
        if not self._groups[group]:
            del self._groups[group]


class KnownPairs:
    """Pairs of a sender and a recipient to whom the sender may write, so that the sender's next message needs
    no read. `changes` counts the changes that may have ended such a permission.

    If everybody may write to the recipient, only a change by the recipient ends the permission, and the log
    has a row for it. Otherwise the pair is guarded: the sender may write because both share a group, for
    example. So all guarded pairs are forgotten when anybody leaves a group.
    """

    def __init__(self) -> None:
        self.changes = 0
        # Each with its number, in the order in which they were added.
        self._pairs: dict[Pair, int] = {}
        self._number = 0
        # By recipient who has changed their rules, the number from which on pairs were added since.
        self._valid_from: dict[str, int] = {}
        self._guarded: set[Pair] = set()

    def __contains__(self, pair: object) -> bool:
        number = self._pairs.get(pair)  # type: ignore[call-overload]
        if number is None:
            return pair in self._guarded
        return not self._valid_from or number >= self._valid_from.get(pair[1], 0)  # type: ignore[index]

    def add(self, pair: Pair, *, is_guarded: bool) -> None:
        """`is_guarded`: not everybody may write to the recipient."""
        if is_guarded:
            if len(self._guarded) >= MAX_GUARDED_PAIRS:
                self._guarded = set()
            self._guarded.add(pair)
            return
        if len(self._pairs) >= MAX_PAIRS or len(self._valid_from) >= MAX_PAIRS:
            self._pairs, self._valid_from = {}, {}
        self._number += 1
        self._pairs[pair] = self._number

    def forget(self, change: Reach) -> None:
        """Forget the pairs that a block or a lost contact ends. If both people of `change` are the same, the
        person's rules have changed: forget all pairs with this recipient."""
        self.changes += 1
        if change.userid == change.other:
            self._valid_from[change.userid] = self._number + 1
            self._guarded = set()
        else:
            pair = (change.other, change.userid)
            self._pairs.pop(pair, None)
            self._guarded.discard(pair)

    def forget_guarded(self) -> None:
        """Forget all guarded pairs, because somebody has left a group."""
        self.changes += 1
        self._guarded = set()

    def clear(self) -> None:
        self._pairs, self._valid_from, self._guarded = {}, {}, set()


class StatusListener(Protocol):
    """An object that depends on a person's account status."""

    def change_account_status(self, row: AccountStatusChange) -> None:
        """Apply the change. Must not wait or raise."""


class StatusWatch:
    """The sessions of this process, by person. Retired sessions are included: a newer connection gets the
    messages, but they may still send."""

    def __init__(self) -> None:
        self._sessions: dict[str, tuple[StatusListener, ...]] = {}

    def watch(self, userid: str, session: StatusListener) -> None:
        """Notify `session` of every change that is applied from now on."""
        self._sessions[userid] = (*self._sessions.get(userid, ()), session)

    def unwatch(self, userid: str, session: StatusListener) -> None:
        """Stop notifying `session`. Idempotent."""
        sessions = self._sessions.pop(userid, ())
        if left := tuple(other for other in sessions if other is not session):
            self._sessions[userid] = left

    def apply(self, row: AccountStatusChange) -> None:
        """Notify the sessions of the person, which may end them."""
        for session in self._sessions.get(row.userid, ()):
            session.change_account_status(row)
