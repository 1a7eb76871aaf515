"""The rules of groups, and their writes. Every function is atomic and idempotent.

`by`: the person who makes the change, whose permission is checked with `accounts.access` while the group is
locked. None: unknown, or the operator; then everything is allowed. Functions for moderators lack it.

A function that returns a number returns the position of its change in the log, and None if nothing changed.

A group with members always has an owner: when the last owner leaves, ownership passes on in the same
transaction.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from accounts import access, preconditions
from accounts.access import TRUSTED, Actor, PermittedRole, Role
from accounts.account_status import Change, moment_of
from accounts.names.unseen import without_unseen
from accounts.selectors import banned_among, is_muted
from accounts.services import ensure_mentioned
from accounts.signals import announce_account_status
from accounts.texts import Question, Subject, TextRefused, allowed
from groups.errors import (
    DiskFull,
    GroupNotFound,
    InvalidValue,
    LastOwner,
    NotAMember,
    NotChecked,
    TextNotAllowed,
    TooManyAdmins,
    TooManyMembers,
    Unwanted,
    UserNotFound,
)
from groups.memberships import (
    add_first_members,
    append_change,
    change_members,
    current_memberships,
    hidden_among,
    record_accepted_groups,
)
from groups.selectors import (
    WritePermission,
    at_group_limit,
    get_group,
    last_roles,
    owners_of,
    permission_in,
)
from groups.signals import announce_requests
from log.models import Group, GroupMute
from uploads import disk_space

# The slowest that a group can be.
MAX_SLOW_SECONDS = 6 * 60 * 60


def create_group(
    creator: str,
    members: Iterable[str],
    name: str,
    *,
    by: str | None = None,
    invited_by: str | None = None,
    address: str | None = None,
    notice_by: PermittedRole = PermittedRole.MEMBERS,
    is_operator: bool = False,
) -> Group:
    """Make a group of `members` and the creator, who owns it. In open mode, users that do not exist are
    created, as many as the `address` of the caller may. `invited_by`: who puts the members in, and can do so
    only as often as they accept it; None if that is somebody who is trusted. `notice_by`: who sets its
    notice. `is_operator`: the operator decides who is in it, whatever members have against the creator.

    Raises Forbidden, InvalidValue, UserNotFound, TooManyMembers, TooManyGroups, TooManyUnaccepted, Blocked,
    Unwanted, TooFast, and ValidationError for an invalid userid.
    """
    access.may_create_group(TRUSTED if by is None else Actor(muted=is_muted(by)))
    name = without_unseen(checked_text("name", valid_name(name), by, 0, check_name))
    everybody = list(dict.fromkeys([creator, *members]))
    check_size(len(everybody))
    # This has its own transaction, for the reason given in add_members.
    inviting = [] if is_operator else [creator]
    _require_users(everybody, address, inviting)
    if by or invited_by:
        _require_not_banned(everybody[1:])
    record_accepted_groups(everybody[1:], invited_by)
    with transaction.atomic():
        group = Group.objects.create(name=name, creator_id=creator, notice_by=notice_by)
        add_first_members(group, by, everybody, inviting, invited_by)
    return group


def add_members(
    group_id: int,
    members: Iterable[str],
    *,
    by: str | None = None,
    invited_by: str | None = None,
    is_anybody: bool = False,
    address: str | None = None,
) -> int | None:
    """Add `members`; current members stay members. In open mode, users that do not exist are created, as many
    as the `address` of the caller may. `invited_by`: see `create_group`. `is_anybody`: the caller is unknown;
    then people who have blocked an owner are not added.

    Raises GroupNotFound, Forbidden, UserNotFound, TooManyMembers, TooManyGroups, TooManyUnaccepted, Blocked,
    Unwanted, LeftLately, TooFast, and ValidationError for an invalid userid.
    """
    userids = list(dict.fromkeys(members))
    check_adding(group_id, by=by)
    check_size(len(userids))
    inviting = owners_of(group_id) if is_anybody else [] if by is None else [by]
    # A user created inside the transaction would be locked until the transaction ends, and the transaction
    # waits for the log. The log's writer also creates users and would wait for that user: a deadlock.
    _require_users(userids, address, inviting)
    record_accepted_groups(userids, invited_by)
    with transaction.atomic():
        group = lock_group(group_id)
        # The caller may have been removed meanwhile.
        access.may_add_members(actor_in(group_id, by), group.add_by)
        present = set(current_memberships(group).values_list("user_id", flat=True))
        joined = [userid for userid in userids if userid not in present]
        check_size(len(present) + len(joined))
        if inviting:
            _require_not_banned(joined)
        return change_members(group, by, joined=joined, inviting=inviting, invited_by=invited_by)


def check_adding(group_id: int, *, by: str | None = None) -> None:
    """Raises GroupNotFound and Forbidden if `add_members` would. Changes nothing."""
    access.may_add_members(actor_in(group_id, by), get_group(group_id).add_by)


def check_exists(group_id: int) -> None:
    """Raise GroupNotFound unless the group exists and was not dissolved."""
    if not Group.objects.alive().filter(pk=group_id).exists():
        raise GroupNotFound


def remove_members(group_id: int, members: Iterable[str], *, by: str | None = None) -> int | None:
    """Remove `members`, who were kicked or who leave; others are ignored. Raises GroupNotFound and
    Forbidden."""
    userids = set(members)
    with transaction.atomic():
        group = lock_group(group_id)
        # Compared in Python: a database accepts a limited number of parameters, and the list has no limit.
        left = {userid: role for userid, role in _roles_in(group).items() if userid in userids}
        if userids != {by}:
            others = {role for userid, role in left.items() if userid != by}
            access.may_remove_members(actor_in(group_id, by), others)
        return change_members(group, by, left=sorted(left))


def leave(group_id: int, userid: str) -> None:
    """The person leaves, and may have left before. Raises GroupNotFound."""
    remove_members(group_id, [userid], by=userid)


def set_role(group_id: int, userid: str, role: Role, *, by: str | None = None) -> None:
    """Give a member this role. A group may have several owners. Raises GroupNotFound, Forbidden, NotAMember,
    LastOwner if the group has no other owner, and TooManyAdmins."""
    with transaction.atomic():
        group = lock_group(group_id)
        access.may_set_roles(actor_in(group_id, by))
        roles = _roles_in(group)
        if userid not in roles:
            raise NotAMember(userid=userid)
        if Role.OWNER not in (roles | {userid: role}).values():
            raise LastOwner
        if role is Role.ADMIN is not roles[userid]:
            _check_admins(roles)
        _set_roles(group, by, {userid: role} if roles[userid] != role else {})


def hand_over(group_id: int, userid: str) -> int | None:
    """Make a member the only owner; those who owned the group become admins. Raises GroupNotFound and
    NotAMember."""
    with transaction.atomic():
        group = lock_group(group_id)
        roles = _roles_in(group)
        if userid not in roles:
            raise NotAMember(userid=userid)
        new_roles = {other: Role.ADMIN for other, role in roles.items() if role is Role.OWNER}
        new_roles[userid] = Role.OWNER
        return _set_roles(
            group, None, {name: role for name, role in new_roles.items() if roles[name] != role}
        )


def set_quiet(group_id: int, is_quiet: bool) -> int | None:
    """From now on only owners and admins write in the group, or everybody again. Raises GroupNotFound."""
    with transaction.atomic():
        group = lock_group(group_id)
        if group.is_quiet == is_quiet:
            return None
        Group.objects.filter(pk=group_id).update(is_quiet=is_quiet)
        return append_change(group, None, muted=is_quiet)


def set_slow(group_id: int, seconds: int) -> int | None:
    """From now on members other than managers write there once in so many seconds; 0: as often as elsewhere.
    Raises GroupNotFound and InvalidValue."""
    if not 0 <= seconds <= MAX_SLOW_SECONDS:
        raise InvalidValue(gettext("Give 0 to %(limit)d seconds.") % {"limit": MAX_SLOW_SECONDS})
    with transaction.atomic():
        group = lock_group(group_id)
        if group.slow_seconds == seconds:
            return None
        Group.objects.filter(pk=group_id).update(slow_seconds=seconds)
        return append_change(group, None, slow=seconds)


def mute_member(group_id: int, userid: str, until: int | None, reason: str) -> int:
    """The person may no longer write in the group, until that second since 1970; None: for good. `reason`:
    shown to the person. Raises GroupNotFound and NotAMember."""
    with transaction.atomic():
        group = lock_group(group_id)
        if not current_memberships(group).filter(user=userid).exists():
            raise NotAMember(userid=userid)
        values = {"until": moment_of(until), "reason": reason}
        GroupMute.objects.update_or_create(values, group=group, user_id=userid)
        return announce_account_status(userid, Change(muted=True, until=until, reason=reason, group=group_id))


def unmute_member(
    group_id: int, userid: str, *, reason: str = "", ended: datetime | None = None
) -> int | None:
    """The person may write in the group again. `ended`: only if the mute has ended by then. Raises
    GroupNotFound."""
    with transaction.atomic():
        _lock_even_dissolved(group_id)
        mutes = GroupMute.objects.filter(group=group_id, user=userid)
        lifted, _ = (mutes if ended is None else mutes.filter(until__lte=ended)).delete()
        if not lifted:
            return None
        return announce_account_status(userid, Change(muted=False, reason=reason, group=group_id))


def dissolve(group_id: int, *, by: str | None = None) -> int | None:
    """End the group: all members leave, and joining is impossible from then on. Raises GroupNotFound and
    Forbidden."""
    with transaction.atomic():
        group = lock_group(group_id)
        access.may_dissolve(actor_in(group_id, by))
        event_id = append_change(group, by, dissolved=True)  # while it still has members to notify
        change_members(group, by, left=sorted(current_memberships(group).values_list("user_id", flat=True)))
        group.dissolved_at = timezone.now()
        group.save(update_fields=["dissolved_at"])
        return event_id


class RestoredGroup(NamedTuple):
    """`id`: the position in the log, None if the group was not dissolved. `left_out`: the former members who
    are not restored, because they are banned or in too many groups now."""

    id: int | None
    left_out: list[str]


def restore(group_id: int) -> RestoredGroup:
    """Restore a dissolved group with its last members and their roles. Raise GroupNotFound, and TooManyGroups
    if somebody joins another group meanwhile."""
    with transaction.atomic():
        group = _lock_even_dissolved(group_id)
        if group.dissolved_at is None:
            return RestoredGroup(None, [])
        roles = last_roles(group)
        left_out = {*banned_among(roles), *at_group_limit(roles)}
        group.dissolved_at = None
        group.save(update_fields=["dissolved_at"])
        returning = {userid: role for userid, role in roles.items() if userid not in left_out}
        change_members(group, None, joined=list(returning), roles=returning)
        return RestoredGroup(append_change(group, None, restored=True), sorted(left_out))


def valid_name(name: str) -> str:
    """Return the name without invisible characters. Raise InvalidValue if a group cannot have it."""
    name = without_unseen(name)
    check_name(name)
    return name


def check_name(name: str) -> None:
    """Raises InvalidValue unless a group can have this name."""
    if not without_unseen(name).strip():
        raise InvalidValue(gettext("The name must not be empty."))
    limit = settings.IM66.max_name_length
    if len(name) > limit:
        raise InvalidValue(gettext("The name is longer than %(limit)d characters.") % {"limit": limit})


def checked_text(kind: str, text: str, by: str | None, group_id: int, check: Callable[[str], object]) -> str:
    """Return the text as the rules of the desk and the checker allow it; unchanged if `by` is None.
    `group_id`: 0 for a new group. `check`: raises InvalidValue for a text that cannot be stored. Must not be
    called in a transaction. Raise TextNotAllowed and NotChecked."""
    if by is None or not text:
        return text

    def takes(other: str) -> bool:
        with suppress(InvalidValue):
            check(other)
            return True
        return False

    subject = Subject.NAME if kind == "nickname" else Subject.GROUP
    to = (group_id,) if group_id else ()
    try:
        return allowed(Question(subject, by, to, kind, text, takes=takes), group_id)
    except TextRefused as refused:
        if refused.is_final:
            raise TextNotAllowed(refused.explanation) from None
        raise NotChecked from None


def check_size(members: int) -> None:
    """Raises TooManyMembers unless a group can have this many members."""
    if members > settings.IM66.max_group_members:
        raise TooManyMembers(limit=settings.IM66.max_group_members)


def _check_admins(roles: Mapping[str, Role]) -> None:
    limit = settings.IM66.max_group_admins
    if sum(role is Role.ADMIN for role in roles.values()) >= limit:
        raise TooManyAdmins(limit=limit)


def check_disk_space() -> None:
    """Raise DiskFull if the disk has too little room for new rows. Removing members needs no check."""
    if disk_space.is_short_for_messages():
        raise DiskFull


def _require_users(userids: Sequence[str], address: str | None, inviting: Collection[str]) -> None:
    if unknown := {*ensure_mentioned(userids, address), *hidden_among(userids, inviting)}:
        raise UserNotFound(userid=min(unknown))


def _require_not_banned(userids: Sequence[str]) -> None:
    """Raises Unwanted, which does not say that somebody is banned."""
    if banned := banned_among(userids):
        raise Unwanted(userid=min(banned))


def actor_in(group_id: int, by: str | None) -> Actor:
    return permission_of(group_id, by).actor


def permission_of(group_id: int, by: str | None) -> WritePermission:
    return WritePermission(TRUSTED) if by is None else permission_in(group_id, by)


def lock_group(group_id: int) -> Group:
    """Lock the group until the transaction ends, and return it. Raise GroupNotFound, and what
    `preconditions.check` raises."""
    group = _lock_even_dissolved(group_id)
    if group.dissolved_at is not None:
        raise GroupNotFound
    preconditions.check()
    return group


def _lock_even_dissolved(group_id: int) -> Group:
    """Lock the group until the transaction ends, even if it was dissolved. Raise GroupNotFound."""
    # NO KEY: inserting a message takes a key lock on its group. It must not wait for this lock while this
    # transaction waits for the log.
    group = Group.objects.select_for_update(no_key=True).filter(pk=group_id).first()
    if group is None:
        raise GroupNotFound
    return group


def _roles_in(group: Group) -> dict[str, Role]:
    return {userid: Role(role) for userid, role in current_memberships(group).values_list("user_id", "role")}


def _set_roles(group: Group, by: str | None, roles: Mapping[str, Role]) -> int | None:
    for role in set(roles.values()):
        having = [userid for userid, new in roles.items() if new is role]
        current_memberships(group).filter(user__in=having).update(role=role)
    event = {userid: role.value for userid, role in roles.items()}
    # A new admin does not know of the requests to join yet.
    announce_requests(group.pk)
    return append_change(group, by, roles=event) if event else None
