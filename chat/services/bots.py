"""Bots in conversations: who puts them there, and which commands they list."""

from collections.abc import Collection, Sequence

from accounts import access
from accounts.models import User
from groups.errors import TooManyBots
from groups.selectors import permission_in
from log.models import Bot, Membership
from log.reach import is_shown
from log.rows import Recipient

# In one group at once, and commands of one bot.
MAX_BOTS, MAX_COMMANDS = 20, 50
MAX_COMMAND_NAME, MAX_DESCRIPTION = 32, 100


def add(userid: str) -> None:
    """The person is a program. Doing it twice does no harm."""
    Bot.objects.get_or_create(user_id=userid)
    User.objects.filter(pk=userid).update(is_bot=True)


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
        raise TooManyBots(MAX_BOTS)


def bots_in(group_id: int) -> list[str]:
    """Those that are members now."""
    members = Membership.objects.current().filter(group=group_id, user__in=Bot.objects.values("pk"))
    return list(members.values_list("user_id", flat=True))


def list_commands(userid: str, commands: Sequence[dict[str, str]]) -> None:
    """What the bot lists from now on."""
    Bot.objects.filter(pk=userid).update(commands=list(commands))


def commands_in(userid: str, peer: Recipient) -> list[dict[str, str]]:
    """The commands of the bots in a conversation of the person, each with its `bot`. Who does not get to know
    a bot gets none."""
    if isinstance(peer, str) and not is_shown(userid, peer):
        return []
    bots = bots_in(peer) if isinstance(peer, int) else [peer]
    found = Bot.objects.filter(pk__in=bots).exclude(pk=userid).order_by("pk")
    return [
        {"bot": bot, **command}
        for bot, commands in found.values_list("pk", "commands")
        for command in commands
    ]
