"""In which groups not everybody may write as much as they like. Pure.

What is known here is that the database must be asked, not what it says. So it does no harm that it may be
known a little late, or too early: whoever is told here that nothing restricts them is asked again under the
log's lock, if the log has moved since.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from accounts.account_status import Change
from log.rows import GroupChange


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
    """Those of all groups that have some."""

    def __init__(self) -> None:
        self._groups: dict[int, _Group] = {}

    def load(self, known: Known) -> None:
        """Begin with what the database says. It may know later rows than those that are applied here: they
        come again, and say the same."""
        found: defaultdict[int, _Group] = defaultdict(_Group)
        for group in known.quiet:
            found[group].is_quiet = True
        for group in known.slow:
            found[group].is_slow = True
        for group, userid in known.mutes:
            found[group].muted.add(userid)
        self._groups = dict(found)

    def concern(self, userid: str, group: int) -> bool:
        """Whether the person may be restricted in the group."""
        # For most groups, this is all that a message costs.
        if group not in self._groups:
            return False
        found = self._groups[group]
        return found.is_quiet or found.is_slow or userid in found.muted

    def change_group(self, row: GroupChange) -> bool:
        """A group has changed. Returns whether fewer people than before may write there, or less often."""
        is_quiet, slow = row.changed.get("muted"), row.changed.get("slow")
        if is_quiet is None and slow is None:
            # Whoever no longer manages a restricted group is always asked about.
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
