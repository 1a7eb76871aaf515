"""The actor of an operator's command."""

from moderation.moderators import COMMAND as COMMAND
