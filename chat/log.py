"""The only module that writes to the log. Reading it is in `selectors`."""

import time
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any

from django.db import connection, transaction

from accounts.limits import TooFast
from accounts.selectors import silent_of
from accounts.services import ensure_each
from accounts.standing import Change
from chat.batch import Batch
from chat.models import ROW_FIELDS, Message, as_notice, notice_content, standing_content
from chat.protocol.rows import NOTICE, STANDING, Entry, LogId, Recipient, Row, StandingChange
from chat.signals import batch_committed
from groups.models import Membership
from uploads import room

# On PostgreSQL, every append holds this advisory lock until its commit. The number is arbitrary, but the same
# in every process.
LOCK = 0x696D3636

# The limits of one statement. Some versions of SQLite allow only 999 parameters. And Python keeps each
# statement, one for every number of rows, with its last values.
_ROWS = 100
_CHARACTERS = 64 * 1024
_COLUMNS = ROW_FIELDS[1:]
_CONTENT = _COLUMNS.index("content")


class NoRoom(Exception):
    """The disk of the database has too little room left. Nothing was appended."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A message that has no position in the log yet. `address`: where its sender is."""

    kind: str
    sender: str
    to: Recipient
    content: str
    extension: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Appended:
    """The result of `append`: one outcome per draft. It is None if the sender is among the `silent` or not a
    member of the group, or if the recipient is among the `unknown`.

    `silent`: who is muted or locked, and whether that is locked. `unknown`: who does not exist, and why they
    were not created, None in token mode.
    """

    batch: Batch
    outcomes: tuple[Entry | None, ...]
    unknown: Mapping[str, TooFast | None] = field(default_factory=dict)
    silent: Mapping[str, bool] = field(default_factory=dict)


def append(
    drafts: Sequence[Draft], *, checked_at: LogId | None = None, known: Container[str] = ()
) -> Appended:
    """Append all drafts in one transaction or, on a database error, none of them. In open mode recipients who
    do not exist are created, as many as the senders' addresses may. Drafts to others who do not exist are not
    appended. Recipients in `known` are not looked up: if one of these does not exist, IntegrityError is
    raised.

    Whether a sender is muted or locked, or not a member of the group, is read under the log's lock. If the
    caller has checked at the id `checked_at` that all senders may send, it is read only if the log has moved
    since.

    Announces the batch through `batch_committed`, on commit. Raises NoRoom and DatabaseError.
    """
    if room.is_short_for_messages():
        raise NoRoom
    # Outside the transaction, and so outside the lock: no two transactions wait for each other's new users.
    strangers = _strangers(drafts, known)
    unknown = ensure_each(strangers) if strangers else {}
    with transaction.atomic():
        previous, now = _take_the_end()
        silent, allowed = ({}, [True] * len(drafts)) if previous == checked_at else _check_senders(drafts)
        if unknown:
            allowed = [may and draft.to not in unknown for may, draft in zip(allowed, drafts, strict=True)]
        entries = _insert([draft for draft, may in zip(drafts, allowed, strict=True) if may], now)
        batch = _announce_on_commit(previous, entries)
    written = iter(entries)
    return Appended(batch, tuple(next(written) if may else None for may in allowed), unknown, silent)


def _strangers(drafts: Sequence[Draft], known: Container[str]) -> dict[str, set[str]]:
    """Recipients who may not exist, and the addresses from which each is written to."""
    found: dict[str, set[str]] = {}
    for draft in drafts:
        if isinstance(draft.to, str) and draft.to not in known:
            found.setdefault(draft.to, set()).add(draft.address)
    return found


def append_notice(group_id: int, joined: Sequence[str], left: Sequence[str]) -> LogId:
    """Append a notice of a change of membership. Returns the position of the change in the log. Must be
    called in the transaction of the change, which holds the log's lock from here on."""
    content = notice_content(joined, left)
    with transaction.atomic():
        previous, now = _take_the_end()
        (id_,) = _insert_some([(NOTICE, None, None, group_id, content, "", now)])
        notice = as_notice(id_, group_id, content, now)
        _announce_on_commit(previous, [notice])
    return notice.id


def append_standing(userid: str, change: Change) -> LogId:
    """Append a change of the person's standing, in the transaction of the change. Returns its position."""
    with transaction.atomic():
        previous, now = _take_the_end()
        # The person stands for the sender too. A process of an earlier version takes the row for a message,
        # and never gives anybody what they sent to themselves.
        (id_,) = _insert_some([(STANDING, userid, userid, None, standing_content(change), "", now)])
        _announce_on_commit(previous, [StandingChange(id_, userid, change, now)])
    return id_


def append_past(past: Iterable[tuple[Draft, int]]) -> Iterator[LogId]:
    """Append messages that were sent elsewhere, each with its own second, to a log that is empty. Changes of
    standing do not count, and are removed: nobody is connected whom they are for. Yields the messages' ids.

    Nothing is announced, so the caller's transaction must keep everybody else out of the database. All people
    and groups must exist. Raises NoRoom, DatabaseError, and ValueError for a log that is not empty and for
    seconds that fall or are in the future.
    """
    Message.objects.filter(kind=STANDING).delete()
    previous, now = _take_the_end()
    if previous:
        raise ValueError("the log is not empty")
    for portion in _portions(_past_rows(past, now)):
        if room.is_short_for_messages():
            raise NoRoom
        yield from _insert_some(portion)


def _past_rows(past: Iterable[tuple[Draft, int]], now: int) -> Iterator[tuple[Any, ...]]:
    last = 0
    for draft, second in past:
        if not last <= second <= now:
            raise ValueError("the time falls, or is in the future")
        last = second
        yield _as_values(draft, second)


def _take_the_end() -> tuple[LogId, int]:
    """Lock the log. Returns the id of its last row, and the time for the next rows.

    If the clock steps back, time stands still, so that time never falls while ids rise.
    """
    # SQLite needs no lock of ours: its transactions are IMMEDIATE, so only one runs at a time.
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        cursor.execute(*_last_row())
        last_id, last_time = cursor.fetchone() or (0, 0)
    return last_id, max(int(time.time()), last_time)


@lru_cache
def _last_row() -> tuple[str, tuple[Any, ...]]:
    # Cached, because Django needs longer to make the statement than the database to answer it.
    query = Message.objects.order_by("-id").values_list("id", "timet")[:1].query
    return query.sql_with_params()


def _check_senders(drafts: Sequence[Draft]) -> tuple[dict[str, bool], list[bool]]:
    """See Appended.silent; and for each draft, whether its sender may send it."""
    silent = silent_of({draft.sender for draft in drafts})
    members = _check_membership(drafts)
    return silent, [may and draft.sender not in silent for may, draft in zip(members, drafts, strict=True)]


def _check_membership(drafts: Sequence[Draft]) -> list[bool]:
    groups = {draft.to for draft in drafts if isinstance(draft.to, int)}
    periods: set[tuple[Recipient, str]] = set()
    if groups:
        senders = {draft.sender for draft in drafts}
        found = Membership.objects.current().filter(group__in=groups, user__in=senders)
        periods = set(found.values_list("group", "user"))
    return [isinstance(draft.to, str) or (draft.to, draft.sender) in periods for draft in drafts]


def _insert(drafts: Sequence[Draft], now: int) -> list[Entry]:
    rows = [_as_values(draft, now) for draft in drafts]
    return [
        Entry(id_, draft.kind, draft.sender, draft.to, draft.content, draft.extension, now)
        for id_, draft in zip(_insert_rows(rows), drafts, strict=True)
    ]


def _as_values(draft: Draft, second: int) -> tuple[Any, ...]:
    """The values of _COLUMNS."""
    return (
        draft.kind,
        draft.sender,
        draft.to if isinstance(draft.to, str) else None,
        draft.to if isinstance(draft.to, int) else None,
        draft.content,
        draft.extension,
        second,
    )


def _insert_rows(rows: Sequence[tuple[Any, ...]]) -> list[LogId]:
    return [id_ for some in _portions(rows) for id_ in _insert_some(some)]


def _portions(rows: Iterable[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    """The rows of each statement: as many as one statement takes, at least one."""
    portion: list[tuple[Any, ...]] = []
    characters = 0
    for row in rows:
        weight = len(row[_CONTENT]) + len(row[_CONTENT + 1])
        if portion and (len(portion) == _ROWS or characters + weight > _CHARACTERS):
            yield portion
            portion, characters = [], 0
        portion.append(row)
        characters += weight
    if portion:
        yield portion


def _insert_some(rows: Sequence[tuple[Any, ...]]) -> list[LogId]:
    # Not bulk_create: it takes two thirds of an append's time for work that is the same for every batch.
    with connection.cursor() as cursor:
        cursor.execute(_statement(len(rows)), [value for row in rows for value in row])
        return sorted(id_ for (id_,) in cursor.fetchall())


@lru_cache
def _statement(rows: int) -> str:
    names = ", ".join(f'"{name}"' for name in _COLUMNS)
    marks = ", ".join([f"({', '.join(['%s'] * len(_COLUMNS))})"] * rows)
    return f'INSERT INTO "{Message._meta.db_table}" ({names}) VALUES {marks} RETURNING "id"'


def _announce_on_commit(previous: LogId, rows: Sequence[Row]) -> Batch:
    batch = Batch(previous, tuple(rows))
    if rows:
        transaction.on_commit(partial(batch_committed.send, sender=Batch, batch=batch))
    return batch
