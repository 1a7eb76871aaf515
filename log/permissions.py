"""Whether senders may write what they want to append, and how often: read under the lock at the end of the
log."""

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Max

from accounts.access import MANAGERS
from accounts.codes import Cause
from accounts.limits.limits import TooFast
from accounts.selectors import silent_of
from log.drafts import Draft
from log.models import ARE_MESSAGES, Group, GroupMute, Membership, Message
from log.pairs import Pair, marks
from log.positions import last_id_before
from log.reach import Reached, writing
from log.rejections import Rejection
from log.rows import AMENDMENTS, RECALL, RESPONSES, Recipient

# A group and a person who writes there.
GroupWriter = tuple[Recipient, str]


class WritePermission(NamedTuple):
    """What a member of a group may do there. `why_silent`: why not write; None: the member may. `slow`: once
    in so many seconds; 0: as often as elsewhere."""

    why_silent: Cause | None = None
    slow: int = 0

    def rejection(self, kind: str) -> Rejection | None:
        """Why the member may not append a row of this kind; None: the member may."""
        # In a quiet group, what was written may be taken back and responded to.
        if self.why_silent is None or (self.why_silent is Cause.QUIET and kind in (RECALL, *RESPONSES)):
            return None
        return Rejection(self.why_silent)


class Checked(NamedTuple):
    """What was read of the senders and recipients of drafts. `silent`: senders who are muted or banned, and
    whether they are banned. `refused`: who may not reach whom, and why. `guarded`: recipients to whom not
    everybody may write. `permissions`: what the senders may do in groups; None if all are known to write
    there as they like."""

    silent: Mapping[str, bool] = {}
    refused: Mapping[Pair, Cause] = {}
    guarded: Collection[str] = ()
    permissions: Mapping[GroupWriter, WritePermission] | None = None

    def rejection(self, draft: Draft, unknown: Mapping[str, TooFast | None]) -> Rejection | None:
        """Why the draft may not be appended; None: it may. `unknown`: recipients who do not exist, and the
        limit because of which they were not created."""
        if draft.sender in self.silent:
            return Rejection(Cause.BANNED if self.silent[draft.sender] else Cause.MUTED)
        if isinstance(draft.to, str):
            return self._rejection_by(draft, draft.to, unknown)
        if self.permissions is None:
            return None
        permission = self.permissions.get((draft.to, draft.sender))
        return permission.rejection(draft.kind) if permission else Rejection(Cause.OUTSIDE)

    def _rejection_by(
        self, draft: Draft, recipient: str, unknown: Mapping[str, TooFast | None]
    ) -> Rejection | None:
        if recipient in unknown:
            limit = unknown[recipient]
            return Rejection.by(limit) if limit else Rejection(Cause.NO_SUCH_USER)
        # Who may not reach the other may take back what they wrote, and nothing else.
        refusal = None if draft.kind == RECALL else self.refused.get((draft.sender, recipient))
        return Rejection(refusal) if refusal else None


_ALL_MAY = Checked()


def check_pairs(pairs: Collection[Pair]) -> Checked:
    """Only whether one may reach the other, for senders who are known to be allowed everything else."""
    if not pairs:
        return _ALL_MAY
    return _checked(writing(pairs))


def check_senders(drafts: Sequence[Draft]) -> Checked:
    """All of it."""
    senders = {draft.sender for draft in drafts}
    reached = writing((draft.sender, draft.to) for draft in drafts if isinstance(draft.to, str))
    groups = {draft.to for draft in drafts if isinstance(draft.to, int)}
    return _checked(reached, silent_of(senders), permissions_in(groups, senders))


def _checked(
    reached: Reached,
    silent: Mapping[str, bool] | None = None,
    permissions: Mapping[GroupWriter, WritePermission] | None = None,
) -> Checked:
    return Checked(silent or {}, reached.refused, reached.guarded, permissions)


def permissions_in(groups: Collection[int], senders: Collection[str]) -> dict[GroupWriter, WritePermission]:
    """Of each of the senders who is a member of one of the groups."""
    if not groups:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_permissions_among(len(groups), len(senders)), [*groups, *senders])
        return {(group, sender): _permission(*facts) for group, sender, *facts in cursor.fetchall()}


def throttled(
    drafts: Sequence[Draft], permissions: Mapping[GroupWriter, WritePermission], now: int
) -> tuple[Sequence[Draft], Mapping[int, Rejection]]:
    """Those of the drafts that are not too early for a slow group, and by their `id()` why the others are.
    `now`: the second in which they are appended."""
    # While time stands still after a clock was set back, no pause would end.
    standing = now - int(time.time())
    slow = {place: one.slow for place, one in permissions.items() if one.slow and one.slow >= standing}
    if not slow:
        return drafts, {}
    may_at = {place: second + slow[place] for place, second in _last_seconds(slow, now).items()}
    rejected: dict[int, Rejection] = {}
    allowed = []
    for draft in drafts:
        place = (draft.to, draft.sender)
        if place in slow and draft.kind not in AMENDMENTS:
            if now < may_at.get(place, 0):
                rejected[id(draft)] = Rejection.by(TooFast("messages in this group", may_at[place] - now))
                continue
            may_at[place] = now + slow[place]
        allowed.append(draft)
    return allowed, rejected


def _permission(role: str, is_quiet: Any, slow: int, mute: int | None) -> WritePermission:
    if mute is not None:
        return WritePermission(Cause.MUTED)
    if role in MANAGERS:
        return WritePermission()
    return WritePermission(Cause.QUIET if is_quiet else None, slow)


def _last_seconds(slow: Mapping[GroupWriter, int], now: int) -> dict[GroupWriter, int]:
    """When each of these people has written there last, as far as it matters."""
    # Bounded by an id: what a person has written since then, the limits keep small.
    after = last_id_before(now - max(slow.values()) + 1)
    if after is None:
        return {}
    rows = Message.objects.filter(
        ARE_MESSAGES,
        sender__in={sender for _, sender in slow},
        group__in={group for group, _ in slow},
        id__gt=after,
    )
    last: Iterable[Any] = rows.values_list("group", "sender").annotate(Max("timet")).order_by()
    return {(group, sender): second for group, sender, second in last if (group, sender) in slow}


@lru_cache
def _permissions_among(groups: int, senders: int) -> str:
    # Not a queryset: the log is locked meanwhile, and Django needs longer to make the statement than the
    # database to answer it.
    return f"""
        SELECT period.group_id, period.user_id, period.role, place.is_quiet, place.slow_seconds, mute.id
        FROM {Membership._meta.db_table} AS period
        JOIN {Group._meta.db_table} AS place ON place.id = period.group_id
        LEFT JOIN {GroupMute._meta.db_table} AS mute
            ON mute.group_id = period.group_id AND mute.user_id = period.user_id
        WHERE period.until_id IS NULL
            AND period.group_id IN ({marks(groups)}) AND period.user_id IN ({marks(senders)})
    """
