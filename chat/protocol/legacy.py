"""The dialect of the shipped Android and iOS apps: fields joined by `_`; a frame is one command or event.

Pure: text in, commands out; events in, text out. It needs neither Django nor Channels. Source: the seed's
信令格式; docs/protocol.md describes what the seed leaves open.
"""

import base64
import json
import re
from collections.abc import Callable
from typing import Any

from accounts.userids import is_userid
from chat.protocol.codec import Limits
from chat.protocol.commands import Command, Login, Logout, QueryMembers, QueryRecords, Request, Send
from chat.protocol.events import Event, Heartbeat
from chat.protocol.replies import Code, Failure, Member, Members, Records, Reply
from chat.protocol.rows import KINDS, Entry
from groups.groupids import is_group_id

UNICAST = "unicast"
GROUP = "group"

# The rightmost marker separates content and extension: content may contain anything, an extension anything
# but a marker. Greedy `.*` finds the rightmost one. At the frame's end the `_` may be missing.
_BODY = re.compile(r"(?P<content>.*)_(?P<type>unicast|group)(?:_(?P<extension>.*))?", re.DOTALL)
_SECONDS = re.compile(r"[0-9]{1,18}")
_URL = re.compile(r"https?://\S+")
_USUAL = Limits()


class LegacyCodec:
    """The dialect. It has no names for commands, and no reply that only says that something is done.

    `avatar_url(member, base_url)`: the URL of a member's picture, for a client that used the address
    `base_url`. `fullwidth`: Android drops a message whose content contains `_`, so `_` is replaced by U+FF3F,
    inside URLs by `%5F`.
    """

    def __init__(
        self, avatar_url: Callable[[Member, str], str], limits: Limits = _USUAL, *, fullwidth: bool = False
    ) -> None:
        self._avatar_url = avatar_url
        self._limits = limits
        self._fullwidth = fullwidth

    def decode(self, text: str) -> Request | Reply:
        read = self._read(text)
        return Reply(None, read) if isinstance(read, Failure) else Request(None, read)

    def encode(self, event: Event) -> str | None:
        if isinstance(event, Entry):
            return self._entry(event)
        return f"heartbeat_{event.time}" if isinstance(event, Heartbeat) else None

    def encode_reply(self, reply: Reply, base_url: str) -> str | None:
        result = reply.result
        if isinstance(result, Failure):
            return f"error_{result.code}_{result.reason.replace('_', ' ')}"
        if isinstance(result, Members):
            return f"members_{result.group}_{_base64(self._members(result, base_url))}"
        if isinstance(result, Records):
            return f"records_{result.peer}_{_base64(_records(result))}"
        return None

    def _read(self, text: str) -> Command | Failure:
        try:
            if _longer(text, self._limits.frame):
                return Failure(Code.TOO_LONG, f"a frame has at most {self._limits.frame} bytes")
        except UnicodeEncodeError:
            return Failure(Code.MALFORMED, "a frame holds no lone surrogates")
        if "\0" in text:
            return Failure(Code.MALFORMED, "a frame holds no NUL character")
        verb, separator, rest = text.partition("_")
        read = _READERS.get(verb)
        if read is None or not separator:
            return Failure(Code.MALFORMED, "unknown verb")
        command = read(verb, rest)
        if (
            isinstance(command, Send)
            and command.kind == "text"
            and _longer(command.content, self._limits.text)
        ):
            return Failure(Code.TOO_LONG, f"a text has at most {self._limits.text} bytes")
        return command

    def _entry(self, entry: Entry) -> str:
        type_, origin = (UNICAST, entry.sender) if isinstance(entry.to, str) else (GROUP, entry.to)
        content = _spare_android(entry.kind, entry.content) if self._fullwidth else entry.content
        return f"{entry.kind}_{entry.sender}_{content}_{type_}_{origin}_{entry.time}_{entry.extension}"

    def _members(self, answer: Members, base_url: str) -> list[dict[str, str]]:
        return [
            {
                "userid": member.userid,
                "nickname": member.nickname,
                "snap": self._avatar_url(member, base_url),
                "role": member.role,
            }
            for member in answer.members
        ]


def _longer(text: str, limit: int) -> bool:
    return len(text if text.isascii() else text.encode()) > limit


def _read_login(verb: str, rest: str) -> Command | Failure:
    userid, _, token = rest.partition("_")
    return Login(userid, token or None) if is_userid(userid) else _bad_userid()


def _read_logout(verb: str, rest: str) -> Command | Failure:
    return Logout(rest) if is_userid(rest) else _bad_userid()


def _read_send(verb: str, rest: str) -> Command | Failure:
    to, _, body = rest.partition("_")
    match = _BODY.fullmatch(body)
    if match is None:
        return Failure(Code.MALFORMED, "a message needs to, content and type, unicast or group")
    is_group = match["type"] == GROUP
    if is_group and not is_group_id(to):
        return _bad_group_id()
    if not is_userid(to):
        return _bad_userid()
    return Send(verb, int(to) if is_group else to, match["content"], match["extension"] or "")


def _read_members(verb: str, rest: str) -> Command | Failure:
    return QueryMembers(int(rest)) if is_group_id(rest) else _bad_group_id()


def _read_records(verb: str, rest: str) -> Command | Failure:
    peer, _, tail = rest.partition("_")
    since, separator, type_ = tail.partition("_")
    if not is_userid(peer):
        return _bad_userid()
    if not _SECONDS.fullmatch(since):
        return Failure(Code.MALFORMED, "not a time in seconds")
    if separator and type_ not in (UNICAST, GROUP):
        return Failure(Code.MALFORMED, "not a type, unicast or group")
    return QueryRecords(
        int(since),
        user=None if type_ == GROUP else peer,
        group=int(peer) if type_ != UNICAST and is_group_id(peer) else None,
    )


_READERS: dict[str, Callable[[str, str], Command | Failure]] = {
    "login": _read_login,
    "logout": _read_logout,
    "members": _read_members,
    "records": _read_records,
    **dict.fromkeys(KINDS, _read_send),
}


def _bad_userid() -> Failure:
    return Failure(Code.MALFORMED, "not a userid")


def _bad_group_id() -> Failure:
    return Failure(Code.MALFORMED, "not a group id")


def _records(answer: Records) -> dict[str, Any]:
    messages = [
        {
            "id": entry.id,
            "kind": entry.kind,
            "from": entry.sender,
            "to": str(entry.to),
            "type": UNICAST if isinstance(entry.to, str) else GROUP,
            "content": entry.content,
            "time": entry.time,
            "extension": entry.extension,
        }
        for entry in answer.entries
    ]
    return {"messages": messages, "more": answer.more}


def _base64(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(text.encode()).decode()


def _spare_android(kind: str, content: str) -> str:
    if kind == "emotion":
        return content  # an opaque code: a changed code would be another emotion
    if kind == "text":
        urls_spared = _URL.sub(lambda url: url[0].replace("_", "%5F"), content)
        return urls_spared.replace("_", "\uff3f")
    return content.replace("_", "%5F")
