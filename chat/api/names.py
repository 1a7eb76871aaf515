"""What the API calls a conversation: as the JSON dialect does."""

from accounts.api.errors import ApiError, not_found
from accounts.names.userids import is_userid
from chat.protocol.rows import Recipient
from groups.groupids import is_group_id


def peer_of(name: str) -> Recipient | None:
    """None if no conversation is called that."""
    kind, _, id_ = name.partition(":")
    if kind == "u" and is_userid(id_):
        return id_
    return int(id_) if kind == "g" and is_group_id(id_) else None


def no_such_conversation() -> ApiError:
    return not_found("There is no such conversation.")
