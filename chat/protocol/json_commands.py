"""What clients of the dialect `im66.json.v1` send: frames to commands. Pure."""

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from msgspec import Meta, Raw, Struct

from accounts.names.userids import is_userid
from chat.protocol import places
from chat.protocol.bounds import is_fit, size
from chat.protocol.codec import Limits
from chat.protocol.commands import (
    MAX_PLACES,
    MAX_TARGETS,
    Acknowledge,
    Amend,
    Command,
    Forward,
    Grow,
    Hello,
    MarkRead,
    Ping,
    Press,
    Request,
    Send,
    Type,
    WatchPresence,
)
from chat.protocol.kinds import KINDS, SENDABLE
from chat.protocol.places import LOCATION
from chat.protocol.replies import Code, Failure, Reply
from groups.groupids import is_group_id
from log.details import EVERYBODY, MAX_MENTIONS
from log.rows import EDIT, REACTION, RECALL, Recipient

MAX_WATCHED_PEOPLE = 200

_BIGGEST = 2**63 - 1
# The largest integer that every client's numbers hold exactly.
_EXACT = 2**53 - 1
_BLANK = re.compile(r"[\s\x00-\x1f\x7f]")

if TYPE_CHECKING:
    Kind = str
    Sendable = str
else:
    Kind = Literal[KINDS]
    Sendable = Literal[SENDABLE]
_Id = Annotated[int, Meta(ge=-_EXACT, le=_EXACT)] | Annotated[str, Meta(max_length=64)]
_LogId = Annotated[int, Meta(ge=0, le=_BIGGEST)]
_Name = Annotated[str, Meta(min_length=1, max_length=64)]
_Mentions = Annotated[list[_Name], Meta(max_length=MAX_MENTIONS)]
# The pattern is for the schema alone: `_peer` is faster, and says more.
_PEER = {"pattern": "^[ug]:"}
_Peer = Annotated[str, Meta(min_length=3, max_length=66, extra_json_schema=_PEER)]


class _Command(Struct, tag_field="cmd"):
    id: _Id


class _Hello(_Command, tag="hello"):
    """Who calls, and where to go on. The first command."""

    token: str | None = None
    userid: str | None = None
    device: _Name | None = None
    since: _LogId | None = None
    log: Annotated[str, Meta(max_length=64)] | None = None


class _Place(Struct):
    """What a location is called."""

    name: str = ""
    address: str = ""


class _Send(_Command, tag="send"):
    """Send a message."""

    to: _Peer
    kind: Sendable
    content: str
    cid: _Name | None = None
    extension: str = ""
    reply: _LogId | None = None
    name: Annotated[str, Meta(min_length=1, max_length=255)] | None = None
    mentions: _Mentions = []
    place: _Place | None = None


class _Edit(_Command, tag="edit"):
    """Give a text of one's own another content."""

    target: _LogId
    content: str
    mentions: _Mentions = []


class _Forward(_Command, tag="forward"):
    """Pass messages on to other conversations, one by one or as one message that holds them."""

    targets: Annotated[list[_LogId], Meta(min_length=1, max_length=MAX_TARGETS)]
    to: Annotated[list[_Peer], Meta(min_length=1, max_length=MAX_PLACES)]
    merged: bool = False
    cid: _Name | None = None


class _Recall(_Command, tag="recall"):
    """Take a message back."""

    target: _LogId


class _React(_Command, tag="react"):
    """Give a reaction to a message, or take it back."""

    target: _LogId
    emoji: Annotated[str, Meta(min_length=1, max_length=32)]
    on: bool = True


class _Press(_Command, tag="press"):
    """Press a button of a card."""

    target: _LogId
    action: _Name
    cid: _Name | None = None


class _Read(_Command, tag="read"):
    """Everything in the conversation up to this id is read."""

    to: _Peer
    upto: _LogId


class _Ack(_Command, tag="ack"):
    """Everything up to this id has arrived at the device."""

    upto: _LogId


class _Typing(_Command, tag="typing"):
    """The person is writing something."""

    to: _Peer


class _Grow(_Command, tag="grow"):
    """A bot has written more of an answer: all of it so far, or what is new."""

    to: _Peer
    cid: _Name
    content: str
    more: bool = False


class _Presence(_Command, tag="presence"):
    """Tell who of these people is online, from now on."""

    users: Annotated[list[_Name], Meta(max_length=MAX_WATCHED_PEOPLE)]


class _Ping(_Command, tag="ping"):
    """Is the server there?"""


AnyCommand = (
    _Hello
    | _Send
    | _Edit
    | _Forward
    | _Recall
    | _React
    | _Press
    | _Read
    | _Ack
    | _Typing
    | _Grow
    | _Presence
    | _Ping
)
_NAMES = frozenset(
    {
        "hello",
        "send",
        "edit",
        "forward",
        "recall",
        "react",
        "press",
        "read",
        "ack",
        "typing",
        "grow",
        "presence",
        "ping",
    }
)


class _Envelope(Struct):
    """As much of a frame as is needed to say what is wrong with it. The values are decoded only if they are
    short: a megabyte of empty lists or large numbers takes a second."""

    id: Raw = Raw(b"null")
    cmd: Raw = Raw(b"null")


_decode = msgspec.json.Decoder(AnyCommand).decode
_decode_envelope = msgspec.json.Decoder(_Envelope).decode
_decode_any = msgspec.json.Decoder().decode
# The longest id, with every character escaped.
_MAX_VALUE_BYTES = 64 * len("\\ud83d\\ude00") + 2


class _Invalid(Exception):
    """A value of a command is not what it should be."""

    def __init__(self, reason: str, code: Code = Code.MALFORMED, name: str = "invalid") -> None:
        super().__init__(reason)
        self.failure = Failure(code, reason, name)


def decode(text: str, limits: Limits) -> Request | Reply:
    """What a frame asks for, or what is wrong with it."""
    try:
        command = _decode(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeEncodeError) as error:
        return _why_not(text, error)
    try:
        return Request(command.id, _command(command, limits))
    except _Invalid as invalid:
        return Reply(command.id, invalid.failure)


def _why_not(text: str, error: Exception) -> Reply:
    """What is wrong with a frame that holds no command."""
    try:
        envelope = _decode_envelope(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeEncodeError):
        return Reply(None, Failure(Code.MALFORMED, "a frame holds one JSON object", "malformed"))
    id_, cmd = _value(envelope.id), _value(envelope.cmd)
    if cmd is None and bytes(envelope.cmd).startswith(b'"'):
        cmd = ""  # it is longer than the name of any command
    if not isinstance(cmd, str) or not _is_id(id_):
        reason = "a command has cmd, a name, and id, an exact integer or a text of at most 64 characters"
        return Reply(None, Failure(Code.MALFORMED, reason, "malformed"))
    if cmd not in _NAMES:
        return Reply(id_, Failure(Code.MALFORMED, "there is no such command", "unknown_command"))
    return Reply(id_, Failure(Code.MALFORMED, str(error), "invalid"))


def _value(raw: Raw) -> Any:
    """None for a long one, and for what no number can hold."""
    if len(bytes(raw)) > _MAX_VALUE_BYTES:
        return None
    try:
        return _decode_any(raw)
    except (msgspec.MsgspecError, RecursionError):
        return None


def _is_id(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= 64
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _EXACT


def _command(command: AnyCommand, limits: Limits) -> Command:
    """Raises _Invalid."""
    match command:
        case _Send():
            return _send(command, limits)
        case _Ack(upto=upto):
            return Acknowledge(upto)
        case _Read(to=to, upto=upto):
            return MarkRead(_peer(to), upto)
        case _Typing(to=to):
            return Type(_peer(to))
        case _Grow(to=to, cid=cid, content=content, more=is_more):
            _check_fit(cid, "cid")
            _check_content(content, limits.text)
            return Grow(_peer(to), cid, content, is_more)
        case _Presence(users=users):
            return WatchPresence(tuple(dict.fromkeys(map(_userid, users))))
        case _Edit(target=target, content=content):
            _check_content(content, limits.text)
            return Amend(EDIT, target, content, mentions=_mentions(command.mentions))
        case _Forward(targets=targets, to=to, merged=merged, cid=cid):
            _check_fit(cid or "", "cid")
            places = tuple(dict.fromkeys(map(_peer, to)))
            return Forward(tuple(dict.fromkeys(targets)), places, merged, cid)
        case _Recall(target=target):
            return Amend(RECALL, target)
        case _React(target=target, emoji=emoji, on=is_on):
            if _BLANK.search(emoji):
                raise _Invalid("emoji: blanks are no emoji")
            _check_fit(emoji, "emoji")
            return Amend(REACTION, target, emoji, is_on)
        case _Press(target=target, action=action, cid=cid):
            _check_fit(action, "action")
            _check_fit(cid or "", "cid")
            return Press(target, action, cid)
        case _Hello():
            _check_fit(command.device or "", "device")
            userid = None if command.userid is None else _userid(command.userid)
            return Hello(userid, command.token, command.device, command.since, command.log)
        case _:
            return Ping()


def _send(command: _Send, limits: Limits) -> Send:
    """Raises _Invalid. Decides by itself what is so for most messages: each call counts here."""
    content, extension, cid = command.content, command.extension, command.cid
    most = limits.text if command.kind == "text" else limits.extension
    if len(content) > most // 4 or not content.isprintable():
        _check_content(content, most)
    if extension:
        if len(extension) > limits.extension // 4:
            _check_size("an extension", extension, limits.extension)
        _check_fit(extension, "extension")
    if cid and not cid.isprintable():
        _check_fit(cid, "cid")
    if command.name:
        _check_fit(command.name, "name")
    if command.kind == LOCATION:
        content = _place(content, command.place or _Place())
    mentions = _mentions(command.mentions) if command.mentions else ()
    return Send(
        command.kind, _peer(command.to), content, extension, cid, command.reply, command.name, mentions
    )


def _mentions(userids: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one if one == EVERYBODY else _userid(one) for one in userids))


def _place(content: str, place: _Place) -> str:
    try:
        kept = places.kept(content, place.name, place.address)
    except ValueError as error:
        raise _Invalid(str(error)) from None
    _check_fit(kept, "place")
    return kept


def _check_content(content: str, most: int) -> None:
    # First: of a text that is refused for its length, nothing else is looked at.
    _check_size("a content", content, most)
    _check_fit(content, "content")


def _check_size(what: str, text: str, most: int) -> None:
    if len(text) > most or size(text) > most:
        raise _Invalid(f"{what} like this has at most {most} bytes", Code.TOO_LONG, "too_long")


def _check_fit(text: str, field: str) -> None:
    if not is_fit(text):
        raise _Invalid(f"{field}: control characters cannot be sent")


# People write to a few others, again and again.
@lru_cache(1024)
def _peer(text: str) -> Recipient:
    type_, _, name = text.partition(":")
    if type_ == "u":
        return _userid(name)
    if type_ != "g":
        raise _Invalid("neither u:<userid> nor g:<groupid>")
    if not is_group_id(name):
        raise _Invalid("not a group id")
    return int(name)


def _userid(text: str) -> str:
    if not is_userid(text):
        raise _Invalid("not a userid")
    return text
