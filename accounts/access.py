"""Permissions: one rule for each action, the same for sockets, HTTP calls, uploads and the admin. Pure.

Callers pass the facts to a rule, which raises Forbidden if they do not allow the action. Each protocol words
the cause itself. Banned people are refused earlier, by `authentication`.
"""

from collections.abc import Collection
from enum import StrEnum
from typing import NamedTuple

from accounts.codes import Cause, Failed


class Role(StrEnum):
    """The role of a member in a group, the highest first."""

    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"


# The roles that manage a group.
MANAGERS = (Role.OWNER, Role.ADMIN)


class PermittedRole(StrEnum):
    """The group setting that permits an action to all members, or to owners and admins only."""

    MEMBERS = "members"
    ADMINS = "admins"


class HistoryFor(StrEnum):
    """The part of a group's history that members may read: since they joined, or everything."""

    JOINED = "joined"
    ALL = "all"


class Forbidden(Failed):
    """A rule does not allow the action."""

    cause: Cause

    def __init__(self, cause: Cause) -> None:
        self.cause = cause
        super().__init__()


class Actor(NamedTuple):
    """The person who acts. `muted`: everywhere, or in the group of the action. `role`: the role in that
    group, None for a non-member. `is_trusted`: any action is allowed."""

    muted: bool = False
    role: Role | None = None
    is_trusted: bool = False


# The operator. In open mode also every HTTP caller, because open mode does not authenticate callers.
TRUSTED = Actor(is_trusted=True)


def may_act_as(caller: str | None, userid: str | None) -> None:
    """Require that the user whom the request names, such as the creator of a group, is the caller. `caller`:
    None if the caller is trusted."""
    _require(caller is None or caller == userid, Cause.OF_ANOTHER)


def may_send(actor: Actor) -> None:
    """Send a message to a person."""
    _require_voice(actor)


def may_send_to_group(actor: Actor, *, is_quiet: bool = False) -> None:
    """Send a message to a group. `is_quiet`: only its owners and admins may write."""
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
    """Recall a message: its author within a time limit, even in a quiet group; a manager at any time."""
    _require_voice(actor)
    if is_in_group:
        _require_member(actor)
    if not (is_in_group and actor.role in MANAGERS):
        _require_author(actor, is_author=is_author, is_in_time=is_in_time)


def may_edit(
    actor: Actor, *, is_author: bool, is_in_time: bool, is_in_group: bool, is_quiet: bool = False
) -> None:
    """Edit a message: only its author, within a time limit. A card may be edited at any time."""
    _require_voice(actor)
    if is_in_group:
        _require_member(actor)
        _require_loud(actor, is_quiet=is_quiet)
    _require_author(actor, is_author=is_author, is_in_time=is_in_time)


def may_react(
    actor: Actor, *, is_author: bool, is_in_time: bool, is_in_group: bool, is_quiet: bool = False
) -> None:
    """React to a message that the actor may read, at any time."""
    _require_voice(actor)
    if is_in_group:
        _require_member(actor)
        _require_loud(actor, is_quiet=is_quiet)


def may_respond(
    actor: Actor, *, is_author: bool, is_in_time: bool, is_in_group: bool, is_quiet: bool = False
) -> None:
    """Respond to a question in a message that the actor may read, even in a quiet group."""
    may_press(actor, is_in_group=is_in_group)


def may_close(
    actor: Actor, *, is_author: bool, is_in_time: bool, is_in_group: bool, is_quiet: bool = False
) -> None:
    """Close a question to further responses: its author, and managers of the group."""
    may_press(actor, is_in_group=is_in_group)
    if not (is_in_group and actor.role in MANAGERS):
        _require_author(actor, is_author=is_author, is_in_time=True)


def may_press(actor: Actor, *, is_in_group: bool) -> None:
    """Press a button of a card that the actor may read, even in a quiet group."""
    _require_voice(actor)
    if is_in_group:
        _require_member(actor)


def may_see_members(actor: Actor) -> None:
    """See the members of a group, its name, its notice and its picture."""
    _require_member(actor)


def may_read_records(actor: Actor) -> None:
    """Read a group's history from the time of the membership."""
    _require_member(actor)


def may_create_group(actor: Actor) -> None:
    _require_voice(actor)


def may_add_members(actor: Actor, add_by: str = PermittedRole.MEMBERS) -> None:
    """Add members to a group. `add_by`: the group's setting of who may add members."""
    _require_member(actor)
    _require_voice(actor)
    if add_by == PermittedRole.ADMINS:
        _require_role(actor, Cause.NOT_MANAGER, *MANAGERS)


def may_edit_group(actor: Actor, *, is_quiet: bool = False) -> None:
    """Change a group's name or notice; for the notice, `may_set_notice` is checked as well. All members read
    both, so a quiet group's may be changed only by its owners and admins."""
    may_set_nickname(actor)
    _require_loud(actor, is_quiet=is_quiet)


def may_set_nickname(actor: Actor) -> None:
    """Set the own nickname in a group."""
    _require_member(actor)
    _require_voice(actor)


def may_set_notice(actor: Actor, notice_by: str, *, is_confirmed: bool = False) -> None:
    """Change the notice of a group. `notice_by`: the group's setting of who may change it. `is_confirmed`:
    members are asked to confirm the notice. Check `may_edit_group` first."""
    if is_confirmed or notice_by == PermittedRole.ADMINS:
        _require_role(actor, Cause.NOT_MANAGER, *MANAGERS)


def may_remove_members(actor: Actor, others: Collection[Role]) -> None:
    """Remove members. `others`: the roles of the removed members other than the actor. Every member may
    leave."""
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
    """Restrict a group: make it quiet or slow, mute a member, create join links, decide join requests. Also
    set who changes the notice and what history members read, set the picture, pin messages, and ask for
    confirmations of the notice."""
    _require_member(actor)
    _require_role(actor, Cause.NOT_MANAGER, *MANAGERS)


def may_pin(actor: Actor, *, is_in_group: bool) -> None:
    """Pin or unpin a message for the whole conversation. In a group, only owners and admins may."""
    _require_voice(actor)
    if is_in_group:
        may_restrict(actor)


def may_upload(actor: Actor) -> None:
    _require_voice(actor)


def may_set_avatar(actor: Actor) -> None:
    """Set the own picture."""
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
