"""Texts of the shipped apps that answer a message: these have no other way."""

import re
from functools import partial

from chat.failures import CommandRefused
from chat.protocol.commands import Amend, Send
from chat.protocol.kinds import RESPONDING
from chat.protocol.replies import Amended
from chat.reading import pages
from chat.reading.pages import ConversationReader, CurrentMessage
from chat.reading.results import part_of
from chat.services.amending import resolve_target
from chat.services.plans import DatabaseTurn, Plan, Query
from log import appending
from log.details import encoded
from log.drafts import Draft
from log.rows import RESPONSE, LogId

# The last one among so many messages is what a text may answer.
MAX_MESSAGES_BACK = 20
_NUMBERS = re.compile(r"[0-9]{1,2}(?:[ ,，、]+[0-9]{1,2})*")


def is_only_numbers(command: Send) -> bool:
    """Whether it says nothing but numbers."""
    return command.kind == "text" and _NUMBERS.fullmatch(command.content) is not None


def respond(userid: str, command: Send, address: str) -> Plan[None]:
    """Take the text, which is sent all the same, as an answer to the last message there that takes any, if
    that is one of the last of all, and takes this one."""
    if draft := (yield Query(partial(_response_draft, userid, command, address), DatabaseTurn.PAGE)):
        yield Query(partial(appending.append, [draft]), DatabaseTurn.WRITE)


def _response_draft(userid: str, command: Send, address: str) -> Draft | None:
    page = pages.latest_page(ConversationReader(userid, command.to), MAX_MESSAGES_BACK)
    current = [
        message for message in page.items if isinstance(message, CurrentMessage) and not message.recalled
    ]
    asking = [
        message.entry for message in current if message.entry.kind in RESPONDING and part_of(message.entry)
    ]
    if not asking:
        return None
    message = asking[-1]
    value = RESPONDING[message.kind].in_text(part_of(message), command.content)
    return (
        None
        if value is None
        else _allowed_draft(userid, command, message.id, encoded({message.kind: value}), address)
    )


def _allowed_draft(userid: str, command: Send, target: LogId, content: str, address: str) -> Draft | None:
    """None if the person may not answer so, or has."""
    try:
        goal = resolve_target(userid, Amend(RESPONSE, target, content))
    except CommandRefused:
        return None
    return (
        None
        if isinstance(goal, Amended)
        else Draft(RESPONSE, userid, command.to, content, "", address, target)
    )
