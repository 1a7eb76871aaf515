"""What endpoints may be told of, and which events a row of the log is. Pure."""

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
# What was responded to a message, by its kind.
RESULTS = {name: f"{name}.changed" for name in RESPONDING}
REACTED, UNREACTED = REACTIONS = ("reaction.added", "reaction.removed")
JOINED, LEFT, REMOVED, ROLE = MEMBERS = ("member.joined", "member.left", "member.removed", "member.role")
FOUNDED, CHANGED = "group.created", "group.changed"
# By the changed field. Other changes are CHANGED.
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
# What no row of the log says. The body of the delivery does.
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
    """Where an event belongs. `key`: events with the same one stay in order. `to`: the group, None if it is
    in none. `people`: of a conversation of two people, both."""

    key: str
    to: Recipient | None = None
    people: Collection[str] = ()


def scope_of(row: Row) -> EventScope:
    """One key for both people of a conversation."""
    if isinstance(row, Entry | Amendment):
        return scope_between(row.sender, row.to)
    if isinstance(row, MembershipNotice | GroupChange):
        return EventScope(conversation_name(row.group), row.group)
    return EventScope(f"p:{row.userid}")


def scope_between(sender: str, to: Recipient) -> EventScope:
    """That of what the one does in the conversation with the other, or in the group."""
    if isinstance(to, int):
        return EventScope(conversation_name(to), to)
    pair = sorted((sender, to))
    return EventScope("/".join(pair), to, pair)


def events_of(row: Row) -> Iterator[str]:
    """In the order of delivery. Not whether the group is new, which no row says."""
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
    """Those who have not left by themselves."""
    return [userid for userid in notice.left if userid != notice.by]


def fields_of_group_event(event: str) -> set[str]:
    """What of a group such an event tells; of CHANGED, one of the rest."""
    if event == CHANGED:
        return {"muted"}
    return {name for name, one in _GROUP_EVENTS.items() if one == event}


def changes_of(change: GroupChange, event: str) -> dict[str, Any]:
    """What the event tells of the change."""
    return {
        name: value for name, value in change.changed.items() if _GROUP_EVENTS.get(name, CHANGED) == event
    }
