"""The events of webhooks, and which events a row of the log causes. Pure."""

from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from chat.protocol.kinds import RESPONDING
from log.details import decoded
from log.rows import (
    EDIT,
    REACTION,
    RESPONSES,
    AccountStatusChange,
    Amendment,
    Entry,
    GroupChange,
    MembershipNotice,
    Recipient,
    Row,
    conversation_name,
)

CREATED, EDITED, RECALLED, RESTORED = MESSAGES = (
    "message.created",
    "message.edited",
    "message.recalled",
    "message.restored",
)
# Responses to a message changed, by the kind of the responses.
RESULTS = {name: f"{name}.changed" for name in RESPONDING}
REACTED, UNREACTED = REACTIONS = ("reaction.added", "reaction.removed")
JOINED, LEFT, REMOVED, ROLE = MEMBERS = ("member.joined", "member.left", "member.removed", "member.role")
FOUNDED, CHANGED = "group.created", "group.changed"
# The event of each changed field of a group. Changes of other fields are CHANGED.
_GROUP_EVENTS = {
    "name": "group.renamed",
    "notice": "group.notice",
    "picture": "group.picture",
    "roles": ROLE,
    "dissolved": "group.dissolved",
    "restored": "group.restored",
}
RENAMED, NOTICED = _GROUP_EVENTS["name"], _GROUP_EVENTS["notice"]
MUTED, UNMUTED, BANNED, UNBANNED, WARNED = STATUSES = (
    "person.muted",
    "person.unmuted",
    "person.banned",
    "person.unbanned",
    "person.warned",
)
# Events without a row in the log. The body of the delivery holds their data.
NOTICE, REPORTED, MODERATED, PRESENCE, PRESSED, JOIN_REQUESTED = NOT_IN_LOG = (
    "notice.due",
    "report.created",
    "moderation.action",
    "presence.changed",
    "card.pressed",
    "join.requested",
)
EVENTS = (
    *MESSAGES,
    *REACTIONS,
    *RESULTS.values(),
    *MEMBERS,
    FOUNDED,
    *(event for event in _GROUP_EVENTS.values() if event != ROLE),
    CHANGED,
    *STATUSES,
    *NOT_IN_LOG,
)


class EventScope(NamedTuple):
    """The conversation of an event. `key`: events with the same key are delivered in order. `to`: the group
    or the recipient; None if the event belongs to no conversation. `people`: both people of a direct
    conversation."""

    key: str
    to: Recipient | None = None
    people: Collection[str] = ()


def scope_of(row: Row) -> EventScope:
    """Return the scope of the row's events."""
    if isinstance(row, Entry | Amendment):
        return scope_between(row.sender, row.to)
    if isinstance(row, MembershipNotice | GroupChange):
        return EventScope(conversation_name(row.group), row.group)
    return EventScope(f"p:{row.userid}")


def scope_between(sender: str, to: Recipient) -> EventScope:
    """Return the scope of an action of `sender` in a group or a direct conversation. Both directions of a
    direct conversation have the same key."""
    if isinstance(to, int):
        return EventScope(conversation_name(to), to)
    pair = sorted((sender, to))
    return EventScope("/".join(pair), to, pair)


def events_of(row: Row) -> Iterator[str]:
    """Yield the row's events in the order of delivery, except `group.created`, which a row alone does not
    show."""
    match row:
        case Entry():
            yield CREATED
        case Amendment(kind=kind) if kind == EDIT:
            yield EDITED
        case Amendment(kind=kind) if kind == REACTION:
            yield REACTED if row.is_on else UNREACTED
        case Amendment(kind=kind) if kind in RESPONSES:
            yield from (RESULTS[name] for name in decoded(row.content) if name in RESULTS)
        case Amendment():
            yield RECALLED if row.is_on else RESTORED
        case MembershipNotice():
            yield from _membership_events(row)
        case GroupChange():
            names = (_GROUP_EVENTS.get(name, CHANGED) for name in row.changed)
            yield from dict.fromkeys(names)
        case AccountStatusChange(change=change):
            if change.muted is not None:
                yield MUTED if change.muted else UNMUTED
            if change.banned is not None:
                yield BANNED if change.banned else UNBANNED
            if change.warned:
                yield WARNED


def _membership_events(notice: MembershipNotice) -> Iterator[str]:
    if notice.joined:
        yield JOINED
    if notice.by in notice.left:
        yield LEFT
    if removed_members(notice):
        yield REMOVED


def removed_members(notice: MembershipNotice) -> list[str]:
    """Return the people who were removed by somebody else."""
    return [userid for userid in notice.left if userid != notice.by]


def fields_of_group_event(event: str) -> set[str]:
    """Return the fields of a group that the event reports. For CHANGED, which covers many, return one
    example."""
    if event == CHANGED:
        return {"muted"}
    return {name for name, event_of_field in _GROUP_EVENTS.items() if event_of_field == event}


def changes_of(change: GroupChange, event: str) -> dict[str, Any]:
    """Return the changed fields that this event reports, with their values."""
    return {
        name: value for name, value in change.changed.items() if _GROUP_EVENTS.get(name, CHANGED) == event
    }
