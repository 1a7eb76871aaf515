"""What all actions have in common."""

from moderation.errors import NoReason
from moderation.moderators import Moderator


def of_person(userid: str) -> str:
    """What the audit log calls a person."""
    return f"u:{userid}"


def of_group(group_id: int) -> str:
    return f"g:{group_id}"


def of_message(id_: int) -> str:
    return f"m:{id_}"


def of_report(id_: int) -> str:
    return f"r:{id_}"


def may_begin(moderator: Moderator, permission: str, action: str, target: str, reason: str) -> None:
    """Raises NotAllowed and NoReason."""
    moderator.require(permission, action, target)
    require_reason(reason)


def require_reason(reason: str) -> None:
    """Raises NoReason for a text in which nobody can read anything."""
    if not any(character.isalnum() for character in reason):
        raise NoReason
