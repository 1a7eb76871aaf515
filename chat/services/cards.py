"""Edits cards after they were sent, and handles presses of their buttons."""

import secrets
from collections.abc import Callable
from functools import partial
from hashlib import blake2b
from typing import Any, NamedTuple

from django.db import transaction

from accounts.access import Actor
from accounts.authentication.authentication import Person
from accounts.codes import Cause, Name
from accounts.limits import limits
from chat import access
from chat.failures import CommandRefused, stored_or_raise
from chat.protocol.bounds import size
from chat.protocol.commands import Press as Command
from chat.protocol.commands import Send
from chat.reading.selectors import readable_message
from chat.services import attaching, checking, screening
from chat.services.amending import MAX_CHANGES_PER_PERSON
from chat.services.plans import Append, DatabaseTurn, Plan, Query, Sender, run_in_thread
from chat.services.sending import Caller
from groups.selectors import permission_in
from log.amendments import AS_SENT, count_changes, edited, latest_of
from log.appending import Draft
from log.cards import CARD, card_details, full_text, has_action
from log.details import FORWARDED, custom_in, decoded, with_custom
from log.rows import EDIT, Entry, LogId, Recipient


class Press(NamedTuple):
    """A press of the button `action` of the card `message` by `userid`. `author` has sent the card to the
    conversation with `to`, or the group `to`. `id`: the same for repetitions of the same press."""

    id: str
    userid: str
    to: Recipient
    message: LogId
    author: str
    action: str


# Queues a press for delivery, in its transaction, and returns whether an endpoint subscribes to it.
_press_handler: Callable[[Press], bool] | None = None


def set_press_handler(note: Callable[[Press], bool]) -> None:
    """Set the function that queues presses and returns whether an endpoint subscribes to them."""
    global _press_handler
    _press_handler = note


def edit_card(
    person: Person,
    target: LogId,
    content: str,
    card: dict[str, Any],
    address: str,
    custom: dict[str, Any] | None = None,
) -> LogId:
    """Replace the content of the person's own card, at any time. `custom`: the new custom data; None keeps
    the old. Return the id of the row. Raise as `sending.send`."""
    command = Send(CARD, "", content, "", details=with_custom(card_details(card), custom or {}))
    sender, keeps = Caller(person, address), custom is None
    return run_in_thread(_edit(sender, target, command, is_muted=person.muted, keeps_custom=keeps))


def _edit(sender: Sender, target: LogId, command: Send, *, is_muted: bool, keeps_custom: bool) -> Plan[LogId]:
    userid, content = sender.userid, command.content
    bytes_ = size(content) + size(command.details)
    sender.charge(bytes_)
    aimed = partial(_addressed, userid, target, command, is_muted=is_muted, keeps_custom=keeps_custom)
    command = yield Query(aimed, DatabaseTurn.PAGE)
    to, details = command.to, command.details
    screening.screened(userid, command)
    yield from checking.checked_edit(userid, to, target, full_text(content, details), CARD)
    draft = Draft(
        EDIT, userid, to, content, "", sender.address, target, details=details, sources=command.sources
    )
    row = stored_or_raise(userid, (yield Append(draft, bytes_)))
    return row.id


def _addressed(userid: str, target: LogId, command: Send, *, is_muted: bool, keeps_custom: bool) -> Send:
    """Return the command with the card's conversation, its sources and, if `keeps_custom`, its custom data.
    Raise CommandRefused and DatabaseError."""
    message = _readable_card(userid, target)
    is_in_group = isinstance(message.to, int)
    permission = permission_in(message.to, userid) if isinstance(message.to, int) else None
    access.may_amend(
        EDIT,
        permission.actor if permission else Actor(muted=is_muted),
        is_author=message.sender == userid,
        is_in_time=True,
        is_in_group=is_in_group,
        is_quiet=permission is not None and permission.is_quiet,
    )
    if count_changes(userid, target, EDIT, MAX_CHANGES_PER_PERSON) == MAX_CHANGES_PER_PERSON:
        raise CommandRefused(Name.CONFLICT, f"at most {MAX_CHANGES_PER_PERSON} changes of a message")
    if keeps_custom:
        command = command._replace(details=with_custom(command.details, custom_in(message.details)))
    return attaching.with_file(userid, command._replace(to=message.to))


def press_button(userid: str, command: Command, address: str) -> None:
    """Press a button of a card: notify the endpoints that subscribe to presses. Raise CommandRefused, also if
    no endpoint does, and DatabaseError."""
    access.may_send_so_fast(limits.current(), address, userid, size(command.action))
    message = _readable_card(userid, command.target)
    if not has_action(message.details, command.action):
        raise CommandRefused(Name.NOT_FOUND, "this card has no such button")
    to = message.peer_of(userid)
    access.may_press(userid, to)
    id_ = _press_id(userid, command)
    pressed = Press(id_, userid, to, message.id, message.sender, command.action)
    with transaction.atomic():
        if not (_press_handler and _press_handler(pressed)):
            raise CommandRefused(Name.CONFLICT, "nobody is told of this button here")


def _readable_card(userid: str, target: LogId) -> Entry:
    """Return the current version of the card. Raise CommandRefused if the person may not read it, or if it is
    a forwarded copy."""
    message, now = readable_message(userid, target), latest_of([target], userid).get(target, AS_SENT)
    if message is None or message.kind != CARD or now.recalled is not None:
        raise CommandRefused.by(Cause.NO_SUCH_MESSAGE)
    if FORWARDED in decoded(message.details):
        raise CommandRefused(Name.INVALID, "this card was passed on")
    return edited(message, now)


def _press_id(userid: str, command: Command) -> str:
    """Return the id of the press: the same for the same cid."""
    if command.cid is None:
        return secrets.token_hex(16)
    named = "\0".join((userid, str(command.target), command.action, command.cid))
    return blake2b(named.encode(), digest_size=16).hexdigest()
