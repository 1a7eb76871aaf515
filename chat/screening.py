"""Looking at a text before it is accepted. Nothing is looked at until something is installed here.

What is installed is asked on the event loop, for each text that somebody sends or edits: so it may neither
wait nor ask the database, and takes microseconds.
"""

from typing import NamedTuple, Protocol

from chat.access import TEXT_NOT_ALLOWED, Refused
from chat.protocol.commands import Send
from chat.protocol.rows import HELD, Recipient


class Verdict(NamedTuple):
    """`content`: what is stored in the place of the text. `is_held`: nobody gets it until a moderator
    releases it."""

    content: str
    is_held: bool = False


class Screen(Protocol):
    def look(self, sender: str, to: Recipient, content: str) -> Verdict | None:
        """What becomes of the text; None if it stays as it is. Raises access.Refused for one that nobody
        may send: `access.TEXT_NOT_ALLOWED` says so."""


_screen: Screen | None = None


def install(screen: Screen | None) -> None:
    """Look at all texts with this one from now on, in the place of the one before; None: at none."""
    global _screen
    _screen = screen


def stored_as(sender: str, command: Send) -> tuple[str, str]:
    """The kind and the content with which the log keeps a message. Raises access.Refused."""
    # An emotion that a client does not know is shown as text.
    if _screen is None or command.kind not in ("text", "emotion"):
        return command.kind, command.content
    verdict = _screen.look(sender, command.to, command.content)
    if verdict is None:
        return command.kind, command.content
    return HELD if verdict.is_held else command.kind, verdict.content


def edited(sender: str, to: Recipient, content: str) -> str:
    """What an edit or a reaction says. Raises access.Refused, also for a text that would be held: what there
    was before stays."""
    verdict = screened(sender, to, content)
    if verdict is None:
        return content
    if verdict.is_held:
        raise Refused.because(TEXT_NOT_ALLOWED)
    return verdict.content


def screened(sender: str, to: Recipient, content: str) -> Verdict | None:
    """What becomes of a text that `sender` writes; None if it stays as it is. Raises access.Refused."""
    return None if _screen is None else _screen.look(sender, to, content)
