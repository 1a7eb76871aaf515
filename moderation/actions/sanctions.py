"""Mutes and bans of a person: their state before an action, and the services that change it. A mute applies
everywhere or in one group."""

from datetime import datetime
from typing import Any

from accounts import services
from accounts.account_status import second_of
from accounts.models import User
from groups import services as groups
from log.models import Group, GroupMute
from moderation.errors import NotFound

# The form in which the audit log stores it.
PreviousState = dict[str, Any]

NOT_IN_FORCE: PreviousState = {"is_so": False}


def lock_person(userid: str) -> User:
    """Return the person, locked until the transaction ends. Raises NotFound."""
    user = User.objects.select_for_update(no_key=True).filter(pk=userid).first()
    if user is None:
        raise NotFound
    return user


def current_mute(user: User, group_id: int | None) -> PreviousState:
    """Return the person's mute, everywhere or in the group: whether, until when and why."""
    if group_id is None:
        return (
            _in_force_until(user.muted_until, user.account_status.why_muted) if user.muted else NOT_IN_FORCE
        )
    muted = GroupMute.objects.filter(group=group_id, user=user).first()
    return _in_force_until(muted.until, muted.reason) if muted else NOT_IN_FORCE


def current_ban(user: User) -> PreviousState:
    return NOT_IN_FORCE if user.is_active else _in_force_until(user.banned_until, user.standing_reason)


def mute(userid: str, group_id: int | None, until: int | None, reason: str) -> int | None:
    """Mute the person. Return the id of the log row, None if nothing has changed."""
    if group_id is None:
        return services.set_account_status(userid, muted=True, until=until, reason=reason)
    return groups.mute_member(group_id, userid, until, reason)


def unmute(userid: str, group_id: int | None, reason: str) -> int | None:
    if group_id is None:
        return services.set_account_status(userid, muted=False, reason=reason)
    return groups.unmute_member(group_id, userid, reason=reason)


def group_name(group_id: int | None) -> str | None:
    """Return the group's name; None if `group_id` is None. Raises NotFound."""
    if group_id is None:
        return None
    name = Group.objects.filter(pk=group_id).values_list("name", flat=True).first()
    if name is None:
        raise NotFound
    return name


def state_in_force(until: int | None, reason: str) -> PreviousState:
    """Return the state "in force" until this second since 1970; None means for good."""
    return {"is_so": True, "until": until, "reason": reason}


def _in_force_until(until: datetime | None, reason: str) -> PreviousState:
    return state_in_force(second_of(until), reason)
