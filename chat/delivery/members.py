"""Who is in a group, as `members_` asks for it."""

from accounts.selectors import avatar_url
from chat import access
from chat.protocol.events import Members
from groups.selectors import get_group, members_of


def members(userid: str, group_id: str, base_url: str) -> Members:
    """The answer for `userid`, who must be one of them. Raises access.Refused.

    `base_url`: the address the caller itself used, for the URLs of pictures.
    """
    access.require_member(userid, group_id)
    group = get_group(int(group_id))
    faces = [
        {
            "userid": member.userid,
            "nickname": member.display_name,
            "snap": avatar_url(member, base_url),
            "role": member.role,
        }
        for member in members_of([group])[group.pk]
    ]
    return Members(group_id, faces)
