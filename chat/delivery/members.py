"""The members of a group, as `members_` asks for them."""

from chat import access
from chat.protocol.replies import Member, Members
from groups.selectors import get_group, members_of


def members(userid: str, group_id: int) -> Members:
    """The answer for `userid`, who must be a member. Raises access.Refused."""
    access.may_read_members(userid, group_id)
    found = members_of([get_group(group_id)])[group_id]
    return Members(group_id, [Member(one.userid, one.display_name, one.avatar, one.role) for one in found])
