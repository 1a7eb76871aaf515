"""Makes groups what the directory of another product says of them, each under the name that it has there."""

from collections.abc import Sequence
from typing import NamedTuple

from django.db import IntegrityError, transaction

from accounts.access import NoticeBy
from accounts.services import ensure_mentioned
from groups import services
from groups.errors import GroupError, InvalidValue, UserNotFound
from groups.memberships import change_members, current, tell
from groups.models import Group
from keeping.models import FOREIGN_ID_LENGTH, DirectoryGroup
from keeping.people.syncing import CHANGED, CREATED, SAME
from moderation import audit
from moderation.actions.acting import of_group
from moderation.moderators import Moderator
from notifications.models import Hook


class Dissolved(GroupError):
    """The group was dissolved, by its owners or a moderator: a directory does not bring it back."""


class Put(NamedTuple):
    """`result`: CREATED, CHANGED or SAME."""

    group: Group
    result: str


def is_foreign_id(text: str) -> bool:
    return 0 < len(text) <= FOREIGN_ID_LENGTH and text.isprintable() and "/" not in text


def put(foreign_id: str, name: str | None, members: Sequence[str] | None, by: Moderator) -> Put:
    """Make the group, which the first of `members` owns; or give it that name, let in who is not in it, and
    remove who is not among them, but for its bots. None: it stays as it is. Roles stay. If no owner is left,
    ownership passes on as when an owner leaves.

    Raises Dissolved, InvalidValue, UserNotFound, TooManyMembers and TooManyGroups, and in open mode
    ValidationError for an invalid userid.
    """
    if name is not None:
        services.check_name(name)
    wanted = list(dict.fromkeys(members or ()))
    services.check_size(len(wanted))
    # In open mode it creates them, which must not happen in the transaction: groups.services.add_members.
    if unknown := ensure_mentioned(wanted):
        raise UserNotFound(min(unknown))
    known = DirectoryGroup.objects.filter(pk=foreign_id).first()
    if known is None and name is not None and wanted:
        try:
            return _make(foreign_id, name, wanted, by)
        except IntegrityError:  # somebody else has made it meanwhile
            known = DirectoryGroup.objects.filter(pk=foreign_id).first()
    if known is None:
        raise InvalidValue("A new group needs a name and members.")
    return _change(known.group_id, name, None if members is None else wanted, by)


def _make(foreign_id: str, name: str, members: list[str], by: Moderator) -> Put:
    with transaction.atomic():
        group = services.create_group(members[0], members[1:], name, notice_by=NoticeBy.ADMINS)
        DirectoryGroup.objects.create(foreign_id=foreign_id, group=group)
        audit.record(by, "group.sync", of_group(group.pk), result=CREATED, joined=members)
    return Put(group, CREATED)


def _change(group_id: int, name: str | None, members: list[str] | None, by: Moderator) -> Put:
    with transaction.atomic():
        group = Group.objects.select_for_update(no_key=True).get(pk=group_id)
        if group.dissolved_at is not None:
            raise Dissolved("This group was dissolved.")
        is_renamed = name is not None and name != group.name
        if is_renamed:
            group.name = str(name)
            group.save(update_fields=["name"])
            tell(group, None, name=group.name)
        joined, left = ([], []) if members is None else _difference(group, members)
        change_members(group, None, joined=joined, left=left)
        if not (is_renamed or joined or left):
            return Put(group, SAME)
        audit.record(by, "group.sync", of_group(group_id), result=CHANGED, joined=joined, left=left)
    return Put(group, CHANGED)


def _difference(group: Group, members: list[str]) -> tuple[list[str], list[str]]:
    """Who is to join, and who is to leave."""
    present = set(current(group).values_list("user_id", flat=True))
    bots = Hook.objects.filter(group=group, revoked_at=None).values_list("bot_id", flat=True)
    return [userid for userid in members if userid not in present], sorted(present.difference(members, bots))
