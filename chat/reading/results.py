"""What clients get in the place of rows of the log: the results of responses to messages, and gaps where rows
were pruned. Only a client that resumes from a row gets gaps."""

import time
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

from django.db.models import Exists, Max, OuterRef, Q
from msgspec import convert, to_builtins

from chat.models import Pruned
from chat.protocol.events import Gap, Results
from chat.protocol.kinds import RESPONDING, kind_of
from chat.reading import selectors
from chat.reading.latecomers import earlier_readers
from chat.reading.snapshot import snapshot
from log.amendments import AS_SENT, latest_of
from log.details import decoded
from log.models import Membership
from log.responses import responses_of
from log.rows import RESPONSES, Amendment, Entry, Latecomers, LogId, Served, Withheld, conversation_name

# How many people are named for each answer.
MAX_NAMED = 20


def part_of(message: Entry) -> Any:
    """What the message has besides its content, as the Struct of its kind; None if it was erased."""
    kind = kind_of(message.kind)
    part = decoded(message.details).get(kind.part)
    return None if part is None else convert(part, kind.shape)


def results_of(
    messages: Iterable[Entry], reader: str | None, most: int = MAX_NAMED
) -> dict[LogId, dict[str, Any]]:
    """Of each of the messages that people respond to. `reader`: whose own answer is included; None for what
    everybody may know. `most`: of those who have answered the same, so many are named."""
    parts = {
        message.id: (message.kind, part_of(message)) for message in messages if message.kind in RESPONDING
    }
    known = {id_: (RESPONDING[kind], part) for id_, (kind, part) in parts.items() if part is not None}
    if not known:
        return {}  # as is usual
    responses, now = responses_of(known, reader, most), time.time()
    return {
        id_: to_builtins(responding.counted(part, responses[id_], now))
        for id_, (responding, part) in known.items()
    }


def with_results(userid: str, rows: Sequence[Served]) -> list[Served | Results]:
    """The rows, where what responses come to now stands in the place of the last of them about each message,
    and nothing in that of the others."""
    last = {row.target: row.id for row in rows if isinstance(row, Amendment) and row.kind in RESPONSES}
    if not last:
        return [*rows]  # as is usual
    messages = _readable_unrecalled(userid, last)
    results = results_of(messages.values(), userid)

    def served(row: Served) -> Served | Results:
        if not (isinstance(row, Amendment) and row.kind in RESPONSES):
            return row
        if row.id != last[row.target] or row.target not in results:
            return Withheld(row.id)
        message = messages[row.target]
        conversation = conversation_name(message.peer_of(userid))
        return Results(row.id, conversation, row.target, message.kind, results[row.target])

    return list(map(served, rows))


def pruned_upto(userid: str, after: LogId) -> LogId:
    """The last row after `after` up to which rows were pruned that the person may have had to get; 0 if none
    were."""
    periods = Membership.objects.filter(
        Q(until_id=None) | Q(until_id__gt=after),
        user=userid,
        group=OuterRef("place"),
        since_id__lt=OuterRef("upto_id"),
    )
    concerns = Q(place=0) | Exists(periods)
    return Pruned.objects.filter(concerns, upto_id__gt=after).aggregate(upto=Max("upto_id"))["upto"] or 0


def mirrored_backlog(
    userid: str, after: LogId, upto: LogId, limit: int
) -> tuple[list[Served | Gap | Results], bool]:
    """As `selectors.mirrored_backlog`, with the results of responses in the place of the last response. Where
    rows were pruned, also between two pages, the gap comes first, then the rows after it."""
    with snapshot():
        end = pruned_upto(userid, after)
        rows, more = selectors.mirrored_backlog(userid, max(after, end), upto, limit)
        with_responses = with_results(userid, rows)
    gap = [Gap(after, end)] if end else []
    return [*gap, *with_responses], more


class PublicResults(NamedTuple):
    """What everybody may know now of responses to a message of this kind. `outside`: members who may not."""

    kind: str
    results: dict[str, Any]
    outside: Collection[str]


def live_results(target: LogId, late: Latecomers | None) -> PublicResults | None:
    """None if there is nothing to tell. `late`: members who joined after the message. Raises
    DatabaseError."""
    message = selectors.message(target)
    if message is None or latest_of([target]).get(target, AS_SENT).recalled is not None:
        return None
    results = results_of([message], None).get(target)
    outside: Collection[str] = ()
    if late:
        outside = set(late.userids).difference(userid for _, userid in earlier_readers([late]))
    return None if results is None else PublicResults(message.kind, results, outside)


def _readable_unrecalled(userid: str, ids: Collection[LogId]) -> dict[LogId, Entry]:
    """Those of the messages that the person may read and that are not recalled."""
    now = latest_of(ids)
    messages = selectors.readable_messages(userid, ids)
    return {id_: message for id_, message in messages.items() if now.get(id_, AS_SENT).recalled is None}
