"""Sending a message: one plan, for sockets, calls and bots."""

from functools import partial
from string import digits

from django.conf import settings

from accounts import access as rules
from accounts.access import Actor
from accounts.authentication.authentication import Person
from accounts.limits import limits
from accounts.services import desk_userids
from chat.access import may_mention_all, may_write_to
from chat.failures import stored_or_raise
from chat.protocol import extensions
from chat.protocol.bounds import size
from chat.protocol.commands import Send
from chat.protocol.kinds import kind_of
from chat.protocol.replies import Accepted
from chat.services import attaching, checking, screening, text_responses
from chat.services.amending import check_reply
from chat.services.plans import Append, DatabaseTurn, Plan, Query, ReadNaming, Screen, Sender, run_in_thread
from groups.selectors import permission_in
from log.appending import Draft, Repeated
from log.details import EVERYBODY, as_silent, with_mentions
from log.rows import HELD, Recipient


def send(sender: Sender, command: Send, base_url: str) -> Plan[Accepted]:
    """Send a message. With a cid that the sender has used before, nothing is appended. `base_url`: the
    address of this server that the sender used.

    Refuses before it reads, and charges before it refuses what the person asks for. Raises AccountBanned,
    Forbidden, CommandRefused, TooFast, appending.NoSpace and DatabaseError.
    """
    userid, to = sender.userid, command.to
    sender.may_send()
    bytes_ = framed = size(command.content) + size(command.extension)
    if command.details or command.mentions:
        bytes_ += sum(map(size, (command.details, *command.mentions)))
    sender.charge(bytes_)
    may_write_to(to, sender.desks)
    if isinstance(to, int) and not sender.is_known_to_write(to):
        yield Query(partial(sender.may_write_in, to))
    if (
        sender.responds_in_texts
        and command.content[-1:] in digits
        and text_responses.is_only_numbers(command)
    ):
        yield from text_responses.respond(userid, command, sender.address)
    if _needs_lookup(command):
        # A file is marked as used.
        turn = DatabaseTurn.MARK if kind_of(command.kind).is_document else DatabaseTurn.QUESTION
        command = yield Query(partial(_looked_up, userid, command), turn)
    if screening.takes_long(command):
        kind, content = yield Screen(screening.screening_steps(userid, command))
    else:
        kind, content = screening.screened(userid, command)
    extension = _extension(sender, command, framed, base_url)
    draft = _draft(sender, command, kind, content, extension)
    if checking.needs_check(kind):
        draft = yield from checking.checked_draft(draft)
    if extension is None and (naming := (yield ReadNaming(userid, to, base_url))):
        draft = draft._replace(extension=extensions.filled(command.extension, naming))
    row = stored_or_raise(userid, (yield Append(draft, bytes_)))
    changed = None if draft.content is command.content else draft.content
    return Accepted(row.id, row.time, changed, not isinstance(row, Repeated))


class Caller:
    """A Sender without a connection."""

    origin = 0
    responds_in_texts = False

    def __init__(self, person: Person, address: str) -> None:
        self.userid, self.address, self.desks = person.userid, address, desk_userids()
        self._is_muted = person.muted

    def may_send(self) -> None:
        rules.may_send(Actor(muted=self._is_muted))

    def charge(self, bytes_: int) -> None:
        limits.current().take_message(self.address, self.userid, bytes_)

    def is_known_to_write(self, to: Recipient) -> bool:
        return isinstance(to, str)

    def may_write_in(self, group: int) -> None:
        permission = permission_in(group, self.userid)
        rules.may_send_to_group(permission.actor, is_quiet=permission.is_quiet)

    def lacks_names(self, extension: str) -> bool:
        return extensions.needs_extension(extension, fills=settings.IM66.legacy_extension == "fill")

    def known_extension(self, to: Recipient, base_url: str) -> str | None:
        return None


def send_in_thread(person: Person, command: Send, address: str, base_url: str) -> Accepted:
    """Send a message for somebody who is not connected. Raises as `send`."""
    return run_in_thread(send(Caller(person, address), command, base_url))


def _needs_lookup(command: Send) -> bool:
    """Whether `_looked_up` has something to ask the database."""
    return command.reply is not None or attaching.needs_lookup(command) or EVERYBODY in command.mentions


def _looked_up(userid: str, command: Send) -> Send:
    """The command with what the database knows of what it refers to. Raises CommandRefused and
    DatabaseError."""
    if command.reply is not None:
        check_reply(userid, command.to, command.reply)
    if EVERYBODY in command.mentions:
        may_mention_all(userid, command.to)
    return attaching.with_file(userid, command) if attaching.needs_lookup(command) else command


def _extension(sender: Sender, command: Send, framed: int, base_url: str) -> str | None:
    """The extension to store with the message; None if names must be read for it. `framed`: how many bytes of
    the command the shipped apps get."""
    extension = command.extension
    if not (sender.lacks_names(extension) and extensions.has_room_for_extension(framed)):
        return extension
    return None if extension else sender.known_extension(command.to, base_url)


def _draft(sender: Sender, command: Send, kind: str, content: str, extension: str | None) -> Draft:
    """`kind`, `content`, `extension`: what is stored of the command."""
    details = with_mentions(command.details, command.mentions) if command.mentions else command.details
    return Draft(
        kind,
        sender.userid,
        command.to,
        content,
        command.extension if extension is None else extension,
        sender.address,
        command.reply,
        command.cid,
        sender.origin,
        as_silent(details) if command.silent else details,
        command.kind if kind == HELD else "",
        command.sources,
    )
