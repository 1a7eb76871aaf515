"""The dialect of the shipped Android and iOS apps: fields joined by `_`; a frame is one command or event.

Pure: it decodes text into commands and encodes events as text, without Django or Channels. Source: the seed's
信令格式; docs/protocol.md describes what the seed leaves open.
"""

import base64
import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from accounts.codes import Name
from accounts.compact import compact_text
from accounts.names.aliases import userid_of
from accounts.names.userids import is_userid
from chat.protocol.bounds import (
    ALWAYS_FITTING_CHARACTERS,
    FRAME_BYTES,
    Limits,
    count_fitting,
    fits,
    max_json_bytes,
    size,
    truncated_for_json,
)
from chat.protocol.commands import (
    Command,
    CommandRequest,
    Login,
    Logout,
    QueryMembers,
    QueryRecords,
    Send,
)
from chat.protocol.events import Event, Heartbeat
from chat.protocol.kinds import VERBS
from chat.protocol.replies import Accepted, Failure, Member, Members, Records, Reply, RequestId
from chat.protocol.shipped import MAX_EXTENSION_BYTES, Guard, shortened
from groups.groupids import is_group_id
from log.rows import Entry, GroupChange, Pinned, Recipient

UNICAST = "unicast"
GROUP = "group"

_MARKERS = tuple((f"_{type_}_", type_) for type_ in (UNICAST, GROUP))
_SECONDS = re.compile(r"[0-9]{1,18}")
_DEFAULT_LIMITS = Limits()
_UNGUARDED = Guard()
# No message has a longer time until the year 2286.
_MAX_TIME = 9_999_999_999
# The most bytes that a frame has besides content and extension: userids, fields, absolute URLs, names added
# to the extension.
_MAX_ADDED_BYTES = 8192
# The JSON around the messages of a page.
_EMPTY_PAGE_BYTES = size(compact_text({"messages": [], "more": False}))


class LegacyCodec:
    """The codec of the dialect. Its commands have no ids, and a successful command has no reply of its own.

    The shipped apps show what they send themselves, so a person's own messages are not sent to them.

    `avatar_url(member, base_url)`: the URL of a member's picture, for a client that used the address
    `base_url`. `guard`: how messages are changed for the shipped apps. No frame has more than FRAME_BYTES.
    """

    own = None

    def __init__(
        self,
        avatar_url: Callable[[Member, str], str],
        limits: Limits = _DEFAULT_LIMITS,
        guard: Guard = _UNGUARDED,
    ) -> None:
        self._avatar_url = avatar_url
        self._limits = limits
        self._guard = guard
        # A frame of at most this many characters is within all limits.
        self._characters_within_limits = min(limits.frame, limits.text) // 4
        self._is_guarded = bool(guard)

    def decode(self, text: str) -> CommandRequest | Reply:
        read = self._parse(text)
        return Reply(None, read) if isinstance(read, Failure) else CommandRequest(None, read)

    def encode(self, event: Event) -> str | None:
        if isinstance(event, Entry):
            if event.kind not in VERBS:
                event = self._guard.with_verb(event)
            guarded = self._guard.guarded(event) if self._is_guarded else event
            frame = _message(guarded)
            # Inline before `fits`: this runs for every message, and a call takes a tenth of the time.
            return (
                frame if len(frame) <= ALWAYS_FITTING_CHARACTERS or fits(frame) else self._cut(event, guarded)
            )
        if isinstance(event, GroupChange | Pinned):
            text = self._guard.text_of_change(event)
            return None if text is None else self.encode(text)
        return f"heartbeat_{event.time}" if isinstance(event, Heartbeat) else None

    def encode_reply(self, reply: Reply, base_url: str) -> str | None:
        result = reply.result
        if isinstance(result, Failure):
            return f"error_{result.code}_{result.reason.replace('_', ' ')}"
        if isinstance(result, Members):
            return self._members(result, base_url)
        if isinstance(result, Records):
            return _records_frame(result, self._guard)
        return None

    def encode_accepted(self, id: RequestId, accepted: Accepted) -> str | None:
        return None

    def refusal(self, message: Send, sender: str) -> Failure | None:
        if len(message.content) + len(message.extension) <= ALWAYS_FITTING_CHARACTERS - _MAX_ADDED_BYTES:
            return None
        entry = Entry(0, message.kind, sender, message.to, message.content, message.extension, _MAX_TIME)
        if fits(_message(self._guard.guarded(entry))):
            return None
        return Failure(Name.TOO_LONG, f"a message is delivered as a frame of at most {FRAME_BYTES} bytes")

    def count_fitting(self, peer: Recipient, entries: Sequence[Entry]) -> int:
        parts = (compact_text(_record(self._guard.with_verb(entry), self._guard)) for entry in entries)
        return max(1, count_fitting(parts, _max_records_bytes(peer, self._guard)))

    def _parse(self, text: str) -> Command | Failure:
        if failure := self._frame_failure(text):
            return failure
        verb, separator, rest = text.partition("_")
        read = _PARSERS.get(verb)
        if read is None or not separator:
            return Failure(Name.INVALID, "unknown verb")
        command = read(verb, rest)
        if len(text) <= self._characters_within_limits or not isinstance(command, Send):
            return command
        if command.kind == "text" and size(command.content) > self._limits.text:
            return Failure(Name.TOO_LONG, f"a text has at most {self._limits.text} bytes")
        return command

    def _frame_failure(self, text: str) -> Failure | None:
        """Return what is wrong with the text as a frame; None if nothing."""
        try:
            if size(text) > self._limits.frame:
                return Failure(Name.TOO_LONG, f"a frame has at most {self._limits.frame} bytes")
        except UnicodeEncodeError:
            return Failure(Name.INVALID, "a frame holds no lone surrogates")
        if "\0" in text:
            return Failure(Name.INVALID, "a frame holds no NUL character")
        return None

    def _cut(self, entry: Entry, guarded: Entry) -> str:
        """Return the frame of the entry, shortened. `guarded`: the entry as changed by the guard."""
        room = FRAME_BYTES - size(_message(guarded._replace(content="", extension="")))
        return _message(shortened(guarded, room, self._guard.made_extension(entry)))

    def _members(self, answer: Members, base_url: str) -> str:
        head = f"members_{answer.group}_"
        parts = [compact_text(self._member(member, base_url)) for member in answer.members]
        fitting = parts[: count_fitting(parts, max_json_bytes(head))]
        return head + _base64(f"[{','.join(fitting)}]")

    def _member(self, member: Member, base_url: str) -> dict[str, str]:
        return {
            "userid": self._guard.userid_for_app(member.userid),
            "nickname": member.nickname,
            "snap": self._avatar_url(member, base_url),
            "role": member.role,
        }


def _message(entry: Entry) -> str:
    _id, kind, sender, to, content, extension, time, *_ = entry
    if isinstance(to, str):
        return f"{kind}_{sender}_{content}_{UNICAST}_{sender}_{time}_{extension}"
    return f"{kind}_{sender}_{content}_{GROUP}_{to}_{time}_{extension}"


class SplitBody(NamedTuple):
    """The part of a frame after its verb and one more field. `rest`: the text after the marker."""

    content: str
    type: str
    rest: str


def split_body(text: str) -> SplitBody | None:
    """Split at the rightmost marker: the content may contain anything, the extension anything but a marker.
    If the marker ends the text, its last `_` may be missing. Return None if there is no marker."""
    position, marker, type_ = -1, "", ""
    for candidate, its_type in _MARKERS:
        if text.endswith(candidate[:-1]):
            return SplitBody(text[: 1 - len(candidate)], its_type, "")
        found_at = text.rfind(candidate)
        if found_at > position:
            position, marker, type_ = found_at, candidate, its_type
    return None if position < 0 else SplitBody(text[:position], type_, text[position + len(marker) :])


def _parse_login(verb: str, rest: str) -> Command | Failure:
    userid, _, token = rest.partition("_")
    return Login(userid, token or None) if is_userid(userid) else _bad_userid()


def _parse_logout(verb: str, rest: str) -> Command | Failure:
    return Logout(rest) if is_userid(rest) else _bad_userid()


def _parse_send(verb: str, rest: str) -> Command | Failure:
    to, _, tail = rest.partition("_")
    body = split_body(tail)
    if body is None:
        return Failure(Name.INVALID, "a message needs to, content and type, unicast or group")
    if body.type == GROUP:
        return Send(verb, int(to), body.content, body.rest) if is_group_id(to) else _bad_group_id()
    person = userid_of(to)
    return Send(verb, person, body.content, body.rest) if is_userid(person) else _bad_userid()


def _parse_members(verb: str, rest: str) -> Command | Failure:
    group, separator, after = rest.partition("_")
    if not is_group_id(group):
        return _bad_group_id()
    person = userid_of(after)
    if separator and not is_userid(person):
        return _bad_userid()
    return QueryMembers(int(group), person or None)


def _parse_records(verb: str, rest: str) -> Command | Failure:
    peer, _, tail = rest.partition("_")
    since, separator, type_ = tail.partition("_")
    person = userid_of(peer)
    if not is_userid(person):
        return _bad_userid()
    if not _SECONDS.fullmatch(since):
        return Failure(Name.INVALID, "not a time in seconds")
    if separator and type_ not in (UNICAST, GROUP):
        return Failure(Name.INVALID, "not a type, unicast or group")
    return QueryRecords(
        int(since),
        user=None if type_ == GROUP else person,
        group=int(peer) if type_ != UNICAST and is_group_id(peer) else None,
        alias="" if person == peer else peer,
    )


_PARSERS: dict[str, Callable[[str, str], Command | Failure]] = {
    "login": _parse_login,
    "logout": _parse_logout,
    "members": _parse_members,
    "records": _parse_records,
    **dict.fromkeys(VERBS, _parse_send),
}


def _bad_userid() -> Failure:
    return Failure(Name.INVALID, "not a userid")


def _bad_group_id() -> Failure:
    return Failure(Name.INVALID, "not a group id")


def _records_frame(answer: Records, guard: Guard) -> str:
    room = _max_records_bytes(answer.peer, guard)
    parts = [_record_json(guard.with_verb(entry), room, guard) for entry in answer.entries]
    fitting = parts[: count_fitting(parts, room)]
    more = compact_text(answer.more or len(fitting) < len(parts))
    head = _records_head(answer.alias or answer.peer)
    return head + _base64(f'{{"messages":[{",".join(fitting)}],"more":{more}}}')


def _records_head(peer: Recipient) -> str:
    return f"records_{peer}_"


def _max_records_bytes(peer: Recipient, guard: Guard) -> int:
    # An alias is longer than the userid, and the client may have used either.
    return max_json_bytes(_records_head(_peer_for_app(peer, guard))) - _EMPTY_PAGE_BYTES


def _record_json(entry: Entry, room: int, guard: Guard) -> str:
    part = compact_text(_record(entry, guard))
    return part if size(part) < room else compact_text(_cut_record(entry, room, guard))


def _cut_record(entry: Entry, room: int, guard: Guard) -> dict[str, Any]:
    if size(entry.extension) > MAX_EXTENSION_BYTES:
        entry = entry._replace(extension="")
    record = {**_record(entry, guard), "cut": True}
    room -= size(compact_text({**record, "content": ""})) + 1
    if size(compact_text(entry.content)) - 2 > room:
        record["content"] = truncated_for_json(entry.content, room)
    return record


def _record(entry: Entry, guard: Guard) -> dict[str, Any]:
    return {
        "id": entry.id,
        "kind": entry.kind,
        "from": guard.userid_for_app(entry.sender),
        "to": str(_peer_for_app(entry.to, guard)),
        "type": UNICAST if isinstance(entry.to, str) else GROUP,
        "content": entry.content,
        "time": entry.time,
        "extension": entry.extension,
    }


def _peer_for_app(peer: Recipient, guard: Guard) -> Recipient:
    return guard.userid_for_app(peer) if isinstance(peer, str) else peer


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
