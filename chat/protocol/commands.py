"""The commands of clients, in any dialect. Pure.

A command of the dialect `im66.json.v1` is a JsonCommand: its fields with their bounds, and the Struct that
`ok` of its reply holds. COMMANDS lists them for the decoder, the schema and the names in logs.
"""

import re
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, NamedTuple

from msgspec import UNSET, Meta, Struct, defstruct, structs

from chat.protocol.bounds import Limits
from chat.protocol.fields import (
    Custom,
    Id,
    Invalid,
    Mentions,
    Name,
    RowId,
    Sendable,
    To,
    check_content,
    check_printable,
    check_size,
    parse_custom,
    parse_recipient,
    unique_mentions,
    valid_userid,
)
from chat.protocol.kinds import RESPONDING, SENT_PARTS, kind_of, with_sent_parts
from chat.protocol.replies import Done, RequestId, ToChange, ToForward, ToHello, ToPresence, ToRead, ToSend
from chat.protocol.requests import Amend as Amend
from chat.protocol.requests import Login as Login
from chat.protocol.requests import Logout as Logout
from chat.protocol.requests import QueryMembers as QueryMembers
from chat.protocol.requests import QueryRecords as QueryRecords
from chat.protocol.requests import Send as Send
from log.details import encoded, with_custom
from log.rows import CLOSING, EDIT, REACTION, RECALL, RESPONSE

MAX_WATCHED_PEOPLE = 200
# The most messages and the most conversations in one Forward.
MAX_FORWARDED_MESSAGES, MAX_FORWARD_CONVERSATIONS = 100, 10
_BLANK = re.compile(r"[\s\x00-\x1f\x7f]")


class JsonCommand(Struct, tag_field="cmd"):
    """`id`: the client's name for it. `ok`: what the reply holds if nothing went wrong."""

    ok: ClassVar[type[Struct]] = Done

    id: Id

    def validate(self, limits: Limits) -> "Command":
        """Return the command that the frame holds. Raise Invalid."""
        return self


class Hello(JsonCommand, tag="hello", kw_only=True):
    """Who calls, and where to go on. The first command."""

    # The client logs in as the person whom `token` proves or, in open mode, as `userid`; without either, as
    # the person of the browser session. `since`: send the rows after this id of the log with the name `log`.
    # `device`: the client's name for itself, under which the server stores what it has acknowledged.
    ok = ToHello

    token: str | None = None
    userid: str | None = None
    device: Name | None = None
    since: RowId | None = None
    log: Annotated[str, Meta(max_length=64)] | None = None

    def __repr__(self) -> str:
        # The text may be logged, so it does not hold the token.
        return (
            f"Hello(userid={self.userid!r}, device={self.device!r}, since={self.since!r}, log={self.log!r})"
        )

    def validate(self, limits: Limits) -> "Hello":
        check_printable(self.device, "device")
        if self.userid is not None:
            valid_userid(self.userid)
        return self


@with_sent_parts
class _Send(JsonCommand, tag="send"):
    """Send a message."""

    ok = ToSend

    to: To
    kind: Sendable
    content: str
    cid: Name | None = None
    extension: str = ""
    reply: RowId | None = None
    name: Annotated[str, Meta(min_length=1, max_length=255)] | None = None
    mentions: Mentions = []
    silent: bool = False
    custom: Custom = UNSET

    def validate(self, limits: Limits) -> Send:
        # Checks inline what suffices for most messages: the cost of each function call counts here.
        kind, details = self.kind, ""
        content, extension, cid = self.content, self.extension, self.cid
        most = limits.text if kind == "text" else limits.extension
        if len(content) > most // 4 or not content.isprintable():
            check_content(content, most)
        if extension:
            if len(extension) > limits.extension // 4:
                check_size("an extension", extension, limits.extension)
            check_printable(extension, "extension")
        if cid and not cid.isprintable():
            check_printable(cid, "cid")
        if self.name:
            check_printable(self.name, "name")
        if kind in SENT_PARTS:
            content, details = self._stored(SENT_PARTS[kind])
        if self.custom is not UNSET:
            details = with_custom(details, parse_custom(self.custom))
        mentions = unique_mentions(self.mentions) if self.mentions else ()
        to = parse_recipient(self.to)
        send = Send(kind, to, content, extension, cid, self.reply, self.name, mentions, details)
        return send._replace(silent=True) if self.silent else send

    def _stored(self, part: str) -> tuple[str, str]:
        try:
            content, details = kind_of(self.kind).stored(self.content, getattr(self, part))
        except ValueError as error:
            raise Invalid(str(error)) from None
        check_printable(content, part)
        return content, details


class _Edit(JsonCommand, tag="edit"):
    """Give a text of one's own another content."""

    ok = ToChange

    target: RowId
    content: str
    mentions: Mentions = []
    custom: Custom = UNSET

    def validate(self, limits: Limits) -> Amend:
        check_content(self.content, limits.text)
        custom = None if self.custom is UNSET else parse_custom(self.custom)
        return Amend(EDIT, self.target, self.content, mentions=unique_mentions(self.mentions), custom=custom)


class Forward(JsonCommand, tag="forward"):
    """Pass messages on to other conversations, one by one or as one message that holds them."""

    ok = ToForward

    targets: Annotated[tuple[RowId, ...], Meta(min_length=1, max_length=MAX_FORWARDED_MESSAGES)]
    to: Annotated[tuple[To, ...], Meta(min_length=1, max_length=MAX_FORWARD_CONVERSATIONS)]
    merged: bool = False
    # The client's name for the whole command.
    cid: Name | None = None

    def validate(self, limits: Limits) -> "Forward":
        check_printable(self.cid, "cid")
        self.targets = tuple(dict.fromkeys(self.targets))
        self.to = tuple(dict.fromkeys(map(parse_recipient, self.to)))
        return self


class _Recall(JsonCommand, tag="recall"):
    """Take a message back."""

    ok = ToChange

    target: RowId

    def validate(self, limits: Limits) -> Amend:
        return Amend(RECALL, self.target)


class _React(JsonCommand, tag="react"):
    """Give a reaction to a message, or take it back."""

    ok = ToChange

    target: RowId
    emoji: Annotated[str, Meta(min_length=1, max_length=32)]
    on: bool = True

    def validate(self, limits: Limits) -> Amend:
        if _BLANK.search(self.emoji):
            raise Invalid("emoji: blanks are no emoji")
        check_printable(self.emoji, "emoji")
        return Amend(REACTION, self.target, self.emoji, self.on)


class Press(JsonCommand, tag="press"):
    """Press a button of a card."""

    target: RowId
    action: Name
    # The client's name for it; the same name again is the same press.
    cid: Name | None = None

    def validate(self, limits: Limits) -> "Press":
        check_printable(self.action, "action")
        check_printable(self.cid, "cid")
        return self


class _Respond(JsonCommand):
    ok = ToChange
    # The kind of the message.
    of: ClassVar[str]

    target: RowId
    cid: Name | None = None

    def validate(self, limits: Limits) -> Amend:
        check_printable(self.cid, "cid")
        return Amend(RESPONSE, self.target, self.content, cid=self.cid)

    @property
    def content(self) -> str:
        """The content of the row in the log."""
        return encoded({self.of: RESPONDING[self.of].stored(self)})


class _Close(JsonCommand):
    ok = ToChange
    of: ClassVar[str]

    target: RowId

    def validate(self, limits: Limits) -> Amend:
        return Amend(CLOSING, self.target, encoded({self.of: True}))


def _response_commands() -> Iterator[Any]:
    """Make the two commands, to respond and to close, of each kind that takes responses."""
    for name, responding in RESPONDING.items():
        sent = responding.sent
        fields = [(field.name, field.type) for field in structs.fields(sent)]
        words = {"of": name, "__doc__": sent.__doc__}
        yield defstruct(
            "Respond", fields, bases=(_Respond,), namespace=words, tag=responding.command, kw_only=True
        )
        words["__doc__"] = f"Take no more answers to a {kind_of(name).english.lower()}."
        yield defstruct("Close", [], bases=(_Close,), namespace=words, tag=responding.closing)


class MarkRead(JsonCommand, tag="read"):
    """Everything in the conversation up to this id is read."""

    ok = ToRead

    to: To
    upto: RowId

    def validate(self, limits: Limits) -> "MarkRead":
        self.to = parse_recipient(self.to)
        return self


class Acknowledge(JsonCommand, tag="ack"):
    """Everything up to this id has arrived at the device."""

    upto: RowId


class Type(JsonCommand, tag="typing"):
    """The person is writing something."""

    to: To

    def validate(self, limits: Limits) -> "Type":
        self.to = parse_recipient(self.to)
        return self


class Grow(JsonCommand, tag="grow"):
    """A bot has written more of an answer: all of it so far, or what is new."""

    to: To
    # Under which the answer will be sent.
    cid: Name
    content: str
    more: bool = False

    def validate(self, limits: Limits) -> "Grow":
        check_printable(self.cid, "cid")
        check_content(self.content, limits.text)
        self.to = parse_recipient(self.to)
        return self


class WatchPresence(JsonCommand, tag="presence"):
    """Tell who of these people is online, from now on."""

    ok = ToPresence

    users: Annotated[tuple[Name, ...], Meta(max_length=MAX_WATCHED_PEOPLE)]

    def validate(self, limits: Limits) -> "WatchPresence":
        self.users = tuple(dict.fromkeys(map(valid_userid, self.users)))
        return self


class Ping(JsonCommand, tag="ping"):
    """Is the server there?"""


Command = Login | Logout | Send | QueryMembers | QueryRecords | Amend | JsonCommand

# In the order of docs/json.md.
_ALL: tuple[type[JsonCommand], ...] = (
    Hello,
    _Send,
    _Edit,
    Forward,
    _Recall,
    _React,
    Press,
    *_response_commands(),
    MarkRead,
    Acknowledge,
    Type,
    Grow,
    WatchPresence,
    Ping,
)
COMMANDS = {str(command.__struct_config__.tag): command for command in _ALL}
for _name, _command in COMMANDS.items():
    # The name in the schema. The underscore distinguishes it from an event of the same name.
    _command.__name__ = f"_{_name.title()}"


class CommandRequest(NamedTuple):
    """A command, and the client's name for it."""

    id: RequestId
    command: Command
