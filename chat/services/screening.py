"""Looking at a text before it is accepted. Nothing is looked at until something is installed here.

What is installed is asked on the event loop, for each text that somebody sends or edits: so it may neither
wait nor ask the database, and takes microseconds. A long text takes longer, so it is looked at in steps.
"""

from typing import NamedTuple, Protocol

from accounts.limits.steps import Steps, take_turns
from chat.access import TEXT_NOT_ALLOWED, CommandRefused
from chat.protocol.commands import Send
from chat.protocol.files import attached
from chat.protocol.kinds import FILES, SCREENED, SHOWN
from log.cards import CARD, all_said
from log.rows import HELD, Recipient
from uploads.calls import FILE

# On an event loop, a longer text is looked at in steps.
MAX_CHARACTERS_AT_ONCE = 8 * 1024


class Verdict(NamedTuple):
    """`content`: what is stored in the place of the text. `is_held`: nobody gets it until a moderator
    releases it."""

    content: str
    is_held: bool = False


class Screen(Protocol):
    def check(self, sender: str, to: Recipient | None, content: str) -> Verdict | None:
        """What becomes of the text, which is for nobody in particular if `to` is None; None if it stays as it
        is. Raises access.CommandRefused for one that nobody may send: `access.TEXT_NOT_ALLOWED` says so."""

    def steps(self, sender: str, to: Recipient | None, content: str) -> Steps[Verdict | None]:
        """The same, in steps of a few milliseconds each."""

    def lets(self, to: Recipient | None, content: str) -> bool:
        """Whether the text would stay as it is. Nothing comes of asking."""

    def check_link(self, to: Recipient, address: str) -> Verdict | None:
        """The same for the address of a picture, a video or a file. It is not changed."""


_screen: Screen | None = None


def install(screen: Screen | None) -> None:
    """Look at all texts with this one from now on, in the place of the one before; None: at none."""
    global _screen
    _screen = screen


def stored_as(sender: str, command: Send) -> tuple[str, str]:
    """The kind and the content with which the log keeps a message. Raises access.CommandRefused."""
    if command.kind in FILES and _screen is not None:
        return _stored(command, _of_file(_screen, sender, command))
    screen = _screen_for(command)
    if screen is None:
        return _stored(command, None)
    return _stored(command, screen.check(sender, command.to, all_said(command.content, command.details)))


async def stored_in_turns(sender: str, command: Send) -> tuple[str, str]:
    """The same, while others have the event loop in between."""
    screen = _screen_for(command)
    steps = screen and screen.steps(sender, command.to, command.content)
    return _stored(command, await take_turns(steps) if steps else None)


def takes_long(command: Send) -> bool:
    """Whether an event loop must use `stored_in_turns`."""
    return len(command.content) > MAX_CHARACTERS_AT_ONCE and _screen_for(command) is not None


async def edited(sender: str, to: Recipient, content: str) -> str:
    """What an edit or a reaction says. Raises access.CommandRefused, also for a text that would be held: what
    there was before stays."""
    if _screen is None:
        return content
    if len(content) > MAX_CHARACTERS_AT_ONCE:
        verdict = await take_turns(_screen.steps(sender, to, content))
    else:
        verdict = _screen.check(sender, to, content)
    return _shown_at_once(content, verdict)


def screened(sender: str, to: Recipient | None, content: str) -> str:
    """What a short text says that is no message, and is shown at once. Not for an event loop. Raises
    access.CommandRefused as `edited`."""
    return content if _screen is None else _shown_at_once(content, _screen.check(sender, to, content))


def lets(to: Recipient, content: str) -> bool:
    """Whether a text that still grows may be shown. It is looked at again when it is sent."""
    return _screen is None or _screen.lets(to, content)


def _of_file(screen: Screen, sender: str, command: Send) -> Verdict | None:
    """What becomes of a file by its name or its address."""
    file = attached(command.content) if command.kind == FILE else None
    verdict = screen.check(sender, command.to, file.name) if file else None
    return verdict or screen.check_link(command.to, command.content)


def _shown_at_once(content: str, verdict: Verdict | None) -> str:
    if verdict is None:
        return content
    if verdict.is_held:
        raise CommandRefused.because(TEXT_NOT_ALLOWED)
    return verdict.content


def _screen_for(command: Send) -> Screen | None:
    return _screen if command.kind in SCREENED else None


def _stored(command: Send, verdict: Verdict | None) -> tuple[str, str]:
    if verdict is None:
        return command.kind, command.content
    if command.kind in FILES and verdict.is_held:
        return HELD, command.content
    if command.kind in SHOWN or command.kind in FILES or command.kind == CARD:
        # With stars in it, or as the text that a moderator would release, it would be another message.
        raise CommandRefused.because(TEXT_NOT_ALLOWED)
    return HELD if verdict.is_held else command.kind, verdict.content
