"""What webhooks say, what checkers are asked and answer, as types, and their JSON Schema. Pure.

`telling` makes what they say. Fields that are not required are left out where there is nothing to say. What
endpoints without texts are not told is not required either.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from chat.protocol.frames import Conversation
from chat.protocol.kinds import PARTS
from log.group_changes import with_changes
from log.group_choices import with_fields
from log.rows import LogId, Seconds
from notifications import events

# It rises if what receivers know gets another meaning, or is there no more. What is added changes nothing.
VERSION = 1


class _OfConversation(Struct, rename={"sender": "from"}, kw_only=True):
    id: LogId
    sender: str
    to: Conversation


class _Shown(_OfConversation, kw_only=True):
    kind: str
    sent: Seconds
    content: str | UnsetType = UNSET
    extension: str | UnsetType = UNSET
    reply: LogId | UnsetType = UNSET
    mentions: list[str] | UnsetType = UNSET


_with_parts = with_fields([(part, dict[str, Any] | UnsetType, UNSET) for part in PARTS])


@_with_parts
class WebhookMessage(_Shown, kw_only=True):
    """A message."""


@_with_parts
class WebhookRestored(_Shown, kw_only=True):
    """The message `message`, whose recall was undone by the row `id`."""

    message: LogId
    by: str | UnsetType = UNSET


class WebhookAmendment(_OfConversation, kw_only=True):
    """The message `message` was edited or recalled, or `from` has reacted to it. `by`: `moderator`."""

    message: LogId
    content: str | UnsetType = UNSET
    emoji: str | UnsetType = UNSET
    mentions: list[str] | UnsetType = UNSET
    card: dict[str, Any] | UnsetType = UNSET
    by: str | UnsetType = UNSET


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


class WebhookReport(Struct, kw_only=True):
    """Something was reported, by a person or by the rule."""

    id: LogId
    target: str
    about: str
    category: str
    rule: int | None
    opened: Seconds
    url: str


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
    """`user`, an owner or admin, is to be told that `by` asks to join the group."""

    user: str
    conversation: Conversation
    title: str
    by: str
    count: int
    time: Seconds


class WebhookAction(Struct, kw_only=True, rename={"acted_for": "for"}):
    """A line of the audit log about a person, a group, a message, a rule or a report."""

    id: LogId
    action: str
    target: str
    by: str
    time: Seconds
    acted_for: str | UnsetType = UNSET
    reason: str | UnsetType = UNSET


class WebhookPresence(Struct, kw_only=True):
    """The person has come online, or is no longer."""

    user: str
    online: bool
    time: Seconds


class CheckerSubject(Struct, rename={"sender": "from"}, kw_only=True):
    """What `from` wants to say, in all of `to`. `message`: which one is edited."""

    sender: str
    to: list[Conversation]
    kind: str
    content: str
    message: LogId | UnsetType = UNSET
    file: dict[str, Any] | UnsetType = UNSET
    place: dict[str, Any] | UnsetType = UNSET


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
    events.CREATED: WebhookMessage,
    events.RESTORED: WebhookRestored,
    **dict.fromkeys((events.JOINED, events.LEFT, events.REMOVED, events.FOUNDED), WebhookMembers),
    **dict.fromkeys(events.STATUSES, WebhookPerson),
    events.NOTICE: WebhookNotice,
    events.REPORTED: WebhookReport,
    events.MODERATED: WebhookAction,
    events.PRESENCE: WebhookPresence,
    events.PRESSED: WebhookPress,
    events.ASKED: WebhookJoinRequest,
}


def schemas() -> dict[str, Any]:
    """Of `$defs` of docs/json.schema.json: `Webhook`, which every request is, `CheckerQuestion` and
    `CheckerAnswer`, and what they refer to."""
    told = list(dict.fromkeys(DATA.values()))
    shapes = [*told, CheckerSubject, *_ANSWERS]
    found, parts = msgspec.json.schema_components(shapes, ref_template="#/$defs/{name}")
    of_shape = dict(zip(shapes, found, strict=True))
    events_of = {shape: [event for event in events.EVENTS if DATA[event] is shape] for shape in told}
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
