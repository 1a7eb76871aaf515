"""What endpoints are told of each event: what is so when it is sent."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from accounts.account_status import Change
from chat.naming import read_names
from chat.protocol.kinds import PARTS, shown_in
from log.amendments import edited, latest_of, recalls_of
from log.details import MENTIONS, decoded
from log.models import Group, Message
from log.rows import (
    AccountStatusChange,
    Amendment,
    Entry,
    GroupChange,
    LogId,
    MembershipNotice,
    Row,
    conversation_name,
)
from log.stored_rows import ROW_FIELDS, as_row
from notifications.events import (
    ASKED,
    BESIDES_LOG,
    FOUNDED,
    JOINED,
    LEFT,
    MODERATED,
    MUTED,
    NOTICE,
    NOTICED,
    PRESENCE,
    REACTIONS,
    RECALLED,
    RENAMED,
    RESTORED,
    UNMUTED,
    removed_in,
    said_in,
)
from notifications.models import Delivery

Told = dict[str, Any]
Rows = Mapping[LogId, Row]
# Of what the body of a delivery says: what is not told.
_KEY = "key"


def told_for(deliveries: Sequence[Delivery], *, with_text: bool) -> dict[int, Told | None]:
    """For each delivery to an endpoint, by its id, what is told; None if there is nothing to tell any more,
    because what it is about was recalled. `with_text`: also what messages say."""
    rows = _rows({id_ for one in deliveries for id_ in _about(one)})
    titles = _titles(deliveries)
    found = {one.pk: _told(one, rows, titles, with_text=with_text) for one in deliveries}
    _name_new_groups(deliveries, found, with_text=with_text)
    return found


def _told(delivery: Delivery, rows: Rows, titles: Mapping[str, str], *, with_text: bool) -> Told | None:
    event = delivery.event
    if event == NOTICE:
        return _notice(delivery, rows, titles, with_text=with_text)
    if event in BESIDES_LOG:
        told: Told = json.loads(delivery.body)
        unsaid = {PRESENCE: _KEY, ASKED: _KEY, MODERATED: "" if with_text else "reason"}
        told.pop(unsaid.get(event, ""), 0)
        return told
    row = rows.get(delivery.log_id)
    match row:
        case Entry():
            return _message(row, with_text=with_text)
        case Amendment():
            return _amendment(row, event, rows, with_text=with_text)
        case MembershipNotice() | GroupChange():
            return _group(row, event, with_text=with_text)
        case AccountStatusChange():
            return _status(row, event, with_text=with_text)
    return None


def _notice(delivery: Delivery, rows: Rows, titles: Mapping[str, str], *, with_text: bool) -> Told | None:
    conversations = []
    for one in json.loads(delivery.body):
        row = rows.get(one["last"])
        if isinstance(row, Entry):
            name = one["conversation"]
            last = _message(row, with_text=with_text)
            conversations.append({**one, "title": titles.get(name, name[2:]), "last": last})
    return {"user": delivery.key, "conversations": conversations} if conversations else None


def _message(row: Entry, *, with_text: bool) -> Told:
    told: Told = {"id": row.id, "from": row.sender, "to": conversation_name(row.to)}
    told |= {"kind": row.kind, "sent": row.time, **_details(row, MENTIONS)}
    if row.reply is not None:
        told["reply"] = row.reply
    if with_text:
        told |= {"content": row.content, "extension": row.extension, **_details(row, *PARTS)}
        return shown_in(told)
    return told


def _amendment(row: Amendment, event: str, rows: Rows, *, with_text: bool) -> Told | None:
    """None if the message is gone, unless that is told."""
    told: Told = {"id": row.id, "from": row.sender, "to": conversation_name(row.to), "message": row.target}
    if row.by_desk:
        told["by"] = "moderator"
    if event == RECALLED:
        return told
    message = rows.get(row.target)
    if not isinstance(message, Entry):
        return None
    if event == RESTORED:
        return {**_message(message, with_text=with_text), **told}
    if with_text:
        told["emoji" if event in REACTIONS else "content"] = row.content
        told |= shown_in(_details(row, *PARTS))
    return told | _details(row, MENTIONS)


def _group(row: MembershipNotice | GroupChange, event: str, *, with_text: bool) -> Told:
    told: Told = {"id": row.id, "conversation": conversation_name(row.group), "time": row.time}
    if row.by is not None:
        told["by"] = row.by
    if isinstance(row, MembershipNotice):
        people = {JOINED: row.joined, FOUNDED: row.joined, LEFT: [row.by]}.get(event) or removed_in(row)
        return {**told, "users": list(people)}
    return told | ({} if event in (RENAMED, NOTICED) and not with_text else said_in(row, event))


def _status(row: AccountStatusChange, event: str, *, with_text: bool) -> Told:
    change: Change = row.change
    told: Told = {"id": row.id, "user": row.userid, "time": row.time}
    if event in (MUTED, UNMUTED) and change.group is not None:
        told["conversation"] = conversation_name(change.group)
    if change.until is not None:
        told["until"] = change.until
    if with_text and change.reason:
        told["reason"] = change.reason
    return told


def _name_new_groups(
    deliveries: Sequence[Delivery], found: Mapping[int, Told | None], *, with_text: bool
) -> None:
    new = [(one, told) for one in deliveries if one.event == FOUNDED and (told := found[one.pk])]
    if new and with_text:
        ids = {one.pk: _group_of(told) for one, told in new}
        names = dict(Group.objects.filter(pk__in=ids.values()).values_list("pk", "name"))
        for one, told in new:
            told["name"] = names.get(ids[one.pk], "")


def _group_of(told: Told) -> int:
    return int(told["conversation"].removeprefix("g:"))


def _details(row: Entry | Amendment, *names: str) -> Told:
    return {name: found for name, found in decoded(row.details).items() if name in names and found}


def _about(delivery: Delivery) -> list[LogId]:
    if delivery.event == NOTICE:
        return [one["last"] for one in json.loads(delivery.body)]
    return [] if delivery.event in BESIDES_LOG else [delivery.log_id]


def _rows(ids: set[LogId]) -> dict[LogId, Row]:
    """The rows as they are now, without messages that are recalled; and the messages that are spoken of."""
    rows = _read(ids)
    targets = {row.target for row in rows.values() if isinstance(row, Amendment)}
    rows |= _read(targets.difference(rows))
    recalled = recalls_of([id_ for id_, row in rows.items() if isinstance(row, Entry | Amendment)])
    latest = latest_of([id_ for id_, row in rows.items() if isinstance(row, Entry) and id_ not in recalled])
    return {
        id_: edited(row, latest.get(id_)) if isinstance(row, Entry) else row
        for id_, row in rows.items()
        if id_ not in recalled
    }


def _read(ids: set[LogId]) -> dict[LogId, Row]:
    rows = Message.objects.filter(pk__in=ids).values_list(*ROW_FIELDS)
    return {row.id: row for row in (as_row(*fields) for fields in rows)}


def _titles(deliveries: Sequence[Delivery]) -> dict[str, str]:
    """What the conversations of notices are called."""
    notices = [delivery for delivery in deliveries if delivery.event == NOTICE]
    names = {one["conversation"] for delivery in notices for one in json.loads(delivery.body)}
    people = [name[2:] for name in names if name.startswith("u:")]
    groups = [int(name[2:]) for name in names if name.startswith("g:")]
    named = read_names([*people, *groups])
    return {conversation_name(peer): found.name for peer, found in named.items() if found}
