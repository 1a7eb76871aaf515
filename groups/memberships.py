"""Joining and leaving a group: the membership periods, and their positions in the log.

The callers are in a transaction that has locked the group or created it.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, models
from django.utils import timezone

from accounts.access import Role
from accounts.codes import Cause
from accounts.statements import text_rows
from groups import bots
from groups.errors import (
    Blocked,
    GroupError,
    LeftLately,
    TooManyGroups,
    TooManyUnaccepted,
    Unwanted,
    UserNotFound,
)
from groups.selectors import (
    MAX_UNACCEPTED_FROM_ONE,
    REJOIN_HOURS,
    at_group_limit,
    at_unaccepted_limit,
    counted_memberships,
    left_recently,
)
from groups.signals import membership_changed
from log import changes, positions, reach
from log.group_models import ANY_ID, MembershipQuerySet
from log.models import Group, Membership
from log.positions import Stay
from log.rows import LogId

_INSERT = (
    f"INSERT INTO {Membership._meta.db_table}"
    " (group_id, user_id, role, since_id, until_id, last_id, invited_by)"
    " SELECT %s, userid, role, %s, NULL, %s, NULLIF(CAST(%s AS varchar(64)), userid) FROM"
)


def insert_memberships(group_id: int, roles: Mapping[str, Role], since: int, invited_by: str | None) -> None:
    """Insert memberships in this order and with these roles, from the position `since` in the log on.
    `invited_by`: the person who adds the others; None: the operator. Raise DatabaseError."""
    # Not bulk_create: for five hundred people it takes 18 ms, while all messages wait.
    people, params = text_rows(userid=list(roles), role=[role.value for role in roles.values()])
    with connection.cursor() as cursor:
        cursor.execute(f"{_INSERT} {people} ORDER BY place", [group_id, since, ANY_ID, invited_by, *params])


def check_references() -> None:
    """On PostgreSQL, check the foreign keys of the inserted rows now instead of on commit, when all messages
    wait. Raise DatabaseError."""
    if connection.vendor == "postgresql":
        connection.check_constraints()


def current_memberships(group: Group) -> MembershipQuerySet:
    """Return the memberships of the current members of the group."""
    return Membership.objects.current().filter(group=group)


def check_group_limits(userids: Collection[str], more: int = 1, invited_by: str | None = None) -> None:
    """Raise TooManyGroups or TooManyUnaccepted unless each of `userids` can join `more` groups. `invited_by`:
    the person who adds them; None if they join themselves, or a trusted caller adds them."""
    if full := at_group_limit(userids, more, invited_by):
        raise TooManyGroups(userid=full[0], limit=settings.IM66.max_groups_per_user)
    if invited_by is not None and (pestered := at_unaccepted_limit(userids, invited_by, more)):
        raise TooManyUnaccepted(userid=pestered[0], limit=MAX_UNACCEPTED_FROM_ONE)


def record_accepted_groups(userids: Collection[str], invited_by: str | None) -> None:
    """Mark the groups as accepted in which those of `userids` have written who are at a limit otherwise. Must
    not be called in a transaction: that would hold locks on memberships of other groups while it waits for
    the log's lock, whose holder may wait for them."""
    if invited_by is None:
        return
    crowded = {*at_group_limit(userids, invited_by=invited_by), *at_unaccepted_limit(userids, invited_by)}
    if not crowded:
        return
    those = models.Q(until_id=None, invited_by__isnull=False) | models.Q(invited_by=invited_by)
    rows = counted_memberships().filter(those, user__in=crowded)
    stays = [Stay(*row) for row in rows.values_list("pk", "user_id", "group_id", "since_id")]
    Membership.objects.filter(pk__in=positions.taken_part(stays)).update(invited_by=None)


def check_reach(userids: Collection[str], inviting: Collection[str], group_id: int | None = None) -> None:
    """Raise Blocked, Unwanted or UserNotFound if one of `userids` may not be added by one of `inviting`, and
    for bots Forbidden or TooManyBots. `group_id`: None for a new group."""
    if inviting and userids and group_id is not None:
        bots.check_joining(group_id, inviting, userids)
    _raise_first(_invitation_errors(userids, inviting))


def hidden_among(userids: Collection[str], inviting: Collection[str]) -> set[str]:
    """Return those of `userids` who are hidden from one of `inviting`."""
    refused = _invitation_errors(userids, inviting)
    return {userid for userid, error in refused.items() if isinstance(error, UserNotFound)}


_REFUSALS: dict[Cause, type[Blocked | Unwanted | UserNotFound]] = {
    Cause.BLOCKED: Blocked,
    Cause.UNWANTED: Unwanted,
    Cause.NO_SUCH_USER: UserNotFound,
}


def _invitation_errors(userids: Collection[str], inviting: Collection[str]) -> dict[str, GroupError]:
    if not (inviting and userids):
        return {}
    refusals = reach.invitation_refusals(inviting, userids)
    return {userid: _REFUSALS[why](userid=userid) for userid, why in refusals.items()}


def _raise_first(refused: Mapping[str, GroupError]) -> None:
    if refused:
        raise refused[min(refused)]


def add_first_members(
    group: Group,
    by: str | None,
    members: Sequence[str],
    inviting: Collection[str],
    invited_by: str | None = None,
) -> None:
    """Add the creator and the other members to a group that was just created. `inviting`, `invited_by`: see
    `change_members`."""
    creator = group.creator_id
    others = [userid for userid in members if userid != creator]
    # Most of the work is done before the log is locked and messages wait. This is possible for a new group
    # only: it has no messages, so its memberships may begin at any position up to now.
    roles = {userid: Role.OWNER if userid == group.creator_id else Role.MEMBER for userid in members}
    position = positions.last_id()
    check_reach(others, inviting)
    insert_memberships(group.pk, roles, position, invited_by)
    check_group_limits([creator], more=0)
    check_group_limits(others, more=0, invited_by=invited_by)
    check_references()
    place = _append_membership_change(group, by, members, checked_at=position)
    check_group_limits(place.joined_since.intersection([creator]), more=0)
    _check_again(place, others, inviting, more=0, invited_by=invited_by)


def change_members(
    group: Group,
    by: str | None,
    joined: Sequence[str] = (),
    left: Sequence[str] = (),
    roles: Mapping[str, Role] | None = None,
    inviting: Collection[str] = (),
    invited_by: str | None = None,
) -> int | None:
    """Add and remove members. Nobody in `joined` may be in the group already. `roles`: of those who join;
    MEMBER for anybody it lacks. `inviting`: the people who add them, empty for the operator. `invited_by`:
    see `check_group_limits`. Return the change's position in the log, None if there is no change."""
    if not joined and not left:
        return None
    roles = roles or {}
    becoming = {userid: roles.get(userid, Role.MEMBER) for userid in joined}
    position = positions.last_id() if joined else 0
    check_group_limits(joined, invited_by=invited_by)
    check_reach(joined, inviting, group.pk)
    if inviting and joined and (gone := left_recently(group.pk, joined)):
        raise LeftLately(userid=gone[0], hours=REJOIN_HOURS)
    # From here on, the log is locked: other changes of members and all messages wait.
    place = _append_membership_change(group, by, joined, left, checked_at=position)
    if left:
        _end_memberships(current_memberships(group).filter(user__in=left), place, by if by in left else None)
    if joined:
        _check_again(place, joined, inviting, invited_by=invited_by)
        insert_memberships(group.pk, becoming, place.id, invited_by)
    if Role.OWNER not in becoming.values():
        _pass_on_ownership(group, by)
    return place.id


def append_change(group: Group, by: str | None, **changed: Any) -> LogId:
    """Announce another change of the group: see GroupChange. Returns its position in the log."""
    return changes.append_group_change(group.pk, changed, by)


class _ChangePosition(NamedTuple):
    """The position of a membership change in the log. `last_id`: the group's last row before it.
    `joined_since`: who joined any group since the check of the limits. `has_moved`: the rules of who may
    reach whom may have changed since their check."""

    id: LogId
    last_id: LogId
    joined_since: frozenset[str] = frozenset()
    has_moved: bool = False


def _append_membership_change(
    group: Group, by: str | None, joined: Sequence[str], left: Sequence[str] = (), *, checked_at: LogId
) -> _ChangePosition:
    """Append the change to the log, which is locked until the transaction ends. `checked_at`: the position in
    the log at which group limits and reach were checked."""
    id_ = changes.append_notice(group.pk, joined, left, by)
    last = positions.last_id_of_group(group.pk, before=id_) if left else 0
    membership_changed.send(sender=Group, group=group, joined=joined, left=left, by=by)
    if not joined:
        return _ChangePosition(id_, last)
    return _ChangePosition(id_, last, *positions.joined_and_moved(checked_at, id_))


def _check_again(
    place: _ChangePosition,
    joining: Collection[str],
    inviting: Collection[str],
    more: int = 1,
    invited_by: str | None = None,
) -> None:
    """Repeat `check_group_limits` and `check_reach` for changes since the first check."""
    check_group_limits(place.joined_since.intersection(joining), more, invited_by)
    if place.has_moved:
        _raise_first(_invitation_errors(joining, inviting))


def _end_memberships(periods: MembershipQuerySet, place: _ChangePosition, leaving: str | None) -> None:
    """End the memberships. `leaving`: the member among them who leaves; the others are removed."""
    is_empty = models.Q(since_id__gte=place.last_id)
    now = timezone.now()
    if leaving is not None:
        periods.filter(user=leaving).update(left_at=now)
    last_id = models.Case(models.When(is_empty, then=0), default=place.last_id)
    periods.update(until_id=place.id, last_id=last_id, ended_at=now)


def _pass_on_ownership(group: Group, by: str | None) -> None:
    """If the group has no owner, its longest-serving admin becomes the owner, or else its longest-serving
    member."""
    first = current_memberships(group).by_rank().first()
    if first is not None and first.role != Role.OWNER:
        first.role = Role.OWNER
        first.save(update_fields=["role"])
        append_change(group, by, roles={first.user_id: Role.OWNER.value})
