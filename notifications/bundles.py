"""Finds undelivered messages of people, counted by conversation."""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Max

from accounts.models import User
from chat.models import Device
from log.amendments import not_recalled
from log.models import (
    IS_MESSAGE,
    NOT_HIDDEN,
    NOT_SILENT,
    Block,
    Bot,
    Conversation,
    Membership,
    Mention,
    Message,
)
from log.reach import rules_among, waiting_apart
from log.rows import LogId, Recipient
from notifications.models import Person

# Messages of a group are counted up to here.
MAX_COUNT = 100
# At most this many conversations per person, those with the newest messages.
MAX_CONVERSATIONS = 50


# Rows after the first id, up to and including the second.
Span = tuple[LogId, LogId]


class Unread(NamedTuple):
    """Undelivered messages of one conversation. `number`: how many, in a group at most MAX_COUNT; if the
    person wants only mentions, only messages that mention the person count. `last`: the id of the last one.
    `mentioned`: how many mention the person."""

    peer: Recipient
    number: int
    last: LogId
    mentioned: int = 0


def unread_since(since: Mapping[str, LogId], upto: LogId) -> dict[str, list[Unread]]:
    """Return each person's undelivered messages after their `since` and up to `upto`, the conversation with
    the newest message first. Messages that the person was already notified of do not count. People without
    undelivered messages are left out."""
    notified = dict(_maximum_by_user(Person, "told_id", since))
    floors = {userid: max(after, notified.get(userid, 0)) for userid, after in since.items()}
    return unread_in_spans({userid: (after, upto) for userid, after in floors.items()})


def unread_in_spans(spans: Mapping[str, Span]) -> dict[str, list[Unread]]:
    """Like `unread_since`, for the messages in each person's span, including messages that the person was
    already notified of."""
    floors = _undelivered_spans(spans)
    unread_of: dict[str, list[Unread]] = {}
    for userid, *unread in [*_query_unread(_FROM_PEOPLE, floors), *_query_unread(_IN_GROUPS, floors)]:
        unread_of.setdefault(userid, []).append(Unread(*unread))
    _remove_message_requests(unread_of)
    return {
        userid: sorted(unread, key=lambda conversation: -conversation.last)[:MAX_CONVERSATIONS]
        for userid, unread in unread_of.items()
        if unread
    }


def _remove_message_requests(unread_of: dict[str, list[Unread]]) -> None:
    """Remove message requests in place: they cause no notice."""
    for userid in rules_among(unread_of):
        begun = Conversation.objects.filter(user=userid, request=True, peer__in=_senders(unread_of[userid]))
        apart = waiting_apart(userid, [str(peer) for peer in begun.values_list("peer", flat=True)])
        unread_of[userid] = [unread for unread in unread_of[userid] if unread.peer not in apart]


def _senders(unread: list[Unread]) -> list[str]:
    return [conversation.peer for conversation in unread if isinstance(conversation.peer, str)]


def _undelivered_spans(spans: Mapping[str, Span]) -> dict[str, Span]:
    """Return the spans without the rows that a device of the person has received. Banned people and bots are
    left out."""
    people = User.objects.filter(pk__in=spans, is_active=True).exclude(pk__in=Bot.objects.values("pk"))
    delivered = dict(people.values_list("pk", "delivered_id"))
    acked = dict(_maximum_by_user(Device, "acked_id", spans))
    return {
        userid: (max(spans[userid][0], got, acked.get(userid, 0)), spans[userid][1])
        for userid, got in delivered.items()
    }


def _maximum_by_user(model: Any, field: str, userids: Collection[str]) -> Any:
    return model.objects.filter(user__in=userids).values_list("user").annotate(Max(field)).order_by()


def _query_unread(statement: str, floors: Mapping[str, Span]) -> list[tuple[Any, ...]]:
    if not floors:
        return []
    greatest = "max" if connection.vendor == "sqlite" else "greatest"
    rows = ", ".join(["(%s, %s, %s)"] * len(floors))
    values = [value for userid, span in floors.items() for value in (userid, *span)]
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH told (user_id, floor_id, upto) AS "
            f"(SELECT column1, column2, column3 FROM (VALUES {rows}) AS had) "
            + statement.format(greatest=greatest),
            values,
        )
        records: list[tuple[Any, ...]] = cursor.fetchall()
    return records


# Written by hand, for the reasons given in `chat.reading.conversations`.

_LOG, _MINE, _PERIODS = (model._meta.db_table for model in (Message, Conversation, Membership))
_MENTIONS = Mention._meta.db_table
# What the person has read, has cleared, or has removed from the list.
_DONE_WITH = ", ".join(f"COALESCE(mine.{field}, 0)" for field in ("read_id", "cleared_id", "removed_id"))
_VISIBLE = f"""{IS_MESSAGE.format(table="message")} AND {not_recalled("message")}
    AND {NOT_SILENT.format(details="message.details")}
    AND {NOT_HIDDEN.format(user="told.user_id", id="message.id")}"""
_FROM_PEOPLE = f"""
    SELECT told.user_id, message.sender_id, count(*), max(message.id)
    FROM told JOIN {_LOG} AS message ON message.recipient_id = told.user_id
        AND message.id > told.floor_id AND message.id <= told.upto
    LEFT JOIN {_MINE} AS mine ON mine.user_id = told.user_id AND mine.peer_id = message.sender_id
    WHERE message.sender_id <> told.user_id AND message.id > {{greatest}}({_DONE_WITH})
        AND NOT COALESCE(mine.muted, false) AND {_VISIBLE}
        AND NOT EXISTS (SELECT 1 FROM {Block._meta.db_table} AS block
            WHERE block.user_id = told.user_id AND block.blocked_id = message.sender_id)
    GROUP BY told.user_id, message.sender_id
"""
_IN_GROUP = f"""
    FROM {_LOG} AS message WHERE message.group_id = period.group_id AND message.id <= told.upto
        AND message.id > {{greatest}}(told.floor_id, period.since_id, {_DONE_WITH})
        AND message.sender_id <> told.user_id AND {_VISIBLE}
"""
_MENTIONING_DETAILS = f"(SELECT details FROM {_LOG} AS message WHERE message.id = mention.message_id)"
_MENTIONING = f"""
    FROM {_MENTIONS} AS mention WHERE mention.group_id = period.group_id
        AND mention.userid IN (told.user_id, '') AND mention.message_id <= told.upto
        AND mention.message_id > {{greatest}}(told.floor_id, period.since_id, {_DONE_WITH})
        AND mention.sender <> told.user_id AND {not_recalled("mention", "message_id")}
        AND {NOT_HIDDEN.format(user="told.user_id", id="mention.message_id")}
        AND {NOT_SILENT.format(details=_MENTIONING_DETAILS)}
"""
_ONLY_MENTIONS = "COALESCE(mine.mentions_only, false)"
_MENTIONED = f"(SELECT count(DISTINCT mention.message_id) {_MENTIONING})"
_IN_GROUPS = f"""
    SELECT user_id, group_id, number, last, mentioned FROM (
        SELECT told.user_id, period.group_id,
            CASE WHEN {_ONLY_MENTIONS} THEN {_MENTIONED} ELSE
            (SELECT count(*) FROM (SELECT message.id {_IN_GROUP} LIMIT {MAX_COUNT}) AS counted) END AS number,
            CASE WHEN {_ONLY_MENTIONS} THEN (SELECT max(mention.message_id) {_MENTIONING}) ELSE
            (SELECT message.id {_IN_GROUP} ORDER BY message.id DESC LIMIT 1) END AS last,
            {_MENTIONED} AS mentioned
        FROM told JOIN {_PERIODS} AS period ON period.user_id = told.user_id AND period.until_id IS NULL
        LEFT JOIN {_MINE} AS mine ON mine.user_id = told.user_id AND mine.group_id = period.group_id
        WHERE NOT COALESCE(mine.muted, false)
    ) AS found WHERE number > 0
"""
