"""Bots in groups: who puts them there, and how many there may be."""

from collections.abc import Collection

from accounts import access
from groups.errors import TooManyBots
from groups.selectors import permission_in
from log.models import Bot, Membership

# In one group at once.
MAX_BOTS = 20


def check_joining(group_id: int, inviting: Collection[str], userids: Collection[str]) -> None:
    """Raises Forbidden and TooManyBots if there are bots among those who are put into a group that these do
    not manage, or that has no room for them."""
    joining = Bot.objects.filter(pk__in=list(userids)).count()
    if not joining:
        return
    for userid in inviting:
        access.may_restrict(permission_in(group_id, userid).actor)
    check_room(group_id, joining)


def check_room(group_id: int, joining: int = 1) -> None:
    """Raises TooManyBots if the group can have no more."""
    if len(bots_in(group_id)) + joining > MAX_BOTS:
        raise TooManyBots(limit=MAX_BOTS)


def bots_in(group_id: int) -> list[str]:
    """Those that are members now."""
    members = Membership.objects.current().filter(group=group_id, user__in=Bot.objects.values("pk"))
    return list(members.values_list("user_id", flat=True))
