"""Who joins a group and who leaves it: the periods of membership, and their places in the log.

Called in a transaction that has locked the group, or has made it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, cast

from django.conf import settings
from django.db import models

from accounts.access import Role
from groups.errors import TooManyGroups
from groups.joining import check_references, join
from groups.models import Group, Membership, MembershipQuerySet
from groups.selectors import full_among
from groups.signals import Place, group_changed, membership_changed, position_wanted


def current(group: Group) -> MembershipQuerySet:
    """The periods of those who are in the group now."""
    return Membership.objects.current().filter(group=group)


def check_groups(userids: Collection[str], more: int = 1) -> None:
    """Raises TooManyGroups unless each of `userids` can join so many more groups."""
    if full := full_among(userids, more):
        raise TooManyGroups(full[0], settings.IM66.max_groups_per_user)


def begin(group: Group, by: str | None, members: Sequence[str]) -> None:
    """Let the creator and the others into a group that nobody else knows of yet."""
    # Most of the work comes before everybody's messages wait. This is possible for a new group only: nothing
    # was written in it, so its members may begin at any position up to now.
    roles = {userid: Role.OWNER if userid == group.creator_id else Role.MEMBER for userid in members}
    position = _position(group)
    join(group.pk, roles, position)
    check_groups(members, more=0)
    check_references()
    place = _place_of(group, by, members, checked_at=position)
    check_groups(place.joined_since.intersection(members), more=0)


def change_members(
    group: Group,
    by: str | None,
    joined: Sequence[str] = (),
    left: Sequence[str] = (),
    roles: Mapping[str, Role] | None = None,
) -> int | None:
    """Let people in and out. Nobody who joins may be in the group already. `roles`: what those who join
    become; a mere member, if it does not say. Returns the change's position in the log, None if nobody joins
    or leaves."""
    if not joined and not left:
        return None
    roles = roles or {}
    becoming = {userid: roles.get(userid, Role.MEMBER) for userid in joined}
    position = _position(group) if joined else 0
    check_groups(joined)
    # From here on nobody else can change memberships, and everybody's messages wait.
    place = _place_of(group, by, joined, left, checked_at=position)
    if left:
        _end(current(group).filter(user__in=left), place)
    if joined:
        check_groups(place.joined_since.intersection(joined))
        join(group.pk, becoming, place.id)
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
    group: Group, by: str | None, joined: Sequence[str], left: Sequence[str] = (), *, checked_at: int
) -> Place:
    """The change's position in the log. `checked_at`: where it was known in how many groups everybody is."""
    changed = {"joined": list(joined), "left": list(left), "by": by, "since": checked_at}
    return cast(Place, _answer(membership_changed.send(sender=Group, group=group, **changed)))


def _answer(answers: Iterable[tuple[Any, Any]]) -> Any:
    for _, answer in answers:
        if answer is not None:
            return answer
    # From position 0, a new member could read everything ever written.
    raise RuntimeError("Nobody gave the change its place in the log.")


def _end(periods: MembershipQuerySet, place: Place) -> None:
    is_empty = models.Q(since_id__gte=place.last_id)
    periods.update(
        until_id=place.id, last_id=models.Case(models.When(is_empty, then=0), default=place.last_id)
    )


def _pass_on_ownership(group: Group, by: str | None) -> None:
    """If nobody owns the group, the admin owns it who has been in it for longest, or else the member."""
    first = current(group).by_rank().first()
    if first is not None and first.role != Role.OWNER:
        first.role = Role.OWNER
        first.save(update_fields=["role"])
        tell(group, by, roles={first.user_id: Role.OWNER.value})
