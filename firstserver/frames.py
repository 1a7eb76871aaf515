"""Parses the messages in an inbox of the first server. Pure."""

import json
from typing import Any, NamedTuple

from accounts.compact import compact_text
from accounts.names.userids import is_userid
from chat.protocol.kinds import VERBS
from chat.protocol.legacy import GROUP, UNICAST, split_body
from groups.groupids import is_group_id

# A larger number counts milliseconds.
_MAX_SECONDS = 10**11
# New groups are numbered after the greatest id, so an absurd id must not exhaust the ids.
_MAX_DIGITS = 15
# The kinds of messages in the protocol and of the later server.
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


class InvalidFrame(ValueError):
    """The message cannot be imported. The text gives the reason."""


class Frame(NamedTuple):
    """A waiting message. `group` is None for a message to one person."""

    kind: str
    sender: str
    group: int | None
    content: str
    extension: str
    second: int


def read_frame(data: bytes) -> Frame:
    """Parse a message that is stored as an outgoing frame, as by the first server. Raises InvalidFrame."""
    kind, _, rest = _decoded(data).partition("_")
    sender, _, tail = rest.partition("_")
    body = split_body(tail)
    fields = body.rest.split("_", 2) if body else []
    if body is None or len(fields) < 3:
        raise InvalidFrame("has fewer than seven fields")
    origin, second, extension = fields
    if body.type == UNICAST and origin.strip() != sender.strip():
        raise InvalidFrame("names two senders")
    return _validated_frame(
        kind, sender, origin if body.type == GROUP else None, body.content, extension, second
    )


def read_json(data: bytes) -> Frame:
    """Parse a message that is stored as a JSON object, as by the later server. Raises InvalidFrame."""
    try:
        payload = json.loads(_decoded(data))
        message, extension = payload["msg"], payload.get("ext") or ""
        type_ = _TYPES[payload["target_type"]]
        kind, content = _KINDS[message["type"]], message["content"]
        target, sender, second = str(payload["target"]), str(payload["from"]), int(payload["timestamp"])
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise InvalidFrame("is not the JSON of a message") from error
    if second > _MAX_SECONDS:
        second //= 1000
    group = target if type_ == GROUP else None
    return _validated_frame(kind, sender, group, _as_text(content), _as_text(extension), str(second))


def is_known_group_id(value: str) -> bool:
    """Whether the first server can have assigned this group id."""
    return is_group_id(value) and len(value) <= _MAX_DIGITS


def _decoded(data: bytes) -> str:
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise InvalidFrame("is not UTF-8") from error
    if "\0" in text:
        raise InvalidFrame("has a NUL character")
    return text


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else compact_text(value)


def _validated_frame(
    kind: str, sender: str, group: str | None, content: str, extension: str, second: str
) -> Frame:
    sender = sender.strip()
    if kind not in VERBS:
        raise InvalidFrame("is of an unknown kind")
    if not is_userid(sender):
        raise InvalidFrame("comes from no userid")
    if group is not None and not is_known_group_id(group):
        raise InvalidFrame("is to no group id")
    if not (second.isascii() and second.isdigit() and len(second) <= 12):
        raise InvalidFrame("has no time")
    if not _is_storable(content + extension):
        raise InvalidFrame("is not UTF-8")
    return Frame(kind, sender, None if group is None else int(group), content, extension, int(second))


def _is_storable(text: str) -> bool:
    # JSON can encode NUL characters and lone surrogates.
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False
