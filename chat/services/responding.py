"""Responses to messages of kinds that take them: which are right, and until when."""

import time
from typing import Any

from accounts.codes import Cause, Name
from chat.failures import CommandRefused
from chat.protocol.commands import Amend
from chat.protocol.kinds import RESPONDING
from chat.reading.results import part_of
from log.details import decoded
from log.models import Message
from log.responses import closed_among, last_responses
from log.rows import RESPONSE, Entry, LogId


def check_response(message: Entry, content: str) -> None:
    """Raises CommandRefused for what nobody can answer to this message."""
    ((kind, value),) = decoded(content).items()
    part = require_part(message, kind)
    if value is not True:
        try:
            RESPONDING[kind].check(part, value)
        except ValueError as error:
            raise CommandRefused(Name.INVALID, str(error)) from None


def require_part(message: Entry, kind: str) -> Any:
    """Raises CommandRefused if the message is of another kind."""
    part = part_of(message)
    if message.kind != kind or part is None:
        raise CommandRefused(Name.INVALID, f"this message is no {kind}")
    return part


def earlier_response(userid: str, command: Amend) -> LogId | None:
    """The row that has answered the same, or has closed the message, or that has this cid."""
    named = Message.objects.filter(sender=userid, cid=command.cid).values_list("id", flat=True)
    if command.cid is not None and (row := named.first()):
        return row
    if command.kind != RESPONSE:
        return closed_among([command.target]).get(command.target)
    last = last_responses({userid}, {command.target})
    return last[0][3] if last and last[0][2] == command.content else None


def require_open(message: Entry) -> None:
    """Raises CommandRefused if the message takes no more responses. The log looks again for who has closed
    it."""
    if is_over(message) or closed_among([message.id]):
        raise CommandRefused.by(Cause.CLOSED)


def is_over(message: Entry) -> bool:
    """Whether it has closed by itself."""
    return RESPONDING[message.kind].is_over(part_of(message), time.time())
