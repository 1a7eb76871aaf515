"""Applying the rules of the desk, `accounts.texts.screen`, to messages before they are accepted."""

from accounts import texts
from accounts.limits.steps import Steps, finish
from accounts.texts import Screen as Rules
from accounts.texts import ScreenVerdict, TextRefused
from chat.failures import CommandRefused
from chat.protocol import kinds
from chat.protocol.commands import Send
from chat.protocol.kinds import FILES, SCREENED, UNCHANGEABLE, kind_of
from chat.services.plans import Plan, Screen
from log.rows import HELD, Recipient

# On an event loop, a longer text is looked at in steps.
MAX_CHARACTERS_AT_ONCE = 8 * 1024


def screened(sender: str, command: Send) -> tuple[str, str]:
    """The kind and the content with which the log keeps a message. Raises CommandRefused."""
    try:
        return _stored(command, _verdict(sender, command))
    except TextRefused as refused:
        raise CommandRefused.of_text(refused) from None


def screening_steps(sender: str, command: Send) -> Steps[tuple[str, str]]:
    """The same, while others have the event loop in between."""
    try:
        screen = _screen_for(command)
        text = kinds.searchable_text(command.kind, command.content, command.details)
        return _stored(command, (yield from screen.steps(sender, command.to, text)) if screen else None)
    except TextRefused as refused:
        raise CommandRefused.of_text(refused) from None


def takes_long(command: Send) -> bool:
    """Whether an event loop must use `screening_steps`."""
    return len(command.content) > MAX_CHARACTERS_AT_ONCE and _screen_for(command) is not None


def screened_edit(sender: str, to: Recipient, content: str) -> Plan[str]:
    """What an edit or a reaction says. Raises CommandRefused, also for a text that would be held: what there
    was before stays."""
    if texts.screen is None:
        return content
    edit = _edit_steps(texts.screen, sender, to, content)
    if len(content) <= MAX_CHARACTERS_AT_ONCE:
        return finish(edit)
    text: str = yield Screen(edit)
    return text


def _edit_steps(screen: Rules, sender: str, to: Recipient, content: str) -> Steps[str]:
    try:
        return texts.accepted_text(content, (yield from screen.steps(sender, to, content)))
    except TextRefused as refused:
        raise CommandRefused.of_text(refused) from None


def allows(to: Recipient, content: str) -> bool:
    """Whether a text that still grows may be shown. It is looked at again when it is sent."""
    return texts.screen is None or texts.screen.lets(to, content)


def _verdict(sender: str, command: Send) -> ScreenVerdict | None:
    if command.kind in FILES and texts.screen is not None:
        return _of_file(texts.screen, sender, command)
    if (screen := _screen_for(command)) is None:
        return None
    return screen.check(
        sender, command.to, kinds.searchable_text(command.kind, command.content, command.details)
    )


def _of_file(screen: Rules, sender: str, command: Send) -> ScreenVerdict | None:
    """What becomes of a file by its name or its address."""
    name = kind_of(command.kind).file_name(command.content)
    verdict = screen.check(sender, command.to, name) if name else None
    return verdict or screen.check_link(command.to, command.content)


def _screen_for(command: Send) -> Rules | None:
    return texts.screen if command.kind in SCREENED else None


def _stored(command: Send, verdict: ScreenVerdict | None) -> tuple[str, str]:
    if verdict is None:
        return command.kind, command.content
    if command.kind in FILES and verdict.is_held:
        return HELD, command.content
    if command.kind in UNCHANGEABLE:
        # With stars in it, or as the text that a moderator would release, it would be another message.
        raise TextRefused
    return HELD if verdict.is_held else command.kind, verdict.content
