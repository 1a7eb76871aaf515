"""What a person may do in chat."""

from chat import selectors
from chat.protocol.replies import Code, Failure


class Refused(Exception):
    """A command that a rule forbids; `failure` tells the client."""

    def __init__(self, code: Code, reason: str) -> None:
        super().__init__(reason)
        self.failure = Failure(code, reason)


def require_member(userid: str, group_id: int) -> None:
    """Raises Refused unless `userid` is in the group now."""
    if selectors.is_member(userid, group_id):
        return
    if selectors.is_group(group_id):
        raise Refused(Code.NOT_ALLOWED, "you are not in this group")
    raise Refused(Code.NOT_FOUND, "no such group")
