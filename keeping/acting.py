"""Who acts where an operator runs a command."""

from moderation.moderators import COMMAND as COMMAND
