"""The dialect `im66.json.v1`: one text frame is one JSON object. Pure.

A command has an `id`, which is the client's, and gets exactly one reply. docs/json.md is the contract.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from accounts.userids import is_userid
from chat.protocol.bounds import is_fit, size
from chat.protocol.codec import Encoder, Limits
from chat.protocol.commands import (
    Acknowledge,
    Amend,
    Command,
    Hello,
    MarkRead,
    Ping,
    Request,
    Send,
    Type,
    WatchPresence,
)
from chat.protocol.events import CaughtUp, Event, Gap, Heartbeat, Presence, ReadMark, Typing
from chat.protocol.replies import (
    Accepted,
    Amended,
    Code,
    Failure,
    Online,
    Reply,
    Result,
    Unread,
    Welcome,
)
from chat.protocol.rows import (
    EDIT,
    REACTION,
    RECALL,
    Amendment,
    Entry,
    GroupChange,
    MembershipNotice,
    Notice,
    Recipient,
    StandingChange,
    conversation_name,
)
from groups.groupids import is_group_id

SUBPROTOCOL = "im66.json.v1"
# By whom something is done, where it is nobody of the conversation.
MODERATOR = "moderator"
MOST_WATCHED = 200

_BIGGEST = 2**63 - 1
# The largest integer that every client's numbers hold exactly.
_EXACT = 2**53 - 1
_BLANK = re.compile(r"[\s\x00-\x1f\x7f]")

_Id = Annotated[int, Meta(ge=-_EXACT, le=_EXACT)] | Annotated[str, Meta(max_length=64)]
_LogId = Annotated[int, Meta(ge=0, le=_BIGGEST)]
_Name = Annotated[str, Meta(min_length=1, max_length=64)]
_Peer = Annotated[str, Meta(min_length=3, max_length=66, pattern="^[ug]:")]


class _Command(Struct, tag_field="cmd"):
    id: _Id


class _Hello(_Command, tag="hello"):
    """Who calls, and where to go on. The first command."""

    token: str | None = None
    userid: str | None = None
    device: _Name | None = None
    since: _LogId | None = None
    log: Annotated[str, Meta(max_length=64)] | None = None


class _Send(_Command, tag="send"):
    """Send a message."""

    to: _Peer
    kind: Literal["emotion", "video", "picture", "text", "audio"]
    content: str
    cid: _Name | None = None
    extension: str = ""
    reply: _LogId | None = None


class _Edit(_Command, tag="edit"):
    """Give a text of one's own another content."""

    target: _LogId
    content: str


class _Recall(_Command, tag="recall"):
    """Take a message back."""

    target: _LogId


class _React(_Command, tag="react"):
    """Give a reaction to a message, or take it back."""

    target: _LogId
    emoji: Annotated[str, Meta(min_length=1, max_length=32)]
    on: bool = True


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


class _Presence(_Command, tag="presence"):
    """Tell who of these people is online, from now on."""

    users: Annotated[list[_Name], Meta(max_length=MOST_WATCHED)]


class _Ping(_Command, tag="ping"):
    """Is the server there?"""


AnyCommand = _Hello | _Send | _Edit | _Recall | _React | _Read | _Ack | _Typing | _Presence | _Ping
_NAMES = frozenset({"hello", "send", "edit", "recall", "react", "read", "ack", "typing", "presence", "ping"})


class _Envelope(Struct):
    """As much of a frame as is needed to say what is wrong with it."""

    id: Any = None
    cmd: Any = None


_decode = msgspec.json.Decoder(AnyCommand).decode
_decode_envelope = msgspec.json.Decoder(_Envelope).decode
_decode_restored = msgspec.json.Decoder(dict[str, Any]).decode
_encode = msgspec.json.Encoder().encode


class _Invalid(Exception):
    """A value of a command is not what it should be."""

    def __init__(self, reason: str, code: Code = Code.MALFORMED, name: str = "invalid") -> None:
        super().__init__(reason)
        self.failure = Failure(code, reason, name)


class JsonCodec:
    """The dialect. It has no replies to what only the shipped apps ask for.

    `avatar_url(avatar, base_url)`: the URL of a person's picture.
    """

    def __init__(self, avatar_url: Callable[[str, str], str], limits: Limits) -> None:
        self._avatar_url = avatar_url
        self._limits = limits
        self._own = _OwnEncoder()

    @property
    def own(self) -> Encoder:
        return self._own

    def decode(self, text: str) -> Request | Reply:
        try:
            command = _decode(text)
        except (msgspec.MsgspecError, RecursionError, UnicodeEncodeError) as error:
            return _why_not(text, error)
        try:
            return Request(command.id, _command(command, self._limits))
        except _Invalid as invalid:
            return Reply(command.id, invalid.failure)

    def encode(self, event: Event) -> str | None:
        return _event_text(event, is_own=False)

    def encode_reply(self, reply: Reply, base_url: str) -> str | None:
        result = reply.result
        if isinstance(result, Failure):
            return _text({"re": reply.id, "error": _error(result)})
        return _text({"re": reply.id, "ok": self._ok(result, base_url)})

    def refusal(self, message: Send, sender: str) -> Failure | None:
        return None

    def count_fitting(self, peer: Recipient, entries: Sequence[Entry]) -> int:
        return len(entries)

    def _ok(self, result: Result, base_url: str) -> dict[str, Any]:
        match result:
            case Accepted(id, time, content):
                return _with_content({"id": id, "time": time}, content)
            case Amended(id, content):
                return _with_content({"id": id}, content)
            case Unread(messages):
                return {"unread": messages}
            case Online(users):
                return {"online": users}
            case Welcome():
                return self._welcome(result, base_url)
        return {}

    def _welcome(self, welcome: Welcome, base_url: str) -> dict[str, Any]:
        userid, nickname, avatar = welcome.user
        return {
            "user": {"userid": userid, "nickname": nickname, "avatar": self._avatar_url(avatar, base_url)},
            "log": welcome.log,
            "head": welcome.head,
            "heartbeat": welcome.heartbeat,
            "limits": welcome.limits,
            "features": welcome.features,
        }


def _with_content(told: dict[str, Any], content: str | None) -> dict[str, Any]:
    return told if content is None else {**told, "content": content}


class _OwnEncoder:
    """What a person's devices are told of what that person did on another one."""

    def encode(self, event: Event) -> str | None:
        return _event_text(event, is_own=True)


def schema() -> dict[str, Any]:
    """The JSON Schema of all commands."""
    return msgspec.json.schema(AnyCommand)


def _why_not(text: str, error: Exception) -> Reply:
    """What is wrong with a frame that holds no command."""
    try:
        envelope = _decode_envelope(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeEncodeError):
        return Reply(None, Failure(Code.MALFORMED, "a frame holds one JSON object", "malformed"))
    if not isinstance(envelope.cmd, str) or not _is_id(envelope.id):
        reason = "a command has cmd, a name, and id, an exact integer or a text of at most 64 characters"
        return Reply(None, Failure(Code.MALFORMED, reason, "malformed"))
    if envelope.cmd not in _NAMES:
        return Reply(envelope.id, Failure(Code.MALFORMED, "there is no such command", "unknown_command"))
    return Reply(envelope.id, Failure(Code.MALFORMED, str(error), "invalid"))


def _is_id(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= 64
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _EXACT


def _command(command: AnyCommand, limits: Limits) -> Command:
    """Raises _Invalid."""
    match command:
        case _Send():
            _check_content(command.content, limits, is_text=command.kind == "text")
            _check_fit(command.extension, "extension")
            _check_fit(command.cid or "", "cid")
            to = _peer(command.to)
            return Send(command.kind, to, command.content, command.extension, command.cid, command.reply)
        case _Ack(upto=upto):
            return Acknowledge(upto)
        case _Read(to=to, upto=upto):
            return MarkRead(_peer(to), upto)
        case _Typing(to=to):
            return Type(_peer(to))
        case _Presence(users=users):
            return WatchPresence(tuple(dict.fromkeys(map(_userid, users))))
        case _Edit(target=target, content=content):
            _check_content(content, limits, is_text=True)
            return Amend(EDIT, target, content)
        case _Recall(target=target):
            return Amend(RECALL, target)
        case _React(target=target, emoji=emoji, on=is_on):
            if _BLANK.search(emoji):
                raise _Invalid("emoji: blanks are no emoji")
            _check_fit(emoji, "emoji")
            return Amend(REACTION, target, emoji, is_on)
        case _Hello():
            _check_fit(command.device or "", "device")
            userid = None if command.userid is None else _userid(command.userid)
            return Hello(userid, command.token, command.device, command.since, command.log)
        case _:
            return Ping()


def _check_content(content: str, limits: Limits, *, is_text: bool) -> None:
    _check_fit(content, "content")
    if is_text and size(content) > limits.text:
        raise _Invalid(f"a text has at most {limits.text} bytes", Code.TOO_LONG, "too_long")


def _check_fit(text: str, field: str) -> None:
    if not is_fit(text):
        raise _Invalid(f"{field}: control characters cannot be sent")


def _peer(text: str) -> Recipient:
    type_, _, name = text.partition(":")
    if type_ == "u":
        return _userid(name)
    if not is_group_id(name):
        raise _Invalid("not a group id")
    return int(name)


def _userid(text: str) -> str:
    if not is_userid(text):
        raise _Invalid("not a userid")
    return text


def _event_text(event: Event, *, is_own: bool) -> str | None:
    told = _told(event, is_own=is_own)
    return None if told is None else _text(told)


def _told(event: Event, *, is_own: bool) -> dict[str, Any] | None:
    match event:
        case Entry():
            return _message(event, is_own=is_own)
        case Heartbeat(time):
            return {"ev": "heartbeat", "time": time}
        case Amendment():
            return _amendment(event, is_own=is_own)
        case MembershipNotice() | GroupChange():
            return {"ev": "notice", **told_of_notice(event)}
        case StandingChange():
            return _standing(event)
        case ReadMark(userid, to, upto):
            conversation = _conversation(userid, to, is_own=is_own)
            return {"ev": "read", "conversation": conversation, "user": userid, "upto": upto}
        case Typing(userid, to):
            return {"ev": "typing", "conversation": _conversation(userid, to, is_own=is_own), "from": userid}
        case Presence(userid, is_online):
            return {"ev": "presence", "user": userid, "online": is_online}
        case CaughtUp(id):
            return {"ev": "caught_up", "id": id}
        case Gap(start, end):
            return {"ev": "gap", "from": start, "to": end}
    return None


def _message(entry: Entry, *, is_own: bool) -> dict[str, Any]:
    id_, kind, sender, to, content, extension, time, reply, cid, _ = entry
    told = {
        "ev": "message",
        "id": id_,
        "conversation": _conversation(sender, to, is_own=is_own),
        "from": sender,
        "kind": kind,
        "content": content,
        "extension": extension,
        "time": time,
    }
    if reply is not None:
        told["reply"] = reply
    if is_own and cid is not None:
        told["cid"] = cid
    return told


def told_of_notice(notice: Notice) -> dict[str, Any]:
    """What an event says of it."""
    if isinstance(notice, MembershipNotice):
        what: Mapping[str, Any] = {"joined": notice.joined, "left": notice.left}
    else:
        what = notice.changed
    told = {"id": notice.id, "conversation": f"g:{notice.group}", "time": notice.time, **what}
    return told if notice.by is None else {**told, "by": notice.by}


_EVENTS = {EDIT: "edited", RECALL: "recalled", REACTION: "reaction"}


def _amendment(amendment: Amendment, *, is_own: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        "ev": _EVENTS[amendment.kind],
        "id": amendment.id,
        "conversation": _conversation(amendment.sender, amendment.to, is_own=is_own),
        "target": amendment.target,
        "from": amendment.sender,
        "time": amendment.time,
    }
    if amendment.kind == EDIT:
        told["content"] = amendment.content
    if amendment.kind == REACTION:
        told |= {"emoji": amendment.content, "on": amendment.is_on}
    if amendment.restores:
        told |= {"ev": "restored", **_decode_restored(amendment.content or "{}")}
    return {**told, "by": MODERATOR} if amendment.by_desk else told


def _standing(row: StandingChange) -> dict[str, Any] | None:
    change = row.change
    told: dict[str, Any] = {}
    if change.muted is not None:
        # None is for good, which has no second; 0 is a second that has passed.
        told |= {"muted": change.muted, "muted_until": change.until if change.muted else 0}
    if change.locked is not None:
        told["banned"] = change.locked
    if change.warned:
        told["warned"] = True
    if not told:
        return None  # a session has ended, which the connection shows, or it concerns nobody
    if change.group is not None:
        told["conversation"] = f"g:{change.group}"
    if change.reason:
        told["reason"] = change.reason
    return {"ev": "standing", "id": row.id, **told}


def _conversation(sender: str, to: Recipient, *, is_own: bool) -> str:
    """As the one calls it who is told."""
    return conversation_name(to if is_own or isinstance(to, int) else sender)


_ERROR_NAMES = {
    Code.MALFORMED: "invalid",
    Code.LOG_IN_FIRST: "log_in_first",
    Code.NOT_ALLOWED: "not_allowed",
    Code.NOT_FOUND: "not_found",
    Code.TOO_LATE: "too_late",
    Code.CONFLICT: "conflict",
    Code.TOO_LONG: "too_long",
    Code.TOO_FAST: "too_fast",
    Code.TRY_AGAIN: "try_again",
}


def error_name(failure: Failure) -> str:
    """The stable name of the error, in this dialect and in the API."""
    return failure.name or _ERROR_NAMES[failure.code]


def _error(failure: Failure) -> dict[str, Any]:
    told: dict[str, Any] = {
        "code": int(failure.code),
        "name": error_name(failure),
        "reason": failure.told or failure.reason,
    }
    if failure.retry is not None:
        told["retry"] = failure.retry
    if failure.until is not None:
        told["until"] = failure.until
    return told


def _text(told: dict[str, Any]) -> str:
    return _encode(told).decode()
