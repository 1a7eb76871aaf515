"""Sends messages for people who are not connected, with the limits that all have, and the service's own."""

from collections.abc import Collection
from hashlib import blake2b
from typing import NamedTuple

from django.conf import settings
from django.db import transaction

from accounts import access as rules
from accounts.access import Actor
from accounts.authentication.authentication import Person
from accounts.limits import limits
from accounts.models import User
from accounts.services import Profile, desk_userids, ensure_profiles
from chat.access import may_mention_all, may_write_to
from chat.failures import denial_of
from chat.naming import read_naming
from chat.protocol import extensions
from chat.protocol.bounds import size
from chat.protocol.commands import Send
from chat.services import attaching, checking, screening
from chat.services.amending import check_reply
from groups.selectors import permission_in
from log import appending, log_end
from log.appending import Draft
from log.details import EVERYBODY, with_mentions
from log.rejections import Reason, Rejection
from log.rows import HELD, Entry, LogId

NICKNAME = "im66"
# What the cids of texts to many begin with. Nobody else writes under the service's account.
_QUIET, _LOUD = "quiet.", "all."


class Unable(Exception):
    """The service cannot write: it has no account, or that is muted or banned."""


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

    Raises AccountBanned, Forbidden, CommandRefused, TooFast, appending.NoSpace and DatabaseError.
    """
    rules.may_send(Actor(muted=sender.muted))
    bytes_ = sum(map(size, (command.content, command.extension, *command.mentions, command.details)))
    limits.current().take_message(address, sender.userid, bytes_)
    may_write_to(command.to, desk_userids())
    if isinstance(command.to, int):
        permission = permission_in(command.to, sender.userid)
        rules.may_send_to_group(permission.actor, is_quiet=permission.is_quiet)
    if needs_lookup(command):
        command = looked_up(sender.userid, command)
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
        details=with_mentions(command.details, command.mentions),
        sent_as=command.kind if kind == HELD else "",
        sources=command.sources,
    )
    draft = checking.decided_aside(draft)
    (outcome,) = appending.append([draft]).outcomes
    if isinstance(outcome, Rejection):
        raise denial_of(sender.userid, outcome)
    changed = None if draft.content is command.content else draft.content
    return Sent(outcome.id, outcome.time, not isinstance(outcome, appending.Repeated), changed)


def needs_lookup(command: Send) -> bool:
    """Whether `looked_up` has something to ask the database."""
    return command.reply is not None or attaching.needs_lookup(command) or EVERYBODY in command.mentions


def looked_up(userid: str, command: Send) -> Send:
    """The command with what the database knows of what it refers to. Raises CommandRefused and
    DatabaseError."""
    if command.reply is not None:
        check_reply(userid, command.to, command.reply)
    if EVERYBODY in command.mentions:
        may_mention_all(userid, command.to)
    return attaching.with_file(userid, command) if attaching.needs_lookup(command) else command


def tell(userid: str, text: str) -> LogId | None:
    """Send the person a text from the service's own account, which is created at need, in the caller's
    transaction. Returns its id. None if nobody can be told: IM66_DESK_USERID is empty, the account is muted
    or locked, or there is no room left."""
    desk: str = settings.IM66.desk_userid
    if not desk:
        return None
    with transaction.atomic():
        _ensure_account(desk)
        # What is always there, so that the shipped apps can read it.
        extension = extensions.filled("", read_naming(desk, userid, settings.IM66.public_url))
        try:
            (outcome,) = appending.append([Draft("text", desk, userid, text, extension)]).outcomes
        except appending.NoSpace:
            return None
    return None if isinstance(outcome, Rejection) else outcome.id


def tell_all(userids: Collection[str], text: str, name: str, *, is_quiet: bool) -> int:
    """Send the text from the service's own account to each of these people, who exist. Returns how many have
    it now. Nobody gets it twice under the same `name`, of at most 20 characters. `is_quiet`: by itself, it
    causes no notices. Raises Unable, appending.NoSpace and DatabaseError."""
    desk: str = settings.IM66.desk_userid
    if not desk:
        raise Unable
    with transaction.atomic():
        _ensure_account(desk)
    extension = extensions.filled("", read_naming(desk, desk, settings.IM66.public_url))
    begin = f"{_QUIET if is_quiet else _LOUD}{name}."
    drafts = [
        Draft("text", desk, userid, text, extension, cid=f"{begin}{_digest(userid)}") for userid in userids
    ]
    outcomes = appending.append(drafts, known=set(userids)).outcomes
    reasons = [outcome.reason for outcome in outcomes if isinstance(outcome, Rejection)]
    if Reason.BANNED in reasons or Reason.MUTED in reasons:
        raise Unable
    return len(outcomes) - len(reasons)


def is_quiet(message: Entry) -> bool:
    """Whether nobody gets a notice of it."""
    return (message.cid or "").startswith(_QUIET) and message.sender in desk_userids()


def _digest(userid: str) -> str:
    return blake2b(userid.encode(), digest_size=16).hexdigest()


def in_both(english: str, chinese: str, between: str = "\n") -> str:
    """A text in both languages, because the server does not know which one the person reads. The language of
    the replies to the shipped apps comes first: they show the beginning in their lists."""
    texts = [english, chinese]
    return between.join(texts if settings.IM66.legacy_language == "en" else reversed(texts))


def _extension(userid: str, command: Send, base_url: str) -> str:
    """The extension to store with the message."""
    given = command.extension
    is_wanting = extensions.is_wanting(given, fills=settings.IM66.legacy_extension == "fill")
    if not (is_wanting and extensions.leaves_room(size(command.content) + size(given))):
        return given
    return extensions.filled(given, read_naming(userid, command.to, base_url))


def _ensure_account(desk: str) -> None:
    if User.objects.filter(pk=desk).exists():
        return
    # Else somebody who creates the account too, and has the log, would wait for this transaction, which waits
    # for the log.
    log_end.take()
    ensure_profiles([Profile(desk, NICKNAME, "")])
