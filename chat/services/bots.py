"""Bots in conversations, and the commands that they list."""

from collections.abc import Sequence

from accounts.models import User
from groups.bots import bots_in
from log.models import Bot
from log.reach import is_visible
from log.rows import Recipient

# The commands of one bot.
MAX_COMMANDS = 50
MAX_COMMAND_NAME, MAX_DESCRIPTION = 32, 100


def mark_as_bot(userid: str) -> None:
    """Mark the account as a bot. Idempotent."""
    Bot.objects.get_or_create(user_id=userid)
    User.objects.filter(pk=userid).update(is_bot=True)


def store_bot_commands(userid: str, commands: Sequence[dict[str, str]]) -> None:
    """Replace the commands that the bot lists."""
    Bot.objects.filter(pk=userid).update(commands=list(commands))


def bot_commands_in(userid: str, peer: Recipient) -> list[dict[str, str]]:
    """List the commands of the bots in the conversation, each with the bot's userid in `bot`. Empty if the
    person may not see the bot."""
    if isinstance(peer, str) and not is_visible(userid, peer):
        return []
    bots = bots_in(peer) if isinstance(peer, int) else [peer]
    listing = Bot.objects.filter(pk__in=bots).exclude(pk=userid).order_by("pk")
    return [
        {"bot": bot, **command}
        for bot, commands in listing.values_list("pk", "commands")
        for command in commands
    ]
