"""Makes the payloads of webhooks, from the state at the time of sending."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import UNSET, Struct, to_builtins

from accounts.account_status import Change
from chat.naming import read_names
from chat.protocol.frames import MODERATOR
from chat.protocol.json_events import amendment_of, message_of
from chat.protocol.kinds import kind_of
from chat.reading.results import results_of
from log.amendments import edited, latest_of, recalls_of
from log.details import CUSTOM
from log.models import Group, Message
from log.rows import (
    AccountStatusChange,
    Amendment,
    Entry,
    GroupChange,
    LogId,
    MembershipNotice,
    Notice,
    Row,
    conversation_name,
)
from log.stored_rows import ROW_FIELDS, as_row
from notifications.events import (
    FOUNDED,
    JOINED,
    LEFT,
    MODERATED,
    MUTED,
    NOT_IN_LOG,
    NOTICE,
    NOTICED,
    RECALLED,
    RENAMED,
    RESTORED,
    RESULTS,
    UNMUTED,
    changes_of,
    removed_members,
)
from notifications.models import Delivery
from notifications.payloads import (
    KEY,
    TEXTS,
    WebhookAmendment,
    WebhookGroup,
    WebhookMembers,
    WebhookMessage,
    WebhookPerson,
    WebhookRestored,
    WebhookResults,
)

Payload = dict[str, Any]
Rows = Mapping[LogId, Row]
Titles = Mapping[str, str]


def payloads_of(deliveries: Sequence[Delivery], *, with_text: bool) -> dict[int, Payload | None]:
    """Return the payload of each delivery by its id; None if its message was recalled. `with_text`: with the
    contents of messages."""
    rows = rows_of({id_ for delivery in deliveries for id_ in _log_ids(delivery)})
    titles = _conversation_titles(deliveries) | _new_group_names(deliveries, rows)
    payloads = {delivery.pk: _payload(delivery, rows, titles, with_text=with_text) for delivery in deliveries}
    builtins: dict[int, Payload | None] = to_builtins(payloads)
    return builtins


def _payload(delivery: Delivery, rows: Rows, titles: Titles, *, with_text: bool) -> Struct | Payload | None:
    """Return None if what the event is about is no longer in the log."""
    event = delivery.event
    if event == NOTICE:
        return _notice_payload(delivery, rows, titles, with_text=with_text)
    if event in NOT_IN_LOG:
        payload: Payload = json.loads(delivery.body)
        payload.pop(KEY, None)
        if event == MODERATED and not with_text:
            payload.pop("reason", None)
        return payload
    match row := rows.get(delivery.log_id):
        case Entry():
            return _message_payload(row, with_text=with_text)
        case Amendment():
            return _amendment_payload(row, event, rows, with_text=with_text)
        case MembershipNotice() | GroupChange():
            return _group_payload(row, event, titles, with_text=with_text)
        case AccountStatusChange():
            return _status_payload(row, event, with_text=with_text)
    return None


def _notice_payload(delivery: Delivery, rows: Rows, titles: Titles, *, with_text: bool) -> Payload | None:
    conversations = []
    for noticed in json.loads(delivery.body):
        row = rows.get(noticed["last"])
        if isinstance(row, Entry):
            name = noticed["conversation"]
            last = _message_payload(row, with_text=with_text)
            conversations.append({**noticed, "title": titles.get(name, name[2:]), "last": last})
    return {"user": delivery.key, "conversations": conversations} if conversations else None


def _message_payload(
    row: Entry, shape: type[Struct] = WebhookMessage, *, with_text: bool, **extra: Any
) -> Struct:
    return _in_shape(message_of(row, is_own=True), shape, with_text=with_text, **extra)


def _amendment_payload(row: Amendment, event: str, rows: Rows, *, with_text: bool) -> Struct | None:
    """Return None if the message is recalled, unless the event is about the recall or its undoing."""
    message = rows.get(row.target)
    if event in RESULTS.values():
        return _results_payload(row, message, with_text=with_text) if isinstance(message, Entry) else None
    if event == RECALLED or (isinstance(message, Entry) and event != RESTORED):
        return _in_shape(amendment_of(row, is_own=True), WebhookAmendment, with_text=with_text)
    if not isinstance(message, Entry):
        return None
    by = MODERATOR if row.by_desk else UNSET
    return _message_payload(
        message, WebhookRestored, with_text=with_text, id=row.id, target=row.target, by=by
    )


def _in_shape(event: Struct, shape: type[Struct], *, with_text: bool, **extra: Any) -> Struct:
    """Copy the event's fields into a new `shape`. `extra`: values of fields that the event lacks."""
    names = (name for name in shape.__struct_fields__ if with_text or name not in TEXTS)
    return shape(**{name: getattr(event, name, UNSET) for name in names} | extra)


def _results_payload(row: Amendment, message: Entry, *, with_text: bool) -> WebhookResults:
    """Return the results of responses to the message. The sender of the response is not included."""
    results = {kind_of(message.kind).part: results_of([message], None)[row.target]} if with_text else {}
    to = conversation_name(message.to)
    return WebhookResults(id=row.id, sender=message.sender, conversation=to, target=row.target, **results)


def _group_payload(row: Notice, event: str, titles: Titles, *, with_text: bool) -> Struct:
    conversation, by = conversation_name(row.group), UNSET if row.by is None else row.by
    if not isinstance(row, MembershipNotice):
        changes = {} if event in (RENAMED, NOTICED) and not with_text else changes_of(row, event)
        if not with_text:
            changes.pop(CUSTOM, None)
        return WebhookGroup(id=row.id, conversation=conversation, time=row.time, by=by, **changes)
    people = {JOINED: row.joined, FOUNDED: row.joined, LEFT: [str(row.by)]}.get(event) or removed_members(row)
    name = titles.get(conversation, "") if event == FOUNDED and with_text else UNSET
    return WebhookMembers(
        id=row.id, conversation=conversation, time=row.time, by=by, users=list(people), name=name
    )


def _status_payload(row: AccountStatusChange, event: str, *, with_text: bool) -> WebhookPerson:
    change: Change = row.change
    is_in_group = event in (MUTED, UNMUTED) and change.group is not None
    return WebhookPerson(
        id=row.id,
        user=row.userid,
        time=row.time,
        conversation=f"g:{change.group}" if is_in_group else UNSET,
        until=UNSET if change.until is None else change.until,
        reason=change.reason if with_text and change.reason else UNSET,
    )


def _log_ids(delivery: Delivery) -> list[LogId]:
    if delivery.event == NOTICE:
        return [noticed["last"] for noticed in json.loads(delivery.body)]
    return [] if delivery.event in NOT_IN_LOG else [delivery.log_id]


def rows_of(ids: set[LogId]) -> dict[LogId, Row]:
    """Return these rows and the messages that they amend, in their present state, without recalled
    messages."""
    rows = _read_rows(ids)
    targets = {row.target for row in rows.values() if isinstance(row, Amendment)}
    rows |= _read_rows(targets.difference(rows))
    recalled = recalls_of([id_ for id_, row in rows.items() if isinstance(row, Entry | Amendment)])
    latest = latest_of([id_ for id_, row in rows.items() if isinstance(row, Entry) and id_ not in recalled])
    return {
        id_: edited(row, latest.get(id_)) if isinstance(row, Entry) else row
        for id_, row in rows.items()
        if id_ not in recalled
    }


def _read_rows(ids: set[LogId]) -> dict[LogId, Row]:
    rows = Message.objects.filter(pk__in=ids).values_list(*ROW_FIELDS)
    return {row.id: row for row in (as_row(*fields) for fields in rows)}


def _conversation_titles(deliveries: Sequence[Delivery]) -> dict[str, str]:
    """Return the titles of the conversations in notices."""
    notices = [delivery for delivery in deliveries if delivery.event == NOTICE]
    names = {noticed["conversation"] for delivery in notices for noticed in json.loads(delivery.body)}
    people = [name[2:] for name in names if name.startswith("u:")]
    groups = [int(name[2:]) for name in names if name.startswith("g:")]
    named = read_names([*people, *groups])
    return {conversation_name(peer): group.name for peer, group in named.items() if group}


def _new_group_names(deliveries: Sequence[Delivery], rows: Rows) -> dict[str, str]:
    """Return the names of the groups that the deliveries report as created."""
    new = (rows.get(delivery.log_id) for delivery in deliveries if delivery.event == FOUNDED)
    ids = {row.group for row in new if isinstance(row, MembershipNotice)}
    groups = Group.objects.filter(pk__in=ids).values_list("pk", "name") if ids else ()
    return {conversation_name(group): name for group, name in groups}
