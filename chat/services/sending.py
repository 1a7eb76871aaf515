"""Sends a message for somebody who is not connected: into the log as all others, with the same limits."""

from typing import NamedTuple

from django.conf import settings

from accounts import access as rules
from accounts import limits
from accounts.access import Actor, Cause, Forbidden
from accounts.authentication import AccountLocked, Person
from accounts.services import desk_userids
from chat.access import BLOCKED, NO_SUCH_USER, Refused, may_write_to
from chat.naming import read_naming
from chat.protocol import extensions
from chat.protocol.bounds import size
from chat.protocol.commands import Send
from chat.protocol.rows import LogId
from chat.services import screening
from chat.services.amending import check_reply
from chat.writing import log
from chat.writing.log import Appended, Draft
from groups.selectors import voice_in


class Sent(NamedTuple):
    """`is_new`: the message was not in the log before. `content`: what it says there, if that is something
    else than was sent."""

    id: LogId
    time: int
    is_new: bool
    content: str | None = None


def send(sender: Person, command: Send, address: str, base_url: str) -> Sent:
    """Append the message to the log. With a cid that the sender has used before, nothing is appended.

    `address`: where the sender is. `base_url`: the address of this server that the sender used.

    Raises AccountLocked, Forbidden, Refused, TooFast, log.NoRoom and DatabaseError.
    """
    rules.may_send(Actor(muted=sender.muted))
    limits.current().take_message(address, sender.userid, size(command.content) + size(command.extension))
    may_write_to(command.to, desk_userids())
    if isinstance(command.to, int):
        voice = voice_in(command.to, sender.userid)
        rules.may_send_to_group(voice.actor, is_quiet=voice.is_quiet)
    if command.reply is not None:
        check_reply(sender.userid, command.to, command.reply)
    kind, content = screening.stored_as(sender.userid, command)
    draft = Draft(
        kind,
        sender.userid,
        command.to,
        content,
        _extension(sender.userid, command, base_url),
        address,
        command.reply,
        command.cid,
    )
    appended = log.append([draft])
    (outcome,) = appended.outcomes
    if outcome is None:
        raise _why_not(draft, appended)
    changed = None if content is command.content else content
    return Sent(outcome.id, outcome.time, not isinstance(outcome, log.Repeated), changed)


def _extension(userid: str, command: Send, base_url: str) -> str:
    """The extension to store with the message."""
    given = command.extension
    is_wanting = extensions.is_wanting(given, fills=settings.IM66.legacy_extension == "fill")
    if not (is_wanting and extensions.leaves_room(size(command.content) + size(given))):
        return given
    return extensions.filled(given, read_naming(userid, command.to, base_url))


def _why_not(draft: Draft, appended: Appended) -> Exception:
    """Why the draft was not appended. It may have been allowed a moment before."""
    if (is_locked := appended.silent.get(draft.sender)) is not None:
        return AccountLocked(draft.sender) if is_locked else Forbidden(Cause.MUTED)
    if draft.to in appended.unknown:
        return appended.unknown[str(draft.to)] or Refused.because(NO_SUCH_USER)
    if (draft.sender, draft.to) in appended.blocked:
        return Refused.because(BLOCKED)
    return appended.why_not_in_group(draft)
