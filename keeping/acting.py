"""Who acts where an operator runs a command."""

from moderation.moderators import Moderator

# No userid has a slash.
COMMAND = Moderator("/manage.py")
