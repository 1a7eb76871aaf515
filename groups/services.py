"""The rules of groups, and their writes. Every call takes full effect or none, and may be repeated.

`by`: who asks for the change; only a member may. None: it is not known, or it is the operator, who may.
"""

from collections.abc import Iterable, Sequence
from typing import cast

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext

from accounts.services import ensure_mentioned
from groups.errors import (
    GroupNotFound,
    InvalidValue,
    NoRoom,
    NotAllowed,
    TooManyGroups,
    TooManyMembers,
    UserNotFound,
)
from groups.models import Group, Membership, MembershipQuerySet
from groups.signals import Place, membership_changed
from uploads import room


def create_group(creator: str, members: Iterable[str], name: str) -> Group:
    """Make a group of `members` and the creator, who owns it. In open mode, users that do not exist are
    created.

    Raises InvalidValue, UserNotFound, TooManyMembers, TooManyGroups, and ValidationError for an invalid
    userid.
    """
    check_name(name)
    everybody = list(dict.fromkeys([creator, *members]))
    check_size(len(everybody))
    # This has its own transaction, for the reason given in add_members.
    _require_users(everybody)
    with transaction.atomic():
        group = Group.objects.create(name=name, creator_id=creator)
        _change_members(group, joined=everybody)
    return group


def add_members(group_id: int, members: Iterable[str], *, by: str | None = None) -> None:
    """Add `members`; current members stay members. In open mode, users that do not exist are created.

    Raises GroupNotFound, NotAllowed, UserNotFound, TooManyMembers, TooManyGroups, and ValidationError for an
    invalid userid.
    """
    wanted = list(dict.fromkeys(members))
    if not Group.objects.alive().filter(pk=group_id).exists():
        raise GroupNotFound
    _require_member(group_id, by)
    check_size(len(wanted))
    # A user created inside the transaction would be locked until the transaction ends, and the transaction
    # waits for the log. The log's writer also creates users and would wait for that user: a deadlock.
    _require_users(wanted)
    with transaction.atomic():
        group = _lock(group_id)
        _require_member(group_id, by)  # who asks may have been removed meanwhile
        present = set(_current(group).values_list("user_id", flat=True))
        joined = [userid for userid in wanted if userid not in present]
        check_size(len(present) + len(joined))
        _change_members(group, joined=joined)


def remove_members(group_id: int, members: Iterable[str], *, by: str | None = None) -> None:
    """Remove `members`, who were kicked or who leave; others are ignored. Raises GroupNotFound and
    NotAllowed."""
    with transaction.atomic():
        group = _lock(group_id)
        _require_member(group_id, by)
        # Compared in Python: a database accepts a limited number of parameters, and the list has no limit.
        left = set(members).intersection(_current(group).values_list("user_id", flat=True))
        _change_members(group, left=sorted(left))


def edit_group(
    group_id: int, *, name: str | None = None, notice: str | None = None, by: str | None = None
) -> None:
    """Set the given values; None keeps the present value. Raises GroupNotFound, NotAllowed and
    InvalidValue."""
    changes = {field: value for field, value in (("name", name), ("notice", notice)) if value is not None}
    if not changes:
        raise InvalidValue(gettext("Give a name, a notice or both."))
    if name is not None:
        check_name(name)
    if notice is not None:
        check_notice(notice)
    # In a transaction, the update takes its turn among the writers.
    with transaction.atomic():
        found = Group.objects.alive().filter(pk=group_id).update(**changes)
        if not found:
            raise GroupNotFound
        _require_member(group_id, by)  # the update has locked the group


def dissolve(group_id: int) -> None:
    """End the group: all members leave, and nobody can join again. Raises GroupNotFound."""
    with transaction.atomic():
        group = _lock(group_id)
        _change_members(group, left=sorted(_current(group).values_list("user_id", flat=True)))
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


def _require_users(userids: Sequence[str]) -> None:
    if unknown := ensure_mentioned(userids):
        raise UserNotFound(min(unknown))


def _require_member(group_id: int, by: str | None) -> None:
    if by is not None and not Membership.objects.current().filter(group=group_id, user=by).exists():
        raise NotAllowed


def _lock(group_id: int) -> Group:
    # NO KEY: inserting a message takes a key lock on its group. It must not wait for this lock while this
    # transaction waits for the log.
    group = Group.objects.alive().select_for_update(no_key=True).filter(pk=group_id).first()
    if group is None:
        raise GroupNotFound
    return group


def _current(group: Group) -> MembershipQuerySet:
    return Membership.objects.current().filter(group=group)


def _change_members(group: Group, joined: Sequence[str] = (), left: Sequence[str] = ()) -> None:
    if not joined and not left:
        return
    place = _place_of(group, joined, left)
    _end(_current(group).filter(user__in=left), place)
    # Checked now, when nobody else can change memberships.
    check_groups(joined)
    Membership.objects.bulk_create(
        Membership(group=group, user_id=userid, role=_role(group, userid), since_id=place.id)
        for userid in joined
    )


def _place_of(group: Group, joined: Sequence[str], left: Sequence[str]) -> Place:
    """The change's position in the log."""
    answers = membership_changed.send(sender=Group, group=group, joined=list(joined), left=list(left))
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


def _role(group: Group, userid: str) -> Membership.Role:
    return Membership.Role.OWNER if userid == group.creator_id else Membership.Role.MEMBER
