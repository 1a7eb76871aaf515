"""Creates and changes groups as another product's directory describes them. Each has a foreign id, by which
the directory knows it."""

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

# Takes the present members of a group, without bots, and returns the desired ones.
Edit = Callable[[list[str]], Collection[str]]
DISSOLVED = "dissolved"
# The service account if no desk is configured.
_DEFAULT_DESK = "im66-desk"
# The prefix of the foreign id of a group that has none in the directory.
_NAMELESS_PREFIX = "scim:"


class Dissolved(GroupError):
    """The group was dissolved by an owner or a moderator. A directory cannot restore it."""


class Taken(GroupError):
    """Another group has this foreign id."""

    text = "There is a group with this id."


class GroupOutcome(NamedTuple):
    """`result`: CREATED, CHANGED or SAME."""

    group: Group
    result: str


def is_foreign_id(text: str) -> bool:
    return 0 < len(text) <= FOREIGN_ID_LENGTH and text.isprintable() and "/" not in text


def nameless(group_id: int) -> str:
    """The foreign id of a group that has none in the directory."""
    return f"{_NAMELESS_PREFIX}{group_id}"


def put(foreign_id: str, name: str | None, members: Sequence[str] | None, by: Moderator) -> GroupOutcome:
    """Create the group with the first of `members` as its owner, or set its name and its members.

    Bots remain members, and members keep their roles. If no owner is left, ownership passes on as when an
    owner leaves. None keeps the name or the members.

    Raises Dissolved, InvalidValue, UserNotFound, TooManyMembers and TooManyGroups, BadToken for staff that
    are not members yet, and in open mode ValidationError for an invalid userid.
    """
    if name is not None:
        name = services.valid_name(name)
    desired = list(dict.fromkeys(members or ()))
    services.check_size(len(desired))
    _require(desired)
    known = DirectoryGroup.objects.filter(pk=foreign_id).first()
    if known is None and name is not None and desired:
        try:
            return GroupOutcome(_create(foreign_id, name, desired, by), CREATED)
        except Taken:  # it was created meanwhile
            known = DirectoryGroup.objects.filter(pk=foreign_id).first()
    if known is None:
        raise InvalidValue("A new group needs a name and members.")
    return _change(known.group_id, name, None if members is None else lambda _: desired, by)


def create(foreign_id: str, name: str, members: Sequence[str], by: Moderator) -> Group:
    """Create a group with the first of `members` as its owner. A group without members is created by the
    service account, and its first member becomes the owner. `foreign_id`: empty if the directory has none.
    Raises as `put`, and Taken."""
    name = services.valid_name(name)
    desired = list(dict.fromkeys(members))
    services.check_size(len(desired))
    _require(desired)
    if not desired:
        ensure_users([_service_userid()])
    return _create(foreign_id, name, desired, by)


def change(
    group_id: int,
    by: Moderator,
    *,
    name: str | None = None,
    foreign_id: str | None = None,
    mentioned: Sequence[str] = (),
    edit: Edit | None = None,
) -> GroupOutcome:
    """Change a group that a directory has created. An empty `foreign_id` removes it. `mentioned`: the people
    that `edit` may add. Raises as `create`."""
    if name is not None:
        name = services.valid_name(name)
    _require(mentioned)
    with transaction.atomic():
        outcome = _change(group_id, name, edit, by)
        if foreign_id is not None:
            _set_foreign_id(outcome.group, foreign_id or nameless(group_id))
    return outcome


def dissolve(group_id: int, by: Moderator) -> None:
    """Dissolve the group, whose foreign id the directory may use again. Raises GroupNotFound."""
    with transaction.atomic():
        services.dissolve(group_id)
        DirectoryGroup.objects.filter(group=group_id).delete()
        audit.record(by, "group.sync", group_target(group_id), result=DISSOLVED)


def _require(userids: Collection[str]) -> None:
    """Raises UserNotFound if one of the people does not exist. In open mode it creates them, which must not
    happen in the transaction: see groups.services.add_members."""
    if unknown := ensure_mentioned(userids):
        raise UserNotFound(userid=min(unknown))


def _create(foreign_id: str, name: str, members: list[str], by: Moderator) -> Group:
    require_no_staff(members)
    try:
        with transaction.atomic():
            group = _create_group(name, members)
            DirectoryGroup.objects.create(foreign_id=foreign_id or nameless(group.pk), group=group)
            audit.record(by, "group.sync", group_target(group.pk), result=CREATED, joined=members)
    except IntegrityError as error:
        raise Taken from error
    return group


def _create_group(name: str, members: list[str]) -> Group:
    if members:
        creator, *others = members
        return services.create_group(creator, others, name, notice_by=PermittedRole.ADMINS, is_operator=True)
    return Group.objects.create(name=name, creator_id=_service_userid(), notice_by=PermittedRole.ADMINS)


def _service_userid() -> str:
    return settings.IM66.desk_userid or _DEFAULT_DESK


def _set_foreign_id(group: Group, foreign_id: str) -> None:
    try:
        with transaction.atomic():
            DirectoryGroup.objects.filter(group=group).update(foreign_id=foreign_id)
    except IntegrityError as error:
        raise Taken from error


def _change(group_id: int, name: str | None, edit: Edit | None, by: Moderator) -> GroupOutcome:
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
            return GroupOutcome(group, SAME)
        audit.record(by, "group.sync", group_target(group_id), result=CHANGED, joined=joined, left=left)
    return GroupOutcome(group, CHANGED)


def _first_owner(group: Group, joined: list[str]) -> dict[str, Role]:
    """Make the first member of a group without members its creator and its owner."""
    if not joined or Membership.objects.filter(group=group).exists():
        return {}
    group.creator_id = joined[0]
    group.save(update_fields=["creator"])
    return {joined[0]: Role.OWNER}


def _difference(group: Group, edit: Edit) -> tuple[list[str], list[str]]:
    """Return the people to add and the people to remove. Raises TooManyMembers."""
    bots = set(bots_in(group.pk))
    members = current_memberships(group).order_by("pk").values_list("user_id", flat=True)
    present = [userid for userid in members if userid not in bots]
    desired = edit(present)
    services.check_size(len(desired))
    everybody = bots.union(present)
    added = [userid for userid in desired if userid not in everybody]
    return added, sorted(set(present).difference(desired))
