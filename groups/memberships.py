"""Who joins a group and who leaves it: the periods of membership, and their places in the log.

Called in a transaction that has locked the group, or has made it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, cast

from django.conf import settings
from django.db import connection, models
from django.utils import timezone

from accounts.access import Role
from accounts.statements import given
from groups.errors import LeftLately, TooManyGroups, TooManyUnaccepted, UserNotFound
from groups.selectors import (
    LEFT_HOURS,
    MAX_UNACCEPTED_FROM_ONE,
    counted_stays,
    full_among,
    left_lately,
    pestered_among,
)
from groups.signals import (
    LogPosition,
    accepted_wanted,
    group_changed,
    membership_changed,
    position_wanted,
    refusals_wanted,
)
from log.group_models import ANY_ID, MembershipQuerySet
from log.models import Group, Membership
from log.positions import Stay

_INSERT = (
    f"INSERT INTO {Membership._meta.db_table}"
    " (group_id, user_id, role, since_id, until_id, last_id, invited_by)"
    " SELECT %s, userid, role, %s, NULL, %s, NULLIF(CAST(%s AS varchar(64)), userid) FROM"
)


def join(group_id: int, roles: Mapping[str, Role], since: int, invited_by: str | None) -> None:
    """Let people into a group, in this order and with these roles, from a position in the log on.
    `invited_by`: who puts the others in; None: the operator. Raises DatabaseError."""
    # Not bulk_create: for five hundred people it takes 18 ms, and everybody's messages wait.
    people, params = given(userid=list(roles), role=[role.value for role in roles.values()])
    with connection.cursor() as cursor:
        cursor.execute(f"{_INSERT} {people} ORDER BY place", [group_id, since, ANY_ID, invited_by, *params])


def check_references() -> None:
    """On PostgreSQL, check now that people and groups of what was inserted exist, and not on commit, when
    everybody's messages wait. Raises DatabaseError."""
    if connection.vendor == "postgresql":
        connection.check_constraints()


def current(group: Group) -> MembershipQuerySet:
    """The periods of those who are in the group now."""
    return Membership.objects.current().filter(group=group)


def check_groups(userids: Collection[str], more: int = 1, invited_by: str | None = None) -> None:
    """Raises TooManyGroups and TooManyUnaccepted unless each of `userids` can join so many more groups.
    `invited_by`: who puts them in; None if they do it themselves, or somebody does who is trusted."""
    if full := full_among(userids, more, invited_by):
        raise TooManyGroups(full[0], settings.IM66.max_groups_per_user)
    if invited_by is not None and (pestered := pestered_among(userids, invited_by, more)):
        raise TooManyUnaccepted(pestered[0], MAX_UNACCEPTED_FROM_ONE)


def note_accepted(userids: Collection[str], invited_by: str | None) -> None:
    """Find out which groups the people among `userids` have accepted by now who could not be put into one
    more otherwise. Not to be called in a transaction: it would lock stays in other groups until the log is
    locked, which whoever has locked the log may wait for."""
    if invited_by is None:
        return
    crowded = {*full_among(userids, invited_by=invited_by), *pestered_among(userids, invited_by)}
    if not crowded:
        return
    those = models.Q(until_id=None, invited_by__isnull=False) | models.Q(invited_by=invited_by)
    rows = counted_stays().filter(those, user__in=crowded)
    stays = [Stay(*row) for row in rows.values_list("pk", "user_id", "group_id", "since_id")]
    for _, accepted in accepted_wanted.send(sender=Group, stays=stays):
        Membership.objects.filter(pk__in=cast(set[int], accepted)).update(invited_by=None)


def check_reach(userids: Collection[str], inviting: Collection[str], group_id: int | None = None) -> None:
    """Raises Blocked, Unwanted or UserNotFound if one of `userids` may not be put into a group by one of
    `inviting`, and for bots Forbidden and TooManyBots. `group_id`: None for a new one."""
    _raise_first(_refused(userids, inviting, group_id))


def hidden_among(userids: Collection[str], inviting: Collection[str]) -> set[str]:
    """Those of `userids` of whom those who put them into a group do not get to know that they exist."""
    refused = _refused(userids, inviting)
    return {userid for userid, error in refused.items() if isinstance(error, UserNotFound)}


def _refused(
    userids: Collection[str], inviting: Collection[str], group_id: int | None = None
) -> dict[str, Exception]:
    if not (inviting and userids):
        return {}
    told = {"inviting": inviting, "userids": userids, "group_id": group_id}
    answers = refusals_wanted.send(sender=Group, **told)
    return {userid: error for _, refused in answers for userid, error in cast(Any, refused).items()}


def _raise_first(refused: Mapping[str, Exception]) -> None:
    if refused:
        raise refused[min(refused)]


def begin(
    group: Group,
    by: str | None,
    members: Sequence[str],
    inviting: Collection[str],
    invited_by: str | None = None,
) -> None:
    """Let the creator and the others into a group that nobody else knows of yet. `inviting`, `invited_by`:
    see `change_members`."""
    creator = group.creator_id
    others = [userid for userid in members if userid != creator]
    # Most of the work comes before everybody's messages wait. This is possible for a new group only: nothing
    # was written in it, so its members may begin at any position up to now.
    roles = {userid: Role.OWNER if userid == group.creator_id else Role.MEMBER for userid in members}
    position = _position(group)
    check_reach(others, inviting)
    join(group.pk, roles, position, invited_by)
    check_groups([creator], more=0)
    check_groups(others, more=0, invited_by=invited_by)
    check_references()
    place = _place_of(group, by, members, checked_at=position, inviting=inviting)
    check_groups(place.joined_since.intersection([creator]), more=0)
    _check_again(place, others, more=0, invited_by=invited_by)


def change_members(
    group: Group,
    by: str | None,
    joined: Sequence[str] = (),
    left: Sequence[str] = (),
    roles: Mapping[str, Role] | None = None,
    inviting: Collection[str] = (),
    invited_by: str | None = None,
) -> int | None:
    """Let people in and out. Nobody who joins may be in the group already. `roles`: what those who join
    become; a mere member, if it does not say. `inviting`: who puts them in; nobody, if the operator does.
    `invited_by`: see `check_groups`. Returns the change's position in the log, None if nobody joins or
    leaves."""
    if not joined and not left:
        return None
    roles = roles or {}
    becoming = {userid: roles.get(userid, Role.MEMBER) for userid in joined}
    position = _position(group) if joined else 0
    check_groups(joined, invited_by=invited_by)
    check_reach(joined, inviting, group.pk)
    if inviting and joined and (gone := left_lately(group.pk, joined)):
        raise LeftLately(gone[0], LEFT_HOURS)
    # From here on nobody else can change memberships, and everybody's messages wait.
    place = _place_of(group, by, joined, left, checked_at=position, inviting=inviting)
    if left:
        _end(current(group).filter(user__in=left), place, by if by in left else None)
    if joined:
        _check_again(place, joined, invited_by=invited_by)
        join(group.pk, becoming, place.id, invited_by)
    if Role.OWNER not in becoming.values():
        _pass_on_ownership(group, by)
    return place.id


def tell(group: Group, by: str | None, **changed: Any) -> int:
    """Announce another change of the group. Returns its position in the log, 0 if nobody keeps one."""
    answers = group_changed.send(sender=Group, group=group, by=by, changed=changed)
    return next((int(place) for _, place in answers if place is not None), 0)


def _position(group: Group) -> int:
    """The log's last position so far."""
    return cast(int, _answer(position_wanted.send(sender=Group, group=group)))


def _place_of(
    group: Group,
    by: str | None,
    joined: Sequence[str],
    left: Sequence[str] = (),
    *,
    checked_at: int,
    inviting: Collection[str] = (),
) -> LogPosition:
    """The change's position in the log. `checked_at`: where it was known in how many groups everybody is, and
    who may put whom in."""
    changed = {
        "joined": list(joined),
        "left": list(left),
        "by": by,
        "since": checked_at,
        "inviting": inviting,
    }
    return cast(LogPosition, _answer(membership_changed.send(sender=Group, group=group, **changed)))


def _check_again(
    place: LogPosition, joining: Collection[str], more: int = 1, invited_by: str | None = None
) -> None:
    """As `check_groups` and `check_reach`, of what may have changed since."""
    check_groups(place.joined_since.intersection(joining), more, invited_by)
    refused = {userid: error for userid, error in place.refused_since.items() if userid in joining}
    _raise_first(refused)


def _answer(answers: Iterable[tuple[Any, Any]]) -> Any:
    for _, answer in answers:
        if answer is not None:
            return answer
    # From position 0, a new member could read everything ever written.
    raise RuntimeError("Nobody gave the change its place in the log.")


def _end(periods: MembershipQuerySet, place: LogPosition, leaving: str | None) -> None:
    """`leaving`: who among them leaves, and is not removed."""
    is_empty = models.Q(since_id__gte=place.last_id)
    now = timezone.now()
    if leaving is not None:
        periods.filter(user=leaving).update(left_at=now)
    last_id = models.Case(models.When(is_empty, then=0), default=place.last_id)
    periods.update(until_id=place.id, last_id=last_id, ended_at=now)


def _pass_on_ownership(group: Group, by: str | None) -> None:
    """If nobody owns the group, the admin owns it who has been in it for longest, or else the member."""
    first = current(group).by_rank().first()
    if first is not None and first.role != Role.OWNER:
        first.role = Role.OWNER
        first.save(update_fields=["role"])
        tell(group, by, roles={first.user_id: Role.OWNER.value})
