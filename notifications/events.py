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
_OF_GROUPS = {
    "name": "group.renamed",
    "notice": "group.notice",
    "picture": "group.picture",
    "roles": ROLE,
    "dissolved": "group.dissolved",
    "restored": "group.restored",
}
RENAMED, NOTICED = _OF_GROUPS["name"], _OF_GROUPS["notice"]
MUTED, UNMUTED, BANNED, UNBANNED, WARNED = STATUSES = (
    "person.muted",
    "person.unmuted",
    "person.banned",
    "person.unbanned",
    "person.warned",
)
# What no row of the log says. The body of the delivery does.
NOTICE, REPORTED, MODERATED, PRESENCE, PRESSED, JOIN_REQUESTED = BESIDES_LOG = (
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
    *(event for event in _OF_GROUPS.values() if event != ROLE),
    CHANGED,
    *STATUSES,
    *BESIDES_LOG,
)


class Place(NamedTuple):
    """Where an event belongs. `key`: events with the same one stay in order. `to`: the group, None if it is
    in none. `people`: of a conversation of two people, both."""

    key: str
    to: Recipient | None = None
    people: Collection[str] = ()


def place_of(row: Row) -> Place:
    """One key for both people of a conversation."""
    if isinstance(row, Entry | Amendment):
        return place_between(row.sender, row.to)
    if isinstance(row, MembershipNotice | GroupChange):
        return Place(conversation_name(row.group), row.group)
    return Place(f"p:{row.userid}")


def place_between(sender: str, to: Recipient) -> Place:
    """That of what the one does in the conversation with the other, or in the group."""
    if isinstance(to, int):
        return Place(conversation_name(to), to)
    pair = sorted((sender, to))
    return Place("/".join(pair), to, pair)


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
            yield from _of_members(row)
        case GroupChange():
            names = (_OF_GROUPS.get(name, CHANGED) for name in row.changed)
            yield from dict.fromkeys(names)
        case AccountStatusChange(change=change):
            if change.muted is not None:
                yield MUTED if change.muted else UNMUTED
            if change.banned is not None:
                yield BANNED if change.banned else UNBANNED
            if change.warned:
                yield WARNED


def _of_members(notice: MembershipNotice) -> Iterator[str]:
    if notice.joined:
        yield JOINED
    if notice.by in notice.left:
        yield LEFT
    if removed_in(notice):
        yield REMOVED


def removed_in(notice: MembershipNotice) -> list[str]:
    """Those who have not left by themselves."""
    return [userid for userid in notice.left if userid != notice.by]


def fields_of_group_event(event: str) -> set[str]:
    """What of a group such an event tells; of CHANGED, one of the rest."""
    if event == CHANGED:
        return {"muted"}
    return {name for name, one in _OF_GROUPS.items() if one == event}


def changes_of(change: GroupChange, event: str) -> dict[str, Any]:
    """What the event tells of the change."""
    return {name: value for name, value in change.changed.items() if _OF_GROUPS.get(name, CHANGED) == event}
