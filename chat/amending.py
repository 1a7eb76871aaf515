"""Which message a person may recall, edit or react to, and what that changes."""

import time
from typing import NamedTuple

from django.conf import settings

from accounts.access import Actor
from chat import access, selectors
from chat.access import Refused
from chat.amendments import AS_SENT, count_changes, count_reactions, latest_of, reaction_of
from chat.protocol.commands import Amend
from chat.protocol.replies import Amended, Code
from chat.protocol.rows import EDIT, REACTION, RECALL, Entry, LogId, Recipient
from groups.selectors import Voice, voice_in

# How many different reactions a person may have given to one message, also those taken back.
MOST_REACTIONS = 20
# How often a person may edit one message, or give reactions to it and take them back. Whoever reads a message
# reads what was done to it.
MOST_CHANGES = 100


class Aim(NamedTuple):
    """What an amendment goes to: its `target`, and `to` whom."""

    target: LogId
    to: Recipient


def aim(userid: str, command: Amend) -> Aim | Amended:
    """Where the amendment goes that `userid` asks for; or the row that has done the same before. Of an edit
    whose content the rules of the desk change, none has. Raises Refused and DatabaseError.

    Whether `userid` is muted, blocked or out of the group is decided when it is appended.
    """
    message = selectors.readable_message(userid, command.target)
    if message is None:
        raise Refused.because(access.NO_SUCH_MESSAGE)
    _check(userid, command, message)
    earlier = _done_before(userid, command)
    if earlier is None:
        _require_few(userid, command)
    return Aim(message.id, _to(userid, message)) if earlier is None else Amended(earlier)


def check_reply(userid: str, to: Recipient, target: LogId) -> None:
    """Raises Refused unless `userid` may read the message `target`, and it belongs to the conversation with
    `to`."""
    message = selectors.readable_message(userid, target)
    if message is None or _to(userid, message) != to:
        raise Refused.because(access.NO_SUCH_MESSAGE)


def _check(userid: str, command: Amend, message: Entry) -> None:
    voice = voice_in(message.to, userid) if isinstance(message.to, int) else Voice(Actor())
    access.may_amend(
        command.kind,
        voice.actor,
        is_author=message.sender == userid,
        is_in_time=time.time() - message.time <= settings.IM66.recall_seconds,
        is_in_group=isinstance(message.to, int),
        is_quiet=voice.is_quiet,
    )
    if command.kind == EDIT and message.kind != "text":
        raise Refused(Code.MALFORMED, "only a text can be edited", "invalid")


def _done_before(userid: str, command: Amend) -> LogId | None:
    """The row that has done it before. Raises Refused if the message is recalled."""
    latest = latest_of([command.target]).get(command.target, AS_SENT)
    if command.kind == RECALL:
        return latest.recalled
    if latest.recalled is not None:
        raise Refused.because(access.NO_SUCH_MESSAGE)
    if command.kind == REACTION:
        return _same_reaction(userid, command)
    return latest.edited if latest.content == command.content else None


def _require_few(userid: str, command: Amend) -> None:
    if count_changes(userid, command.target, command.kind, MOST_CHANGES) == MOST_CHANGES:
        raise Refused(Code.CONFLICT, f"at most {MOST_CHANGES} changes of a message")


def _same_reaction(userid: str, command: Amend) -> LogId | None:
    """Raises Refused for one more than MOST_REACTIONS."""
    last = reaction_of(userid, command.target, command.content)
    if last is None and count_reactions(userid, command.target, MOST_REACTIONS) == MOST_REACTIONS:
        raise Refused(Code.CONFLICT, f"at most {MOST_REACTIONS} different reactions to a message")
    return last.id if last and last.is_on == command.is_on else None


def _to(userid: str, message: Entry) -> Recipient:
    """The other side of the conversation."""
    if isinstance(message.to, int) or message.sender == userid:
        return message.to
    return message.sender
