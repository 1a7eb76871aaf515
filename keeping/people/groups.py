"""Makes groups what the directory of another product says of them, each under the name that it has there."""

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.access import PermittedRole, Role
from accounts.authentication.authentication import require_no_staff
from accounts.services import ensure_mentioned, ensure_users
from groups import services
from groups.bots import bots_in
from groups.errors import GroupError, InvalidValue, UserNotFound
from groups.memberships import append_change, change_members, current_memberships
from keeping.models import FOREIGN_ID_LENGTH, DirectoryGroup
from keeping.people.syncing import CHANGED, CREATED, SAME
from log.models import Group, Membership
from moderation import audit
from moderation.actions.acting import group_target
from moderation.moderators import Moderator

# What becomes of the members, without bots.
Edit = Callable[[list[str]], Collection[str]]
DISSOLVED = "dissolved"
# Where the service writes to nobody, and so has no account.
_USUAL_DESK = "im66-desk"
# In front of the id of a group that has no name in the directory.
_NAMELESS = "scim:"


class Dissolved(GroupError):
    """The group was dissolved, by its owners or a moderator: a directory does not bring it back."""


class Taken(GroupError):
    """Another group has this foreign id."""

    text = "There is a group with this id."


class Put(NamedTuple):
    """`result`: CREATED, CHANGED or SAME."""

    group: Group
    result: str


def is_foreign_id(text: str) -> bool:
    return 0 < len(text) <= FOREIGN_ID_LENGTH and text.isprintable() and "/" not in text


def nameless(group_id: int) -> str:
    """The foreign id of a group that has none in the directory."""
    return f"{_NAMELESS}{group_id}"


def put(foreign_id: str, name: str | None, members: Sequence[str] | None, by: Moderator) -> Put:
    """Make the group, which the first of `members` owns; or give it that name, let in who is not in it, and
    remove who is not among them, but for its bots. None: it stays as it is. Roles stay. If no owner is left,
    ownership passes on as when an owner leaves.

    Raises Dissolved, InvalidValue, UserNotFound, TooManyMembers and TooManyGroups, BadToken for staff who are
    not in it, and in open mode ValidationError for an invalid userid.
    """
    if name is not None:
        name = services.valid_name(name)
    desired = list(dict.fromkeys(members or ()))
    services.check_size(len(desired))
    _require(desired)
    known = DirectoryGroup.objects.filter(pk=foreign_id).first()
    if known is None and name is not None and desired:
        try:
            return Put(_make(foreign_id, name, desired, by), CREATED)
        except Taken:  # somebody else has made it meanwhile
            known = DirectoryGroup.objects.filter(pk=foreign_id).first()
    if known is None:
        raise InvalidValue("A new group needs a name and members.")
    return _change(known.group_id, name, None if members is None else lambda _: desired, by)


def make(foreign_id: str, name: str, members: Sequence[str], by: Moderator) -> Group:
    """Make a group, which the first of `members` owns; without any, the service made it, and the first who
    joins owns it. `foreign_id`: empty if the directory has none. Raises as `put`, and Taken."""
    name = services.valid_name(name)
    desired = list(dict.fromkeys(members))
    services.check_size(len(desired))
    _require(desired)
    if not desired:
        ensure_users([_service()])
    return _make(foreign_id, name, desired, by)


def change(
    group_id: int,
    by: Moderator,
    *,
    name: str | None = None,
    foreign_id: str | None = None,
    mentioned: Sequence[str] = (),
    edit: Edit | None = None,
) -> Put:
    """The same for a group that a directory has made. `foreign_id`: empty takes it away. `mentioned`: whom
    `edit` may let in. Raises as `make`."""
    if name is not None:
        name = services.valid_name(name)
    _require(mentioned)
    with transaction.atomic():
        done = _change(group_id, name, edit, by)
        if foreign_id is not None:
            _name(done.group, foreign_id or nameless(group_id))
    return done


def dissolve(group_id: int, by: Moderator) -> None:
    """The directory may make it again. Raises GroupNotFound."""
    with transaction.atomic():
        services.dissolve(group_id)
        DirectoryGroup.objects.filter(group=group_id).delete()
        audit.record(by, "group.sync", group_target(group_id), result=DISSOLVED)


def _require(userids: Collection[str]) -> None:
    """Raises UserNotFound. In open mode it creates them, which must not happen in the transaction:
    groups.services.add_members."""
    if unknown := ensure_mentioned(userids):
        raise UserNotFound(userid=min(unknown))


def _make(foreign_id: str, name: str, members: list[str], by: Moderator) -> Group:
    require_no_staff(members)
    try:
        with transaction.atomic():
            group = _new(name, members)
            DirectoryGroup.objects.create(foreign_id=foreign_id or nameless(group.pk), group=group)
            audit.record(by, "group.sync", group_target(group.pk), result=CREATED, joined=members)
    except IntegrityError as error:
        raise Taken from error
    return group


def _new(name: str, members: list[str]) -> Group:
    if members:
        creator, *others = members
        return services.create_group(creator, others, name, notice_by=PermittedRole.ADMINS, is_operator=True)
    return Group.objects.create(name=name, creator_id=_service(), notice_by=PermittedRole.ADMINS)


def _service() -> str:
    """The account that stands for the service."""
    return settings.IM66.desk_userid or _USUAL_DESK


def _name(group: Group, foreign_id: str) -> None:
    try:
        with transaction.atomic():
            DirectoryGroup.objects.filter(group=group).update(foreign_id=foreign_id)
    except IntegrityError as error:
        raise Taken from error


def _change(group_id: int, name: str | None, edit: Edit | None, by: Moderator) -> Put:
    with transaction.atomic():
        group = Group.objects.select_for_update(no_key=True).get(pk=group_id)
        if group.dissolved_at is not None:
            raise Dissolved("This group was dissolved.")
        is_renamed = name is not None and name != group.name
        if is_renamed:
            group.name = str(name)
            group.save(update_fields=["name"])
            append_change(group, None, name=group.name)
        joined, left = ([], []) if edit is None else _difference(group, edit)
        require_no_staff(joined)
        change_members(group, None, joined=joined, left=left, roles=_first_owner(group, joined))
        if not (is_renamed or joined or left):
            return Put(group, SAME)
        audit.record(by, "group.sync", group_target(group_id), result=CHANGED, joined=joined, left=left)
    return Put(group, CHANGED)


def _first_owner(group: Group, joined: list[str]) -> dict[str, Role]:
    """Of a group that was made without members, the first who joins; and so it is as if they had made it."""
    if not joined or Membership.objects.filter(group=group).exists():
        return {}
    group.creator_id = joined[0]
    group.save(update_fields=["creator"])
    return {joined[0]: Role.OWNER}


def _difference(group: Group, edit: Edit) -> tuple[list[str], list[str]]:
    """The people to add, and to remove. Raises TooManyMembers."""
    bots = set(bots_in(group.pk))
    rows = current_memberships(group).order_by("pk").values_list("user_id", flat=True)
    present = [userid for userid in rows if userid not in bots]
    desired = edit(present)
    services.check_size(len(desired))
    known = bots.union(present)
    return [userid for userid in desired if userid not in known], sorted(set(present).difference(desired))
