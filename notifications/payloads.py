"""The types of the payloads of webhooks and of the checker's questions and answers, and their JSON Schema.
Pure.

`serializing` makes the payloads. Optional fields are left out if they have no value, and for endpoints
without texts.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType, structs

from chat.protocol.frames import Conversation, Edited, MessageFields, Reaction, Recalled
from chat.protocol.kinds import PARTS, RESPONDING, kind_of
from chat.signals import WebhookAction, WebhookReport
from log.details import CUSTOM
from log.group_changes import with_changes
from log.group_choices import with_fields
from log.rows import LogId, Seconds
from notifications import events

# It increases when a field is removed or changes its meaning, not when fields are added.
VERSION = 1
# The field of a delivery's body that is not sent.
KEY = "key"


# The fields of a message that only endpoints with texts get.
TEXTS = ("emoji", "content", "extension", CUSTOM, *PARTS)


def _like(names: Sequence[str], *frames: type[Struct], is_optional: bool = False) -> Any:
    """Return a class decorator that adds the fields with these names from the frames to a Struct."""
    by_name = {field.name: field for frame in frames for field in structs.fields(frame)}
    fields = [field for name in names if (field := by_name.get(name))]
    if is_optional:
        return with_fields([(field.name, field.type | UnsetType, UNSET) for field in fields])
    return with_fields([(field.name, field.type, field.default) for field in fields])


class _OfConversation(
    Struct, rename={"sender": "from", "conversation": "to", "time": "sent", "target": "message"}
):
    """With other names than in the events."""


@_like(TEXTS, MessageFields, is_optional=True)
@_like(("id", "sender", "conversation", "kind", "time", "mentions", "reply", "silent"), MessageFields)
class WebhookMessage(_OfConversation):
    """A message."""


@_like(("target", "by"), Recalled)
class WebhookRestored(WebhookMessage):
    """The message `message`, whose recall was undone by the row `id`."""


@_like(TEXTS, Edited, Reaction, is_optional=True)
@_like(("id", "sender", "conversation", "target", "by", "mentions"), Edited, Recalled)
class WebhookAmendment(_OfConversation):
    """The message `message` was edited or recalled, or `from` has reacted to it. `by`: `moderator`."""


@_like([kind_of(name).part for name in RESPONDING], MessageFields, is_optional=True)
@_like(("id", "sender", "conversation", "target"), Recalled)
class WebhookResults(_OfConversation):
    """People have responded to the message `message` of `from`, who may be somebody else."""


class _OfGroup(Struct, kw_only=True):
    id: LogId
    conversation: Conversation
    time: Seconds
    by: str | UnsetType = UNSET


class WebhookMembers(_OfGroup, kw_only=True):
    """These have joined, have left, or were removed by `by`."""

    users: list[str]
    name: str | UnsetType = UNSET


@with_changes
class WebhookGroup(_OfGroup, kw_only=True):
    """This of the group has another value now."""


class WebhookPerson(Struct, kw_only=True):
    """The account status of the person is another. `conversation`: only in this group."""

    id: LogId
    user: str
    time: Seconds
    conversation: Conversation | UnsetType = UNSET
    until: Seconds | UnsetType = UNSET
    reason: str | UnsetType = UNSET


class _Unread(Struct, kw_only=True):
    conversation: Conversation
    title: str
    count: int
    last: WebhookMessage
    mentioned: int | UnsetType = UNSET


class WebhookNotice(Struct, kw_only=True):
    """This has not reached the person in time."""

    user: str
    conversations: list[_Unread]


class WebhookPress(Struct, rename={"sender": "from"}, kw_only=True):
    """`from` has pressed the button `action` of the card `message`, which `author` has sent."""

    id: str
    sender: str
    to: Conversation
    message: LogId
    author: str
    action: str
    time: Seconds


class WebhookJoinRequest(Struct, kw_only=True):
    """`user`, an owner or admin, is notified that `by` asks to join the group."""

    user: str
    conversation: Conversation
    title: str
    by: str
    count: int
    time: Seconds


class WebhookPresence(Struct, kw_only=True):
    """The person has come online, or is no longer."""

    user: str
    online: bool
    time: Seconds


@_like(("file", "place"), MessageFields)
class CheckerSubject(Struct, rename={"sender": "from"}, kw_only=True):
    """What `from` wants to say, in all of `to`. `message`: which one is edited."""

    sender: str
    to: list[Conversation]
    message: LogId | UnsetType = UNSET
    kind: str
    content: str


class CheckerAllow(Struct, tag_field="answer", tag="allow"):
    """It is accepted."""


class CheckerChange(Struct, tag_field="answer", tag="change"):
    """This text is stored instead."""

    content: str


class CheckerHold(Struct, tag_field="answer", tag="hold"):
    """It waits for a moderator."""


class CheckerRefuse(Struct, tag_field="answer", tag="refuse"):
    """It is refused, for a reason that people are shown."""

    reason: str | UnsetType = UNSET


CHECKED = ("check.message", "check.edit", "check.file", "check.name", "check.group")
_ANSWERS = (CheckerAllow, CheckerChange, CheckerHold, CheckerRefuse)
DATA: dict[str, type[Struct]] = {
    **dict.fromkeys(events.EVENTS, WebhookGroup),
    **dict.fromkeys((*events.MESSAGES, *events.REACTIONS), WebhookAmendment),
    **dict.fromkeys(events.RESULTS.values(), WebhookResults),
    events.CREATED: WebhookMessage,
    events.RESTORED: WebhookRestored,
    **dict.fromkeys((events.JOINED, events.LEFT, events.REMOVED, events.FOUNDED), WebhookMembers),
    **dict.fromkeys(events.STATUSES, WebhookPerson),
    events.NOTICE: WebhookNotice,
    events.REPORTED: WebhookReport,
    events.MODERATED: WebhookAction,
    events.PRESENCE: WebhookPresence,
    events.PRESSED: WebhookPress,
    events.JOIN_REQUESTED: WebhookJoinRequest,
}


def body_of(event: Struct, key: str = "") -> str:
    """Return the stored body of an event without a row in the log. `key`: a unique part of its webhook id; it
    is not in the payload."""
    return msgspec.json.encode({**msgspec.to_builtins(event), **({KEY: key} if key else {})}).decode()


def schemas() -> dict[str, Any]:
    """Return the `$defs` of docs/json.schema.json for webhooks and checkers: `Webhook`, the schema of every
    request, `CheckerQuestion`, `CheckerAnswer`, and the types that they refer to."""
    structs_of_events = list(dict.fromkeys(DATA.values()))
    shapes = [*structs_of_events, CheckerSubject, *_ANSWERS]
    references, parts = msgspec.json.schema_components(shapes, ref_template="#/$defs/{name}")
    of_shape = dict(zip(shapes, references, strict=True))
    events_of = {
        shape: [event for event in events.EVENTS if DATA[event] is shape] for shape in structs_of_events
    }
    return {
        **parts,
        "Webhook": {"anyOf": [_envelope(names, of_shape[shape]) for shape, names in events_of.items()]},
        "CheckerQuestion": _envelope(CHECKED, of_shape[CheckerSubject]),
        "CheckerAnswer": {"anyOf": [of_shape[answer] for answer in _ANSWERS]},
    }


def _envelope(names: Sequence[str], data: dict[str, Any]) -> dict[str, Any]:
    fields = {
        "type": {"enum": list(names)},
        "version": {"const": VERSION},
        "timestamp": {"type": "string"},
        "data": data,
    }
    return {"type": "object", "properties": fields, "required": list(fields)}
