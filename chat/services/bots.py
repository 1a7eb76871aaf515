"""Bots in conversations, and the commands that they list."""

from collections.abc import Sequence

from accounts.models import User
from groups.bots import bots_in
from log.models import Bot
from log.reach import is_visible
from log.rows import Recipient

# Of one bot.
MAX_COMMANDS = 50
MAX_COMMAND_NAME, MAX_DESCRIPTION = 32, 100


def mark_as_bot(userid: str) -> None:
    """The person is a program. Doing it twice does no harm."""
    Bot.objects.get_or_create(user_id=userid)
    User.objects.filter(pk=userid).update(is_bot=True)


def store_bot_commands(userid: str, commands: Sequence[dict[str, str]]) -> None:
    """What the bot lists from now on."""
    Bot.objects.filter(pk=userid).update(commands=list(commands))


def bot_commands_in(userid: str, peer: Recipient) -> list[dict[str, str]]:
    """The commands of the bots in a conversation of the person, each with its `bot`. Who does not get to know
    a bot gets none."""
    if isinstance(peer, str) and not is_visible(userid, peer):
        return []
    bots = bots_in(peer) if isinstance(peer, int) else [peer]
    listing = Bot.objects.filter(pk__in=bots).exclude(pk=userid).order_by("pk")
    return [
        {"bot": bot, **command}
        for bot, commands in listing.values_list("pk", "commands")
        for command in commands
    ]
