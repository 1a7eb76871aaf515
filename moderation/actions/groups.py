"""What moderators do to groups. Members are not told who did it: for them it was the service."""

from collections.abc import Callable, Iterable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from accounts.access import Role
from accounts.services import ensure_mentioned
from chat.services.sending import tell
from groups import services
from groups.errors import InvalidValue, UserNotFound
from groups.models import Group, Membership
from moderation import audit
from moderation.actions import wording
from moderation.actions.acting import may_begin, of_group
from moderation.errors import NotFound
from moderation.models import AuditEntry
from moderation.moderators import ACT_ON_GROUPS, Moderator

# A hundred years.
MOST_DAYS = 36_500


def mute(moderator: Moderator, group_id: int, reason: str) -> AuditEntry:
    """Only owners and admins may write. Raises NotFound, and GroupNotFound for a dissolved group."""
    return _act(
        moderator,
        "group.mute",
        group_id,
        reason,
        lambda _: services.set_quiet(group_id, True),
        lambda group: {"before": group.is_quiet},
    )


def unmute(moderator: Moderator, group_id: int, reason: str) -> AuditEntry:
    """All members may write again. Raises as `mute`."""
    return _act(
        moderator,
        "group.unmute",
        group_id,
        reason,
        lambda _: services.set_quiet(group_id, False),
        lambda group: {"before": group.is_quiet},
    )


def slow(moderator: Moderator, group_id: int, seconds: int, reason: str) -> AuditEntry:
    """Each member may write one message in so many seconds; 0: as many as ever. Raises as `mute`, and
    InvalidValue."""
    return _act(
        moderator,
        "group.slow",
        group_id,
        reason,
        lambda _: services.set_slow(group_id, seconds),
        lambda group: {"seconds": seconds, "before": group.slow_seconds},
    )


def keep(moderator: Moderator, group_id: int, days: int | None, reason: str) -> AuditEntry:
    """What is written there is kept for so many days, by `manage.py prune`; None: as long as elsewhere. Also
    of a dissolved group. Members are not told. Raises NotFound and InvalidValue."""

    def change(group: Group) -> None:
        if days is not None and not 1 <= days <= MOST_DAYS:
            raise InvalidValue(gettext("Give 1 to %(limit)d days.") % {"limit": MOST_DAYS})
        Group.objects.filter(pk=group.pk).update(keep_days=days)

    return _act(
        moderator,
        "group.keep",
        group_id,
        reason,
        change,
        lambda group: {"days": days, "before": group.keep_days},
    )


def dissolve(moderator: Moderator, group_id: int, reason: str) -> AuditEntry:
    """End the group: all members leave. Its owners are told. A group that is dissolved stays so. Raises
    NotFound."""

    def change(group: Group) -> int | None:
        if group.dissolved_at:
            return None
        for owner in _current(group_id).filter(role=Role.OWNER).values_list("user_id", flat=True):
            _tell(owner, wording.dissolved(group.name), reason)
        return services.dissolve(group_id)

    return _act(moderator, "group.dissolve", group_id, reason, change)


def restore(moderator: Moderator, group_id: int, reason: str) -> AuditEntry:
    """Undo that the group was dissolved: with the members it had. `details` of the entry: who is `left_out`,
    being in too many groups by now, or banned. A group that is not dissolved stays as it is. Raises
    NotFound."""
    left_out: list[str] = []

    def change(_: Group) -> int | None:
        restored = services.restore(group_id)
        left_out.extend(restored.left_out)
        return restored.id

    return _act(moderator, "group.restore", group_id, reason, change, lambda _: {"left_out": left_out})


def hand_over(moderator: Moderator, group_id: int, userid: str, reason: str) -> AuditEntry:
    """The member owns the group from now on, alone: other owners become admins. Raises NotFound,
    ProtectedPerson for the moderator and where staff own it, and NotAMember or GroupNotFound as groups do."""
    owners = _current(group_id).filter(role=Role.OWNER).exclude(user=moderator.person)
    return _act(
        moderator,
        "group.handover",
        group_id,
        reason,
        lambda _: services.hand_over(group_id, userid),
        lambda _: {"userid": userid},
        lambda: moderator.require_others(
            {*owners.values_list("user_id", flat=True), *({userid} & {moderator.person})},
            "group.handover",
            of_group(group_id),
        ),
    )


def edit(
    moderator: Moderator, group_id: int, reason: str, name: str | None = None, notice: str | None = None
) -> AuditEntry:
    """Set the name or the notice; None keeps what is. Raises NotFound, GroupNotFound and InvalidValue."""
    changes = {field: value for field, value in (("name", name), ("notice", notice)) if value is not None}
    return _act(
        moderator,
        "group.edit",
        group_id,
        reason,
        lambda _: services.edit_group(group_id, name=name, notice=notice),
        lambda group: {**changes, "before": {field: getattr(group, field) for field in changes}},
    )


def add(moderator: Moderator, group_id: int, userids: Iterable[str], reason: str) -> AuditEntry:
    """Put people into the group. Raises NotFound, ProtectedPerson for the moderator, and as groups do for
    those who do not exist, or cannot be in it."""
    wanted = list(dict.fromkeys(userids))

    def prepare() -> None:
        moderator.require_others({moderator.person}.intersection(wanted), "group.add", of_group(group_id))
        # Not in the transaction: there, somebody who is created would be locked until it ends.
        if unknown := ensure_mentioned(wanted, moderator.address):
            raise UserNotFound(min(unknown))

    return _act(
        moderator,
        "group.add",
        group_id,
        reason,
        lambda _: services.add_members(group_id, wanted),
        lambda _: {"userids": wanted},
        prepare,
    )


def remove(moderator: Moderator, group_id: int, userids: Iterable[str], reason: str) -> AuditEntry:
    """Remove members. They are told; those who are not in the group are left out. Raises NotFound,
    GroupNotFound and ProtectedPerson."""
    wanted = set(userids)
    removed: list[str] = []

    def change(group: Group) -> int | None:
        members = _current(group_id).order_by("pk").values_list("user_id", flat=True)
        removed.extend(userid for userid in members if userid in wanted)
        log_id = services.remove_members(group_id, removed)
        for userid in removed:
            _tell(userid, wording.removed(group.name), reason)
        return log_id

    return _act(
        moderator,
        "group.remove",
        group_id,
        reason,
        change,
        lambda _: {"userids": removed},
        lambda: moderator.require_others(wanted - {moderator.person}, "group.remove", of_group(group_id)),
    )


def _act(
    moderator: Moderator,
    action: str,
    group_id: int,
    reason: str,
    change: Callable[[Group], int | None],
    details: Callable[[Group], dict[str, Any]] = lambda _: {},
    prepare: Callable[[], object] = lambda: None,
) -> AuditEntry:
    """`change` does it, and returns its place in the log. `details`: of the entry, of the group as it was
    before. `prepare` comes before the transaction."""
    may_begin(moderator, ACT_ON_GROUPS, action, of_group(group_id), reason)
    prepare()
    with transaction.atomic():
        # As the services lock it: nobody else changes the group until the transaction ends.
        group = Group.objects.select_for_update(no_key=True).filter(pk=group_id).first()
        if group is None:
            raise NotFound
        log_id = change(group)
        return audit.record(moderator, action, of_group(group_id), reason, log_id, **details(group))


def _current(group_id: int) -> Any:
    return Membership.objects.current().filter(group=group_id)


def _tell(userid: str, text: str, reason: str) -> None:
    tell(userid, wording.with_reason(text, reason))
