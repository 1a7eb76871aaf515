"""Reads the messages that wait in an inbox. Pure."""

import json
from typing import Any, NamedTuple

from accounts.compact import compact_text
from accounts.names.userids import is_userid
from chat.protocol.kinds import VERBS
from chat.protocol.legacy import GROUP, UNICAST, split_body
from groups.groupids import is_group_id

# A larger number of seconds is one of milliseconds.
_MAX_SECONDS = 10**11
# The next group gets the greatest id and one more, so a nonsensical id must not use the ids up.
_MAX_DIGITS = 15
# The words of the later server, beside those of the protocol.
_KINDS = {
    **{verb: verb for verb in VERBS},
    "txt": "text",
    "img": "picture",
    "image": "picture",
    "voice": "audio",
}
_TYPES = {
    GROUP: GROUP,
    "groups": GROUP,
    "chatgroups": GROUP,
    UNICAST: UNICAST,
    "user": UNICAST,
    "users": UNICAST,
    "single": UNICAST,
}


class Broken(ValueError):
    """The text says what is wrong with a message."""


class Frame(NamedTuple):
    """A message that waits. `group` is None for a message to one person."""

    kind: str
    sender: str
    group: int | None
    content: str
    extension: str
    second: int


def read_frame(data: bytes) -> Frame:
    """The message in a finished frame, as the first server keeps it. Raises Broken."""
    kind, _, rest = _text(data).partition("_")
    sender, _, tail = rest.partition("_")
    body = split_body(tail)
    fields = body.rest.split("_", 2) if body else []
    if body is None or len(fields) < 3:
        raise Broken("has fewer than seven fields")
    origin, second, extension = fields
    if body.type == UNICAST and origin.strip() != sender.strip():
        raise Broken("names two senders")
    return _checked(kind, sender, origin if body.type == GROUP else None, body.content, extension, second)


def read_json(data: bytes) -> Frame:
    """The message in an object of JSON, as the later server keeps it. Raises Broken."""
    try:
        found = json.loads(_text(data))
        message, extension = found["msg"], found.get("ext") or ""
        type_ = _TYPES[found["target_type"]]
        kind, content = _KINDS[message["type"]], message["content"]
        target, sender, second = str(found["target"]), str(found["from"]), int(found["timestamp"])
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise Broken("is not the JSON of a message") from error
    if second > _MAX_SECONDS:
        second //= 1000
    group = target if type_ == GROUP else None
    return _checked(kind, sender, group, _as_text(content), _as_text(extension), str(second))


def is_known_group_id(value: str) -> bool:
    """Whether the first server can have given this id to a group."""
    return is_group_id(value) and len(value) <= _MAX_DIGITS


def _text(data: bytes) -> str:
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise Broken("is not UTF-8") from error
    if "\0" in text:
        raise Broken("has a NUL character")
    return text


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else compact_text(value)


def _checked(kind: str, sender: str, group: str | None, content: str, extension: str, second: str) -> Frame:
    sender = sender.strip()
    if kind not in VERBS:
        raise Broken("is of an unknown kind")
    if not is_userid(sender):
        raise Broken("comes from no userid")
    if group is not None and not is_known_group_id(group):
        raise Broken("is to no group id")
    if not (second.isascii() and second.isdigit() and len(second) <= 12):
        raise Broken("has no time")
    if not _is_storable(content + extension):
        raise Broken("is not UTF-8")
    return Frame(kind, sender, None if group is None else int(group), content, extension, int(second))


def _is_storable(text: str) -> bool:
    # JSON can spell both.
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False
