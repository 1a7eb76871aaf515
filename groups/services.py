"""The rules of groups, and their writes. Every call takes full effect or none, and may be repeated.

`by`: who asks for the change, whom `accounts.access` may forbid it. None: it is not known, or it is the
operator. Then everything is allowed. What somebody may do is looked up while the group is locked.

A group in which somebody is has an owner: when the last owner leaves, ownership passes on in the same
transaction.
"""

from collections.abc import Iterable, Sequence
from typing import Any, cast

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext

from accounts import access
from accounts.access import TRUSTED, Actor, Role
from accounts.selectors import is_muted
from accounts.services import ensure_mentioned
from groups.errors import (
    GroupNotFound,
    InvalidValue,
    LastOwner,
    NoRoom,
    NotAMember,
    TooManyGroups,
    TooManyMembers,
    UserNotFound,
)
from groups.models import Group, Membership, MembershipQuerySet
from groups.signals import Place, group_changed, membership_changed
from uploads import room


def create_group(
    creator: str, members: Iterable[str], name: str, *, by: str | None = None, address: str | None = None
) -> Group:
    """Make a group of `members` and the creator, who owns it. In open mode, users that do not exist are
    created, as many as the `address` of the caller may.

    Raises Forbidden, InvalidValue, UserNotFound, TooManyMembers, TooManyGroups, TooFast, and
    ValidationError for an invalid userid.
    """
    access.may_create_group(TRUSTED if by is None else Actor(muted=is_muted(by)))
    check_name(name)
    everybody = list(dict.fromkeys([creator, *members]))
    check_size(len(everybody))
    # This has its own transaction, for the reason given in add_members.
    _require_users(everybody, address)
    with transaction.atomic():
        group = Group.objects.create(name=name, creator_id=creator)
        _change_members(group, by, joined=everybody, owner=creator)
    return group


def add_members(
    group_id: int, members: Iterable[str], *, by: str | None = None, address: str | None = None
) -> None:
    """Add `members`; current members stay members. In open mode, users that do not exist are created, as many
    as the `address` of the caller may.

    Raises GroupNotFound, Forbidden, UserNotFound, TooManyMembers, TooManyGroups, TooFast, and
    ValidationError for an invalid userid.
    """
    wanted = list(dict.fromkeys(members))
    check_adding(group_id, by=by)
    check_size(len(wanted))
    # A user created inside the transaction would be locked until the transaction ends, and the transaction
    # waits for the log. The log's writer also creates users and would wait for that user: a deadlock.
    _require_users(wanted, address)
    with transaction.atomic():
        group = _lock(group_id)
        access.may_add_members(_actor(group_id, by))  # who asks may have been removed meanwhile
        present = set(_current(group).values_list("user_id", flat=True))
        joined = [userid for userid in wanted if userid not in present]
        check_size(len(present) + len(joined))
        _change_members(group, by, joined=joined)


def check_adding(group_id: int, *, by: str | None = None) -> None:
    """Raises GroupNotFound and Forbidden if `add_members` would. Changes nothing."""
    if not Group.objects.alive().filter(pk=group_id).exists():
        raise GroupNotFound
    access.may_add_members(_actor(group_id, by))


def remove_members(group_id: int, members: Iterable[str], *, by: str | None = None) -> None:
    """Remove `members`, who were kicked or who leave; others are ignored. Raises GroupNotFound and
    Forbidden."""
    wanted = set(members)
    with transaction.atomic():
        group = _lock(group_id)
        # Compared in Python: a database accepts a limited number of parameters, and the list has no limit.
        left = {userid: role for userid, role in _roles_in(group).items() if userid in wanted}
        if wanted != {by}:
            others = {role for userid, role in left.items() if userid != by}
            access.may_remove_members(_actor(group_id, by), others)
        _change_members(group, by, left=sorted(left))


def leave(group_id: int, userid: str) -> None:
    """The person leaves, and may have left before. Raises GroupNotFound."""
    remove_members(group_id, [userid], by=userid)


def set_role(group_id: int, userid: str, role: Role, *, by: str | None = None) -> None:
    """Give a member this role. A group may have several owners. Raises GroupNotFound, Forbidden, NotAMember,
    and LastOwner if nobody else owns the group."""
    with transaction.atomic():
        group = _lock(group_id)
        access.may_set_roles(_actor(group_id, by))
        roles = _roles_in(group)
        if userid not in roles:
            raise NotAMember(userid)
        if Role.OWNER not in (roles | {userid: role}).values():
            raise LastOwner
        if roles[userid] != role:
            _current(group).filter(user=userid).update(role=role)
            _tell(group, by, roles={userid: role.value})


def edit_group(
    group_id: int, *, name: str | None = None, notice: str | None = None, by: str | None = None
) -> None:
    """Set the given values; None keeps the present value. Raises GroupNotFound, Forbidden and
    InvalidValue."""
    changes = {field: value for field, value in (("name", name), ("notice", notice)) if value is not None}
    if not changes:
        raise InvalidValue(gettext("Give a name, a notice or both."))
    if name is not None:
        check_name(name)
    if notice is not None:
        check_notice(notice)
    with transaction.atomic():
        group = _lock(group_id)
        access.may_edit_group(_actor(group_id, by))
        new = {field: value for field, value in changes.items() if value != getattr(group, field)}
        if new:
            Group.objects.filter(pk=group_id).update(**new)
            _tell(group, by, **new)


def dissolve(group_id: int, *, by: str | None = None) -> None:
    """End the group: all members leave, and nobody can join again. Raises GroupNotFound and Forbidden."""
    with transaction.atomic():
        group = _lock(group_id)
        access.may_dissolve(_actor(group_id, by))
        _tell(group, by, dissolved=True)  # as long as it has members, who are told
        _change_members(group, by, left=sorted(_current(group).values_list("user_id", flat=True)))
        group.dissolved_at = timezone.now()
        group.save(update_fields=["dissolved_at"])


def check_name(name: str) -> None:
    """Raises InvalidValue unless a group can have this name."""
    if not name.strip():
        raise InvalidValue(gettext("The name must not be empty."))
    limit = settings.IM66.max_name_length
    if len(name) > limit:
        raise InvalidValue(gettext("The name is longer than %(limit)d characters.") % {"limit": limit})


def check_notice(notice: str) -> None:
    """Raises InvalidValue unless a group can have this notice."""
    limit = settings.IM66.max_notice_length
    if len(notice) > limit:
        raise InvalidValue(gettext("The notice is longer than %(limit)d characters.") % {"limit": limit})


def check_size(members: int) -> None:
    """Raises TooManyMembers unless a group can have this many members."""
    if members > settings.IM66.max_group_members:
        raise TooManyMembers(settings.IM66.max_group_members)


def check_groups(userids: Sequence[str]) -> None:
    """Raises TooManyGroups unless each of `userids` can join one more group."""
    limit = settings.IM66.max_groups_per_user
    periods = Membership.objects.current().filter(user__in=userids)
    counts = periods.values_list("user").annotate(groups=models.Count("pk")).order_by("user")
    full = counts.filter(groups__gte=limit).first()
    if full is not None:
        raise TooManyGroups(full[0], limit)


def check_room() -> None:
    """Raises NoRoom if the disk is too full to create anything. Removing members needs no check."""
    if room.is_short_for_messages():
        raise NoRoom


def _require_users(userids: Sequence[str], address: str | None) -> None:
    if unknown := ensure_mentioned(userids, address):
        raise UserNotFound(min(unknown))


def _actor(group_id: int, by: str | None) -> Actor:
    if by is None:
        return TRUSTED
    period = Membership.objects.current().filter(group=group_id, user=by)
    found = period.values_list("role", "user__muted").first()
    return Actor() if found is None else Actor(role=Role(found[0]), muted=found[1])


def _lock(group_id: int) -> Group:
    # NO KEY: inserting a message takes a key lock on its group. It must not wait for this lock while this
    # transaction waits for the log.
    group = Group.objects.alive().select_for_update(no_key=True).filter(pk=group_id).first()
    if group is None:
        raise GroupNotFound
    return group


def _current(group: Group) -> MembershipQuerySet:
    return Membership.objects.current().filter(group=group)


def _roles_in(group: Group) -> dict[str, Role]:
    return {userid: Role(role) for userid, role in _current(group).values_list("user_id", "role")}


def _change_members(
    group: Group,
    by: str | None,
    joined: Sequence[str] = (),
    left: Sequence[str] = (),
    owner: str | None = None,
) -> None:
    """`owner`: the one who owns a new group, in which everybody else becomes a mere member."""
    if not joined and not left:
        return
    place = _place_of(group, by, joined, left)
    _end(_current(group).filter(user__in=left), place)
    # Checked now, when nobody else can change memberships.
    check_groups(joined)
    Membership.objects.bulk_create(
        Membership(
            group=group,
            user_id=userid,
            role=Role.OWNER if userid == owner else Role.MEMBER,
            since_id=place.id,
        )
        for userid in joined
    )
    _pass_on_ownership(group, by)


def _place_of(group: Group, by: str | None, joined: Sequence[str], left: Sequence[str]) -> Place:
    """The change's position in the log."""
    answers = membership_changed.send(sender=Group, group=group, joined=list(joined), left=list(left), by=by)
    places = cast(list[Place], [answer for _, answer in answers if answer is not None])
    if not places:
        # From position 0, a new member could read everything ever written.
        raise RuntimeError("Nobody gave the change its place in the log.")
    return places[0]


def _end(periods: MembershipQuerySet, place: Place) -> None:
    is_empty = models.Q(since_id__gte=place.last_id)
    periods.update(
        until_id=place.id, last_id=models.Case(models.When(is_empty, then=0), default=place.last_id)
    )


def _pass_on_ownership(group: Group, by: str | None) -> None:
    """If nobody owns the group, the admin owns it who has been in it for longest, or else the member."""
    first = _current(group).by_rank().first()
    if first is not None and first.role != Role.OWNER:
        first.role = Role.OWNER
        first.save(update_fields=["role"])
        _tell(group, by, roles={first.user_id: Role.OWNER.value})


def _tell(group: Group, by: str | None, **changed: Any) -> None:
    group_changed.send(sender=Group, group=group, by=by, changed=changed)
