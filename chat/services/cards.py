"""What becomes of cards after they are sent: their author gives them another content, people press their
buttons."""

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
    """`id`: names it. `userid` has pressed the button `action` of the card `message`, which `author` has sent
    to the conversation with `to`, or the group `to`."""

    id: str
    userid: str
    to: Recipient
    message: LogId
    author: str
    action: str


# Says whether somebody will be told of a press, in its transaction, which an exception undoes.
_press_handler: Callable[[Press], bool] | None = None


def set_press_handler(note: Callable[[Press], bool]) -> None:
    """Tell of each press by this from now on."""
    global _note
    _press_handler = note


def edit_card(
    person: Person,
    target: LogId,
    content: str,
    card: dict[str, Any],
    address: str,
    custom: dict[str, Any] | None = None,
) -> LogId:
    """Give a card of one's own another content, at any time. `custom`: what is attached from now on; None:
    what was. Returns the row that does it. Raises as `sending.send`."""
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
    """The command with where the card is, its sources, and perhaps what is attached to it. Raises
    CommandRefused and DatabaseError."""
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
    """A person presses a button; the endpoints that subscribe to presses are notified. Raises CommandRefused
    and DatabaseError."""
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
    """The card as it is now. Raises CommandRefused unless the person may read it; one that was passed on is
    only a picture of it."""
    message, now = readable_message(userid, target), latest_of([target], userid).get(target, AS_SENT)
    if message is None or message.kind != CARD or now.recalled is not None:
        raise CommandRefused.by(Cause.NO_SUCH_MESSAGE)
    if FORWARDED in decoded(message.details):
        raise CommandRefused(Name.INVALID, "this card was passed on")
    return edited(message, now)


def _press_id(userid: str, command: Command) -> str:
    """Who asks again under the same name has pressed once."""
    if command.cid is None:
        return secrets.token_hex(16)
    named = "\0".join((userid, str(command.target), command.action, command.cid))
    return blake2b(named.encode(), digest_size=16).hexdigest()
