"""Permissions: one rule for each action, the same for sockets, HTTP calls, uploads and the admin. Pure.

Callers pass the facts to a rule, which raises Forbidden if they do not allow the action. Each door says the
cause in its own words. Banned people never get here: `authentication` does not admit them.
"""

from collections.abc import Collection
from enum import StrEnum
from typing import NamedTuple

from accounts.codes import Cause, Failed


class Role(StrEnum):
    """What a member is in a group, the highest first."""

    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"


# They manage the group.
MANAGERS = (Role.OWNER, Role.ADMIN)


class PermittedRole(StrEnum):
    """The people who may do something in a group: all members, or its owners and admins."""

    MEMBERS = "members"
    ADMINS = "admins"


class HistoryFor(StrEnum):
    """What members may read of a group: what was written since they joined, or everything."""

    JOINED = "joined"
    ALL = "all"


class Forbidden(Failed):
    """A rule does not allow the action."""

    cause: Cause

    def __init__(self, cause: Cause) -> None:
        self.cause = cause
        super().__init__()


class Actor(NamedTuple):
    """The person who acts. `muted`: everywhere, or in the group that it is about. `role`: in that group, None
    outside of it. `is_trusted`: any action is allowed."""

    muted: bool = False
    role: Role | None = None
    is_trusted: bool = False


# The operator; in open mode also any caller of HTTP, because callers are not known there.
TRUSTED = Actor(is_trusted=True)


def may_act_as(caller: str | None, named: str | None) -> None:
    """What a call says of its caller: who creates a group, whose groups are asked for. `caller`: None if the
    caller is trusted."""
    _require(caller is None or caller == named, Cause.OF_ANOTHER)


def may_send(actor: Actor) -> None:
    """Send a message to a person."""
    _require_voice(actor)


def may_send_to_group(actor: Actor, *, is_quiet: bool = False) -> None:
    """`is_quiet`: only those who manage the group write there."""
    _require_voice(actor)
    _require_member(actor)
    _require_loud(actor, is_quiet=is_quiet)


def may_mention_all(actor: Actor) -> None:
    """Mention all members of a group at once."""
    _require_member(actor)
    _require_role(actor, Cause.NOT_MANAGER, *MANAGERS)


def may_recall(
    actor: Actor, *, is_author: bool, is_in_time: bool, is_in_group: bool, is_quiet: bool = False
) -> None:
    """Take a message back: the author for a while, also in a quiet group; a manager at any time."""
    _require_voice(actor)
    if is_in_group:
        _require_member(actor)
    if not (is_in_group and actor.role in MANAGERS):
        _require_author(actor, is_author=is_author, is_in_time=is_in_time)


def may_edit(
    actor: Actor, *, is_author: bool, is_in_time: bool, is_in_group: bool, is_quiet: bool = False
) -> None:
    """Give a message another content: the author, for a while; a card at any time."""
    _require_voice(actor)
    if is_in_group:
        _require_member(actor)
        _require_loud(actor, is_quiet=is_quiet)
    _require_author(actor, is_author=is_author, is_in_time=is_in_time)


def may_react(
    actor: Actor, *, is_author: bool, is_in_time: bool, is_in_group: bool, is_quiet: bool = False
) -> None:
    """Give a reaction to a message that one may read, at any time."""
    _require_voice(actor)
    if is_in_group:
        _require_member(actor)
        _require_loud(actor, is_quiet=is_quiet)


def may_respond(
    actor: Actor, *, is_author: bool, is_in_time: bool, is_in_group: bool, is_quiet: bool = False
) -> None:
    """Answer what a message asks that one may read, also in a quiet group."""
    may_press(actor, is_in_group=is_in_group)


def may_close(
    actor: Actor, *, is_author: bool, is_in_time: bool, is_in_group: bool, is_quiet: bool = False
) -> None:
    """Have a message take no more answers: the author, and managers of the group."""
    may_press(actor, is_in_group=is_in_group)
    if not (is_in_group and actor.role in MANAGERS):
        _require_author(actor, is_author=is_author, is_in_time=True)


def may_press(actor: Actor, *, is_in_group: bool) -> None:
    """Press a button of a card that one may read, also in a quiet group."""
    _require_voice(actor)
    if is_in_group:
        _require_member(actor)


def may_see_members(actor: Actor) -> None:
    """Of a group; with them its name, its notice and its picture."""
    _require_member(actor)


def may_read_records(actor: Actor) -> None:
    """Read a group's history, as far as one was a member."""
    _require_member(actor)


def may_create_group(actor: Actor) -> None:
    _require_voice(actor)


def may_add_members(actor: Actor, add_by: str = PermittedRole.MEMBERS) -> None:
    """To a group, of which `add_by` is the setting."""
    _require_member(actor)
    _require_voice(actor)
    if add_by == PermittedRole.ADMINS:
        _require_role(actor, Cause.NOT_MANAGER, *MANAGERS)


def may_edit_group(actor: Actor, *, is_quiet: bool = False) -> None:
    """Change its name; its notice, as `may_set_notice` says. All read these, so in a quiet group only those
    change them who write there."""
    may_set_nickname(actor)
    _require_loud(actor, is_quiet=is_quiet)


def may_set_nickname(actor: Actor) -> None:
    """One's own, in a group."""
    _require_member(actor)
    _require_voice(actor)


def may_set_notice(actor: Actor, notice_by: str, *, is_confirmed: bool = False) -> None:
    """Change the notice of a group, of which `notice_by` is the setting. `is_confirmed`: its members are
    asked to confirm it. Asked after `may_edit_group`."""
    if is_confirmed or notice_by == PermittedRole.ADMINS:
        _require_role(actor, Cause.NOT_MANAGER, *MANAGERS)


def may_remove_members(actor: Actor, others: Collection[Role]) -> None:
    """`others`: the roles of those who are removed, without the actor. Anybody may leave."""
    _require_member(actor)
    if others:
        _require_role(actor, Cause.NOT_MANAGER, *MANAGERS)
    if Role.OWNER in others:
        _require_role(actor, Cause.NOT_OWNER, Role.OWNER)


def may_set_roles(actor: Actor) -> None:
    _require_member(actor)
    _require_role(actor, Cause.NOT_OWNER, Role.OWNER)


def may_dissolve(actor: Actor) -> None:
    _require_member(actor)
    _require_role(actor, Cause.NOT_OWNER, Role.OWNER)


def may_restrict(actor: Actor) -> None:
    """Say who may write in a group, who sets its notice, what members read of it and who comes in by a link:
    make it quiet or slow, mute a member, make links, decide about those who ask. Set its picture, pin
    messages, have the notice confirmed."""
    _require_member(actor)
    _require_role(actor, Cause.NOT_MANAGER, *MANAGERS)


def may_pin(actor: Actor, *, is_in_group: bool) -> None:
    """Pin a message for all in the conversation, or pin it no more: in a group, those who manage it."""
    _require_voice(actor)
    if is_in_group:
        may_restrict(actor)


def may_upload(actor: Actor) -> None:
    _require_voice(actor)


def may_set_avatar(actor: Actor) -> None:
    """One's own."""
    _require_voice(actor)


def _require_author(actor: Actor, *, is_author: bool, is_in_time: bool) -> None:
    _require(actor.is_trusted or is_author, Cause.NOT_AUTHOR)
    _require(actor.is_trusted or is_in_time, Cause.TOO_LATE)


def _require_voice(actor: Actor) -> None:
    _require(actor.is_trusted or not actor.muted, Cause.MUTED)


def _require_loud(actor: Actor, *, is_quiet: bool) -> None:
    _require(actor.is_trusted or not is_quiet or actor.role in MANAGERS, Cause.QUIET)


def _require_member(actor: Actor) -> None:
    _require(actor.is_trusted or actor.role is not None, Cause.OUTSIDE)


def _require_role(actor: Actor, cause: Cause, *roles: Role) -> None:
    _require(actor.is_trusted or actor.role in roles, cause)


def _require(is_allowed: bool, cause: Cause) -> None:
    if not is_allowed:
        raise Forbidden(cause)
