"""What an event loop knows of who may write where, so that a usual message reads nothing, and which sessions
depend on it. Pure.
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


class Known(NamedTuple):
    """What the database says: the groups that are quiet, those that are slow, and who is muted where."""

    quiet: Iterable[int] = ()
    slow: Iterable[int] = ()
    mutes: Iterable[tuple[int, str]] = ()


class _Group:
    """A group with restrictions."""

    __slots__ = ("is_quiet", "is_slow", "muted")

    def __init__(self) -> None:
        self.is_quiet = False
        self.is_slow = False
        self.muted: set[str] = set()

    def __bool__(self) -> bool:
        return self.is_quiet or self.is_slow or bool(self.muted)


class Restrictions:
    """In which groups not everybody may write as much as they like: that the database must be asked, not what
    it says. So it does no harm if this is known a little late, or too early: a sender whom nothing restricts
    here is checked again under the log's lock, if the log has moved since."""

    def __init__(self) -> None:
        self._groups: dict[int, _Group] = {}

    def load(self, known: Known) -> None:
        """Begin with what the database says. It may know later rows than those that are applied here: they
        come again, and say the same."""
        groups: defaultdict[int, _Group] = defaultdict(_Group)
        for group in known.quiet:
            groups[group].is_quiet = True
        for group in known.slow:
            groups[group].is_slow = True
        for group, userid in known.mutes:
            groups[group].muted.add(userid)
        self._groups = dict(groups)

    def concern(self, userid: str, group: int) -> bool:
        """Whether the person may be restricted in the group."""
        # For most groups, this is all that a message costs.
        if group not in self._groups:
            return False
        rights = self._groups[group]
        return rights.is_quiet or rights.is_slow or userid in rights.muted

    def change_group(self, row: GroupChange) -> bool:
        """A group has changed. Returns whether fewer people than before may write there, or less often."""
        is_quiet, slow = row.changed.get("muted"), row.changed.get("slow")
        if is_quiet is None and slow is None:
            # Former managers of a restricted group are always looked up.
            return False
        group = self._groups.setdefault(row.group, _Group())
        if is_quiet is not None:
            group.is_quiet = bool(is_quiet)
        if slow is not None:
            group.is_slow = bool(slow)
        self._forget_if_free(row.group)
        return bool(is_quiet or slow)

    def change_account_status(self, userid: str, change: Change) -> None:
        """A person's standing has changed, maybe in one group."""
        if change.group is None or change.muted is None:
            return
        group = self._groups.setdefault(change.group, _Group())
        if change.muted:
            group.muted.add(userid)
        else:
            group.muted.discard(userid)
        self._forget_if_free(change.group)

    def _forget_if_free(self, group: int) -> None:
        if not self._groups[group]:
            del self._groups[group]


class KnownPairs:
    """Senders and recipients of whom is known that the one may write to the other, so that nothing is read
    for their next message. `changes` counts what may have ended that.

    What is known of a recipient to whom everybody may write, only the recipient changes: the log says when.
    To others, people may write because they share a group, for example. So all that is known of these is
    forgotten when somebody leaves any group.
    """

    def __init__(self) -> None:
        self.changes = 0
        # In which order they came to be known.
        self._pairs: dict[Pair, int] = {}
        self._number = 0
        # Of recipients who have changed their rules: which pairs are known since.
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
        """Somebody is blocked, or no contact any more. If both are the same, the rules are others."""
        self.changes += 1
        if change.userid == change.other:
            self._valid_from[change.userid] = self._number + 1
            self._guarded = set()
        else:
            pair = (change.other, change.userid)
            self._pairs.pop(pair, None)
            self._guarded.discard(pair)

    def forget_guarded(self) -> None:
        """Somebody has left a group."""
        self.changes += 1
        self._guarded = set()

    def clear(self) -> None:
        self._pairs, self._valid_from, self._guarded = {}, {}, set()


class StatusListener(Protocol):
    """What depends on a person's account status."""

    def change_account_status(self, row: AccountStatusChange) -> None:
        """Must not wait or raise."""


class StatusWatch:
    """The sessions of this process, by person; also those that get no more messages because a newer
    connection does: they may still send."""

    def __init__(self) -> None:
        self._sessions: dict[str, set[StatusListener]] = {}

    def watch(self, userid: str, session: StatusListener) -> None:
        """Notify `session` of every change that is applied from now on."""
        self._sessions.setdefault(userid, set()).add(session)

    def unwatch(self, userid: str, session: StatusListener) -> None:
        """Stop that. Doing it twice does no harm."""
        sessions = self._sessions.get(userid, set())
        sessions.discard(session)
        if not sessions:
            self._sessions.pop(userid, None)

    def apply(self, row: AccountStatusChange) -> None:
        """Notify the sessions of the person. It may end them."""
        for session in list(self._sessions.get(row.userid, ())):
            session.change_account_status(row)
