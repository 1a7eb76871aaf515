"""What moderators do to people."""

import time
from collections.abc import Callable

from django.utils.translation import gettext_lazy

from accounts import services
from accounts.models import User
from moderation.actions import recalling, sanctions
from moderation.actions.acting import (
    EACH,
    Action,
    ActionResult,
    Undo,
    notify_with_reason,
    perform,
    person_target,
    target_id,
    utc_text,
)
from moderation.actions.fields import IN_GROUP, RECALL_HOURS, UNTIL
from moderation.actions.recalling import preview_recall
from moderation.actions.sanctions import PreviousState
from moderation.errors import PastTime
from moderation.models import AuditEntry
from moderation.moderators import ACT_ON_MESSAGES, ACT_ON_PEOPLE, Moderator

__all__ = ["ban", "disconnect", "mute", "preview_recall", "unban", "unmute", "warn"]


def mute(
    moderator: Moderator, userid: str, reason: str, until: int | None = None, group: int | None = None
) -> AuditEntry:
    """Stop the person from writing, everywhere or in one group. `until`: seconds since 1970, or None for
    good. Raises NotFound and PastTime."""

    def change(user: User) -> ActionResult:
        name, before, log_id = sanctions.group_name(group), sanctions.current_mute(user, group), None
        if before != sanctions.state_in_force(until, reason):
            log_id = sanctions.mute(userid, group, until, reason)
            _notify_muted(userid, name, until, reason)
        return ActionResult(log_id, {"until": until, "group": group, "before": before})

    return _perform_on_person(moderator, MUTE, userid, reason, change, until)


def _undo_mute(entry: AuditEntry, reason: str) -> int | None:
    userid, group, before = target_id(entry), entry.details["group"], entry.details["before"]
    if _is_still_in_force(before):
        return sanctions.mute(userid, group, before["until"], before["reason"])
    log_id = sanctions.unmute(userid, group, reason)
    if log_id is not None:
        _notify_unmuted(userid, sanctions.group_name(group), reason)
    return log_id


MUTE = Action(
    "person.mute",
    mute,
    ACT_ON_PEOPLE,
    title=gettext_lazy("Mute"),
    warning=gettext_lazy(
        "The person can read but not write, immediately and on all devices, and is told the reason."
    ),
    done=gettext_lazy("Muted a person"),
    notifies=True,
    fields=(UNTIL, IN_GROUP),
    undo=Undo(_undo_mute, related=("person.unmute",)),
    bulk=EACH,
    place=2,
)


def unmute(moderator: Moderator, userid: str, reason: str, group: int | None = None) -> AuditEntry:
    """Let the person write again, everywhere or in one group. Raises NotFound."""

    def change(user: User) -> ActionResult:
        name, before, log_id = sanctions.group_name(group), sanctions.current_mute(user, group), None
        if before["is_so"]:
            log_id = sanctions.unmute(userid, group, reason)
            _notify_unmuted(userid, name, reason)
        return ActionResult(log_id, {"group": group, "before": before})

    return _perform_on_person(moderator, UNMUTE, userid, reason, change)


# A person may be muted in a group, so unmuting always makes sense.
UNMUTE = Action(
    "person.unmute",
    unmute,
    ACT_ON_PEOPLE,
    title=gettext_lazy("Unmute"),
    warning=gettext_lazy("The person can write again and is notified."),
    done=gettext_lazy("Unmuted a person"),
    notifies=True,
    fields=(IN_GROUP,),
    bulk=EACH,
    place=3,
)


def ban(
    moderator: Moderator, userid: str, reason: str, until: int | None = None, recall_hours: int = 0
) -> AuditEntry:
    """Ban the person: close their sockets, invalidate all sessions and tokens, refuse logins.

    `until`: seconds since 1970, or None for good. `recall_hours`: recall the person's messages of that many
    hours afterwards, in several transactions with `person.recall` entries of their own. Raises NotFound and
    PastTime.
    """

    def change(user: User) -> ActionResult:
        before = sanctions.current_ban(user)
        if before != sanctions.state_in_force(until, reason):
            # Before the ban, so that open connections receive the notice before they are closed.
            _notify_banned(userid, until, reason)
        log_id = services.set_account_status(userid, banned=True, until=until, reason=reason)
        return ActionResult(log_id, {"until": until, "recall_hours": recall_hours, "before": before})

    if recall_hours:
        moderator.require(ACT_ON_MESSAGES, BAN.line, person_target(userid))
    entry = _perform_on_person(moderator, BAN, userid, reason, change, until)
    if recall_hours:
        recalling.recall_recent(moderator, entry, userid, recall_hours)
    return entry


def _undo_ban(entry: AuditEntry, reason: str) -> int | None:
    userid, before = target_id(entry), entry.details["before"]
    if _is_still_in_force(before):
        return services.set_account_status(
            userid, banned=True, until=before["until"], reason=before["reason"]
        )
    log_id = services.set_account_status(userid, banned=False, reason=reason)
    if log_id is not None:
        _notify_unbanned(userid, reason)
    return log_id


BAN = Action(
    "person.ban",
    ban,
    ACT_ON_PEOPLE,
    title=gettext_lazy("Ban"),
    warning=gettext_lazy(
        "All connections of the person end at once, and no login is taken until the ban ends. "
        "Sessions and tokens from before never count again."
    ),
    done=gettext_lazy("Banned a person"),
    notifies=True,
    fields=(UNTIL, RECALL_HOURS),
    # Each batch of recalled messages is restored in its own transaction, so an interrupted undo can be
    # repeated.
    undo=Undo(_undo_ban, related=("person.unban",), before_change=recalling.restore_recent),
    is_grave=True,
    bulk=EACH,
    place=5,
    is_applicable=lambda person: person.is_active,
)


def unban(moderator: Moderator, userid: str, reason: str) -> AuditEntry:
    """Let the person log in again, with a new session or token. Raises NotFound."""

    def change(user: User) -> ActionResult:
        before = sanctions.current_ban(user)
        log_id = services.set_account_status(userid, banned=False, reason=reason)
        if log_id is not None:
            _notify_unbanned(userid, reason)
        return ActionResult(log_id, {"before": before})

    return _perform_on_person(moderator, UNBAN, userid, reason, change)


UNBAN = Action(
    "person.unban",
    unban,
    ACT_ON_PEOPLE,
    title=gettext_lazy("Unban"),
    warning=gettext_lazy("The person may log in again and is notified."),
    done=gettext_lazy("Unbanned a person"),
    notifies=True,
    bulk=EACH,
    place=6,
    is_applicable=lambda person: not person.is_active,
)


def disconnect(moderator: Moderator, userid: str, reason: str) -> AuditEntry:
    """Close the person's sockets; the person may reconnect at once. Raises NotFound."""
    return _perform_on_person(
        moderator, DISCONNECT, userid, reason, lambda _: ActionResult(services.disconnect(userid, reason))
    )


DISCONNECT = Action(
    "person.disconnect",
    disconnect,
    ACT_ON_PEOPLE,
    title=gettext_lazy("Disconnect"),
    warning=gettext_lazy("All connections of the person end at once. The person may connect again."),
    done=gettext_lazy("Disconnected a person"),
    notifies=True,
    bulk=EACH,
    place=4,
    is_applicable=lambda person: person.is_active,
)


def warn(moderator: Moderator, userid: str, reason: str) -> AuditEntry:
    """Send the person the reason and change nothing else. Raises NotFound."""

    def change(_: User) -> ActionResult:
        log_id = services.warn(userid, reason)
        notify_with_reason(userid, "A moderator warns you.", "管理员向你发出警告。", reason)
        return ActionResult(log_id)

    return _perform_on_person(moderator, WARN, userid, reason, change)


WARN = Action(
    "person.warn",
    warn,
    ACT_ON_PEOPLE,
    title=gettext_lazy("Warn"),
    warning=gettext_lazy("The person is notified of the reason. Nothing else changes."),
    done=gettext_lazy("Warned a person"),
    notifies=True,
    bulk=EACH,
    place=1,
    is_applicable=lambda person: person.is_active,
)

PEOPLE = (MUTE, UNMUTE, BAN, UNBAN, DISCONNECT, WARN)


def _perform_on_person(
    moderator: Moderator,
    action: Action,
    userid: str,
    reason: str,
    change: Callable[[User], ActionResult],
    until: int | None = None,
) -> AuditEntry:
    """Perform the action on the locked person. `change` gets the person as stored. Raises NotFound, PastTime
    and ProtectedPerson."""
    target = person_target(userid)

    def check() -> None:
        moderator.require_others([userid], action.line, target)
        if until is not None and until <= time.time():
            raise PastTime

    return perform(moderator, action, target, reason, lambda: change(sanctions.lock_person(userid)), check)


def _is_still_in_force(before: PreviousState) -> bool:
    return bool(before["is_so"]) and (before["until"] is None or before["until"] > time.time())


def _notify_muted(userid: str, group_name: str | None, until: int | None, reason: str) -> None:
    where, there = _group_phrases(group_name)
    english = f"You can no longer write{where}{_english_end(until)}."
    notify_with_reason(userid, english, f"你已{there}被{_chinese_duration(until)}禁言。", reason)


def _notify_unmuted(userid: str, group_name: str | None, reason: str) -> None:
    where, there = _group_phrases(group_name)
    notify_with_reason(userid, f"You can write again{where}.", f"你{there}的禁言已解除。", reason)


def _notify_banned(userid: str, until: int | None, reason: str) -> None:
    chinese = f"你的账号已被{_chinese_duration(until)}封禁。"
    notify_with_reason(userid, f"Your account is locked{_english_end(until)}.", chinese, reason)


def _notify_unbanned(userid: str, reason: str) -> None:
    notify_with_reason(userid, "Your account is open again.", "你的账号已解封。", reason)


def _group_phrases(name: str | None) -> tuple[str, str]:
    return ("", "") if name is None else (f" in the group “{name}”", f"在群“{name}”中")


def _english_end(until: int | None) -> str:
    return "" if until is None else f" until {utc_text(until)}"


def _chinese_duration(until: int | None) -> str:
    return "永久" if until is None else f"临时（至 {utc_text(until)}）"
