"""What a person may do in chat."""

from chat import selectors
from chat.protocol.events import Code, Failure
from groups.groupids import is_group_id


class Refused(Exception):
    """A command that a rule forbids; `failure` tells the client."""

    def __init__(self, code: Code, reason: str) -> None:
        super().__init__(reason)
        self.failure = Failure(code, reason)


def require_member(userid: str, group_id: str) -> None:
    """Raises Refused unless `userid` is in the group now."""
    if not is_group_id(group_id):
        raise Refused(Code.MALFORMED, "not a group id")
    if selectors.is_member(userid, int(group_id)):
        return
    if selectors.is_group(int(group_id)):
        raise Refused(Code.NOT_ALLOWED, "you are not in this group")
    raise Refused(Code.NOT_FOUND, "no such group")
