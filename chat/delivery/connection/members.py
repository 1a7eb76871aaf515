"""The members of a group, as `members_` asks for them."""

from chat import access
from chat.access import CommandRefused
from chat.protocol.replies import Code, Member, Members
from groups.selectors import get_group, last_joined, members_of


def members(userid: str, group_id: int, after: str | None = None) -> Members:
    """The answer for `userid`, who must be a member. With `after`, it has only those who joined after that
    person, who may have left since. Raises access.CommandRefused."""
    access.may_read_members(userid, group_id)
    place = 0 if after is None else _place(group_id, after)
    found = members_of([get_group(group_id)], place)[group_id]
    return Members(group_id, [Member(one.userid, one.called, one.avatar, one.role) for one in found])


def _place(group_id: int, userid: str) -> int:
    place = last_joined(group_id, userid)
    if place is None:
        raise CommandRefused(Code.NOT_FOUND, "no such member")
    return place
