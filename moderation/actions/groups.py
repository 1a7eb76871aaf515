"""What moderators do to groups. Members see these changes as made by the service, not by the moderator."""

from collections.abc import Callable, Iterable
from typing import Any

from django.utils.translation import gettext, gettext_lazy

from accounts.access import Role
from accounts.services import ensure_mentioned
from groups import editing, own, services
from groups.errors import InvalidValue, UserNotFound
from log.models import Group, Membership
from moderation.actions.acting import (
    Action,
    ActionResult,
    Undo,
    group_target,
    notify_with_reason,
    perform,
    target_id,
)
from moderation.actions.fields import DAYS, MAX_RETENTION_DAYS, NAME, NOTICE, SECONDS, USERID, USERIDS
from moderation.errors import NotFound
from moderation.models import AuditEntry
from moderation.moderators import ACT_ON_GROUPS, Moderator


def is_alive(group: Group) -> bool:
    return group.dissolved_at is None


def has_picture(group: Group) -> bool:
    return is_alive(group) and bool(group.picture)


def mute(moderator: Moderator, group_id: int, reason: str) -> AuditEntry:
    """Let only owners and admins write. Raises NotFound, and GroupNotFound for a dissolved group."""
    return _set_quiet(moderator, MUTE, group_id, reason, True)


MUTE = Action(
    "group.mute",
    mute,
    ACT_ON_GROUPS,
    title=gettext_lazy("Mute all"),
    warning=gettext_lazy("Only owners and admins of the group can write, until this is undone."),
    done=gettext_lazy("Muted a group"),
    undo=Undo(
        lambda entry, _: services.set_quiet(int(target_id(entry)), entry.details["before"]),
        related=("group.unmute",),
    ),
    place=2,
    is_applicable=lambda group: is_alive(group) and not group.is_quiet,
)


def unmute(moderator: Moderator, group_id: int, reason: str) -> AuditEntry:
    """Let all members write again. Raises the same as `mute`."""
    return _set_quiet(moderator, UNMUTE, group_id, reason, False)


UNMUTE = Action(
    "group.unmute",
    unmute,
    ACT_ON_GROUPS,
    title=gettext_lazy("Let all write again"),
    warning=gettext_lazy("All members can write again, unless they are muted themselves."),
    done=gettext_lazy("Unmuted a group"),
    place=3,
    is_applicable=lambda group: is_alive(group) and group.is_quiet,
)


def set_slow_mode(moderator: Moderator, group_id: int, seconds: int, reason: str) -> AuditEntry:
    """Let each member write one message every `seconds` seconds; 0 removes the limit. Raises the same as
    `mute`, and InvalidValue."""

    def change(group: Group) -> ActionResult:
        details = {"seconds": seconds, "before": group.slow_seconds}
        return ActionResult(services.set_slow(group_id, seconds), details)

    return _perform_on_group(moderator, SLOW, group_id, reason, change)


SLOW = Action(
    "group.slow",
    set_slow_mode,
    ACT_ON_GROUPS,
    title=gettext_lazy("Slow mode"),
    warning=gettext_lazy("Each member can write once in so many seconds."),
    done=gettext_lazy("Set slow mode in a group"),
    fields=(SECONDS,),
    undo=Undo(lambda entry, _: services.set_slow(int(target_id(entry)), entry.details["before"])),
    place=4,
    is_applicable=is_alive,
)


def set_retention(moderator: Moderator, group_id: int, days: int | None, reason: str) -> AuditEntry:
    """Set for how many days `manage.py prune` keeps the group's messages; None means the general setting.

    Works on dissolved groups too. Members are not notified. Raises NotFound and InvalidValue.
    """

    def change(group: Group) -> ActionResult:
        if days is not None and not 1 <= days <= MAX_RETENTION_DAYS:
            raise InvalidValue(gettext("Give 1 to %(limit)d days.") % {"limit": MAX_RETENTION_DAYS})
        Group.objects.filter(pk=group.pk).update(keep_days=days)
        return ActionResult(None, {"days": days, "before": group.keep_days})

    return _perform_on_group(moderator, KEEP, group_id, reason, change)


KEEP = Action(
    "group.keep",
    set_retention,
    ACT_ON_GROUPS,
    title=gettext_lazy("Keep for a time"),
    warning=gettext_lazy(
        "What is written here is removed for good once it is so many days old, when the log is "
        "pruned the next time. Members are not told."
    ),
    done=gettext_lazy("Set how long a group is kept"),
    fields=(DAYS,),
    is_grave=True,
    place=5,
)


def dissolve(moderator: Moderator, group_id: int, reason: str) -> AuditEntry:
    """Dissolve the group: remove all members and notify the owners. Raises NotFound."""

    def change(group: Group) -> ActionResult:
        if group.dissolved_at:
            return ActionResult(None)
        english = f"A moderator has dissolved your group “{group.name}”."
        for owner in _current_members(group_id).filter(role=Role.OWNER).values_list("user_id", flat=True):
            notify_with_reason(owner, english, f"你的群“{group.name}”已被管理员解散。", reason)
        return ActionResult(services.dissolve(group_id))

    return _perform_on_group(moderator, DISSOLVE, group_id, reason, change)


DISSOLVE = Action(
    "group.dissolve",
    dissolve,
    ACT_ON_GROUPS,
    title=gettext_lazy("Dissolve the group"),
    warning=gettext_lazy(
        "The group ends for all its members at once, and nobody can write to it or join it. The "
        "owners are told why. It can be restored with the members that it has now."
    ),
    done=gettext_lazy("Dissolved a group"),
    notifies=True,
    undo=Undo(lambda entry, _: services.restore(int(target_id(entry))).id, related=("group.restore",)),
    is_grave=True,
    place=9,
    is_applicable=is_alive,
)


def restore(moderator: Moderator, group_id: int, reason: str) -> AuditEntry:
    """Restore a dissolved group with its former members; others stay unchanged. The entry's detail `left_out`
    lists former members who are in too many groups by now, or banned. Raises NotFound."""

    def change(_: Group) -> ActionResult:
        restored = services.restore(group_id)
        return ActionResult(restored.id, {"left_out": list(restored.left_out)})

    return _perform_on_group(moderator, RESTORE, group_id, reason, change)


RESTORE = Action(
    "group.restore",
    restore,
    ACT_ON_GROUPS,
    title=gettext_lazy("Restore the group"),
    warning=gettext_lazy("The group is back, with its members and their roles."),
    done=gettext_lazy("Restored a group"),
    is_applicable=lambda group: not is_alive(group),
)


def hand_over(moderator: Moderator, group_id: int, userid: str, reason: str) -> AuditEntry:
    """Make the member the only owner; other owners become admins. Raises NotFound, NotAMember, GroupNotFound,
    and ProtectedPerson if the new owner is the moderator, or if an owner is staff and the moderator is not a
    superuser."""

    def check() -> None:
        owners = _current_members(group_id).filter(role=Role.OWNER).exclude(user=moderator.person)
        concerned = {*owners.values_list("user_id", flat=True), *({userid} & {moderator.person})}
        moderator.require_others(concerned, HANDOVER.line, group_target(group_id))

    def change(_: Group) -> ActionResult:
        return ActionResult(services.hand_over(group_id, userid), {"userid": userid})

    return _perform_on_group(moderator, HANDOVER, group_id, reason, change, check)


HANDOVER = Action(
    "group.handover",
    hand_over,
    ACT_ON_GROUPS,
    title=gettext_lazy("Hand over"),
    warning=gettext_lazy("This member becomes the only owner. Earlier owners become admins."),
    done=gettext_lazy("Handed a group over"),
    fields=(USERID,),
    place=6,
    is_applicable=is_alive,
)


def edit_group(
    moderator: Moderator, group_id: int, reason: str, name: str | None = None, notice: str | None = None
) -> AuditEntry:
    """Set the name or the notice; None keeps it. Raises NotFound, GroupNotFound and InvalidValue."""
    changes = {field: value for field, value in (("name", name), ("notice", notice)) if value is not None}

    def change(group: Group) -> ActionResult:
        before = {field: getattr(group, field) for field in changes}
        return ActionResult(
            editing.edit_group(group_id, name=name, notice=notice), {**changes, "before": before}
        )

    return _perform_on_group(moderator, EDIT, group_id, reason, change)


EDIT = Action(
    "group.edit",
    edit_group,
    ACT_ON_GROUPS,
    title=gettext_lazy("Edit name and notice"),
    warning=gettext_lazy("All members see the new name and the new notice at once."),
    done=gettext_lazy("Edited a group"),
    fields=(NAME, NOTICE),
    place=1,
    is_applicable=is_alive,
)


def add_members(moderator: Moderator, group_id: int, userids: Iterable[str], reason: str) -> AuditEntry:
    """Add people to the group. Raises NotFound, ProtectedPerson for the moderator's own userid, and the
    errors of `groups.services.add_members` for people who do not exist or cannot be members."""
    added = list(dict.fromkeys(userids))

    def check() -> None:
        moderator.require_others({moderator.person}.intersection(added), ADD.line, group_target(group_id))
        # Not in the transaction: a person created in it would stay locked until it ends.
        if unknown := ensure_mentioned(added, moderator.address):
            raise UserNotFound(userid=min(unknown))

    def change(_: Group) -> ActionResult:
        return ActionResult(services.add_members(group_id, added), {"userids": added})

    return _perform_on_group(moderator, ADD, group_id, reason, change, check)


ADD = Action(
    "group.add",
    add_members,
    ACT_ON_GROUPS,
    title=gettext_lazy("Add members"),
    warning=gettext_lazy("These people become members at once, without being asked."),
    done=gettext_lazy("Added people to a group"),
    fields=(USERIDS,),
    place=7,
    is_applicable=is_alive,
)


def remove_members(moderator: Moderator, group_id: int, userids: Iterable[str], reason: str) -> AuditEntry:
    """Remove members and notify them; people who are not members are skipped. Raises NotFound, GroupNotFound
    and ProtectedPerson."""
    leaving = set(userids)

    def check() -> None:
        moderator.require_others(leaving - {moderator.person}, REMOVE.line, group_target(group_id))

    def change(group: Group) -> ActionResult:
        members = _current_members(group_id).order_by("pk").values_list("user_id", flat=True)
        removed = [userid for userid in members if userid in leaving]
        log_id = services.remove_members(group_id, removed)
        english = f"A moderator has removed you from the group “{group.name}”."
        for userid in removed:
            notify_with_reason(userid, english, f"你已被管理员移出群“{group.name}”。", reason)
        return ActionResult(log_id, {"userids": removed})

    return _perform_on_group(moderator, REMOVE, group_id, reason, change, check)


REMOVE = Action(
    "group.remove",
    remove_members,
    ACT_ON_GROUPS,
    title=gettext_lazy("Remove members"),
    warning=gettext_lazy(
        "These people are removed from the group and notified. They do not get later messages."
    ),
    done=gettext_lazy("Removed people from a group"),
    notifies=True,
    fields=(USERIDS,),
    is_grave=True,
    place=8,
    is_applicable=is_alive,
)


def clear_picture(moderator: Moderator, group_id: int, reason: str) -> AuditEntry:
    """Remove the group's own picture; it shows its members' pictures again. Raises NotFound and
    GroupNotFound."""

    def change(group: Group) -> ActionResult:
        return ActionResult(editing.edit_group(group_id, picture=""), {"before": group.picture})

    return _perform_on_group(moderator, CLEAR_PICTURE, group_id, reason, change)


CLEAR_PICTURE = Action(
    "group.clear_picture",
    clear_picture,
    ACT_ON_GROUPS,
    title=gettext_lazy("Remove the picture"),
    warning=gettext_lazy("The group has a picture of its members again."),
    done=gettext_lazy("Removed the picture of a group"),
    undo=Undo(lambda entry, _: editing.edit_group(int(target_id(entry)), picture=entry.details["before"])),
    place=8,
    is_applicable=has_picture,
)


def clear_nicknames(moderator: Moderator, group_id: int, userids: Iterable[str], reason: str) -> AuditEntry:
    """Remove members' nicknames in this group; people who are not members are skipped. Raises NotFound and
    GroupNotFound."""

    def change(_: Group) -> ActionResult:
        cleared = own.clear_nicknames(group_id, userids)
        return ActionResult(cleared.id, {"userids": cleared.userids})

    return _perform_on_group(moderator, CLEAR_NICKNAMES, group_id, reason, change)


CLEAR_NICKNAMES = Action(
    "group.clear_nicknames",
    clear_nicknames,
    ACT_ON_GROUPS,
    title=gettext_lazy("Remove nicknames"),
    warning=gettext_lazy("These members have their usual names in the group again."),
    done=gettext_lazy("Removed nicknames in a group"),
    fields=(USERIDS,),
    place=8,
    is_applicable=is_alive,
)

GROUPS = (
    MUTE,
    UNMUTE,
    SLOW,
    KEEP,
    DISSOLVE,
    RESTORE,
    HANDOVER,
    EDIT,
    ADD,
    REMOVE,
    CLEAR_PICTURE,
    CLEAR_NICKNAMES,
)


def _perform_on_group(
    moderator: Moderator,
    action: Action,
    group_id: int,
    reason: str,
    change: Callable[[Group], ActionResult],
    check: Callable[[], object] = lambda: None,
) -> AuditEntry:
    """Perform the action on the locked group. `change` gets the group as it was before. Raises NotFound."""

    def change_locked_group() -> ActionResult:
        # The same lock as the services take: nobody else changes the group until the transaction ends.
        group = Group.objects.select_for_update(no_key=True).filter(pk=group_id).first()
        if group is None:
            raise NotFound
        return change(group)

    return perform(moderator, action, group_target(group_id), reason, change_locked_group, check)


def _set_quiet(
    moderator: Moderator, action: Action, group_id: int, reason: str, is_quiet: bool
) -> AuditEntry:
    def change(group: Group) -> ActionResult:
        return ActionResult(services.set_quiet(group_id, is_quiet), {"before": group.is_quiet})

    return _perform_on_group(moderator, action, group_id, reason, change)


def _current_members(group_id: int) -> Any:
    return Membership.objects.current().filter(group=group_id)
