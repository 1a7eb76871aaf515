"""Responses to messages of kinds that take them: what each person has answered last, and what that comes to.

The log has each of them. Nothing but counts and the first names are read, however many have answered.
"""

from collections.abc import Collection
from typing import Any

from accounts.statements import among, fetch
from log.details import Responses, Same, decoded
from log.models import Message
from log.rows import CLOSING, RESPONSE, LogId

_ROWS = Message._meta.db_table
_LAST = (
    f"id IN (SELECT MAX(id) FROM {_ROWS} WHERE target {{targets}} AND kind = '{RESPONSE}'{{more}}"
    " GROUP BY target, sender_id)"
)
_COUNTED = (
    "SELECT target, content, number, sender_id FROM (SELECT target, content, sender_id,"
    " COUNT(*) OVER (PARTITION BY target, content) AS number,"
    " ROW_NUMBER() OVER (PARTITION BY target, content ORDER BY id) AS place"
    f" FROM {_ROWS} WHERE {_LAST}) AS counted WHERE place <= %s ORDER BY target, content, place"
)
_BY_PEOPLE = f"SELECT target, sender_id, content, id FROM {_ROWS} WHERE {_LAST}"


def responses_of(ids: Collection[LogId], reader: str | None, most: int) -> dict[LogId, Responses]:
    """What was answered to each of these messages, which must not be empty. `most`: the number of userids of
    those who have answered the same."""
    listed, params = among(ids)
    responses: dict[LogId, dict[str, Same]] = {id_: {} for id_ in ids}
    for target, content, number, sender in fetch(_COUNTED.format(targets=listed, more=""), *params, most):
        same = responses[target].setdefault(content, Same(value_in(content), number, []))
        same.userids.append(sender)
    own = {} if reader is None else {row[0]: value_in(row[2]) for row in last_responses({reader}, ids)}
    closed = closed_among(ids)
    return {
        id_: Responses(
            [one for one in same.values() if one.value is not None], most, own.get(id_), id_ in closed
        )
        for id_, same in responses.items()
    }


def value_in(content: str) -> Any:
    """What the row sets; None for one that was erased."""
    return next(iter(decoded(content).values()), None)


def last_responses(
    senders: Collection[str], targets: Collection[LogId]
) -> list[tuple[LogId, str, str, LogId]]:
    """The message, the sender, the content and the id of each person's last response to each message."""
    if not (senders and targets):
        return []
    of_targets, aims = among(targets)
    of_senders, people = among(senders)
    statement = _BY_PEOPLE.format(targets=of_targets, more=f" AND sender_id {of_senders}")
    return [
        (target, sender, content, id_) for target, sender, content, id_ in fetch(statement, *aims, *people)
    ]


def closed_among(ids: Collection[LogId]) -> dict[LogId, LogId]:
    """Those of the messages that take no more responses, each with the row that says so."""
    rows = Message.objects.filter(target__in=ids, kind=CLOSING) if ids else None
    closings = () if rows is None else rows.order_by("-id").values_list("target", "id")
    return {target: id_ for target, id_ in closings if target is not None}
