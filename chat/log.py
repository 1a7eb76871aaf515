"""The log's only way in: `append`. Reading it is in `selectors`."""

import time
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from django.db import connection, transaction

from accounts.services import ensure_users
from chat.batch import Batch
from chat.models import ROW_FIELDS, Message, as_notice, notice_content
from chat.protocol.rows import NOTICE, Entry, LogId, Recipient, Row
from chat.signals import batch_committed
from groups.models import Membership
from uploads import room

# Whoever appends holds this advisory lock on PostgreSQL until its commit. An arbitrary number, but the same
# in every process.
LOCK = 0x696D3636

# Of one statement: SQLite has had bounds as low as 999 parameters. And Python keeps each statement, for every
# number of rows, with the values it had last.
_ROWS = 100
_CHARACTERS = 64 * 1024
_COLUMNS = ROW_FIELDS[1:]
_CONTENT = _COLUMNS.index("content")


class NoRoom(Exception):
    """The disk that the database is on has too little room left. Nothing was appended."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A message before it has a place in the log."""

    kind: str
    sender: str
    to: Recipient
    content: str
    extension: str


@dataclass(frozen=True, slots=True)
class Appended:
    """What became of drafts: one entry each, None for a draft whose sender is not in the group."""

    batch: Batch
    outcomes: tuple[Entry | None, ...]


def append(
    drafts: Sequence[Draft], *, members_known_at: LogId | None = None, known: Container[str] = ()
) -> Appended:
    """Append in one transaction: all drafts or, on a database error, none. Recipients come into being, those
    excepted that are `known` to exist; if one does not, it is an IntegrityError.

    Every sender's membership is looked up under the log's lock, unless the caller has checked it and knows
    it to hold at `members_known_at`, an id: then only if the log has moved since.

    Announces the batch through `batch_committed`, on commit. Raises NoRoom and DatabaseError.
    """
    if room.is_short_for_messages():
        raise NoRoom
    # Apart from the transaction, and so from the lock: no two transactions wait for each other's new users.
    if strangers := {draft.to for draft in drafts if isinstance(draft.to, str) and draft.to not in known}:
        ensure_users(strangers)
    with transaction.atomic():
        previous, now = _take_the_end()
        allowed = [True] * len(drafts) if previous == members_known_at else _check_membership(drafts)
        entries = _insert([draft for draft, may in zip(drafts, allowed, strict=True) if may], now)
        batch = _announce_on_commit(previous, entries)
    written = iter(entries)
    return Appended(batch, tuple(next(written) if may else None for may in allowed))


def append_notice(group_id: int, joined: Sequence[str], left: Sequence[str]) -> LogId:
    """Give a change of membership its place in the log: the id returned. To be called in the transaction of
    the change, which from here on holds the log's lock."""
    content = notice_content(joined, left)
    with transaction.atomic():
        previous, now = _take_the_end()
        (id_,) = _insert_some([(NOTICE, None, None, group_id, content, "", now)])
        notice = as_notice(id_, group_id, content, now)
        _announce_on_commit(previous, [notice])
    return notice.id


def _take_the_end() -> tuple[LogId, int]:
    """Lock the log; the last row's id, and the time to give to what comes after it.

    A clock that steps back makes time stand still, so that time never falls while ids rise.
    """
    # SQLite needs no lock of ours: its transactions are IMMEDIATE, and so one at a time.
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        cursor.execute(*_last_row())
        last_id, last_time = cursor.fetchone() or (0, 0)
    return last_id, max(int(time.time()), last_time)


@lru_cache
def _last_row() -> tuple[str, tuple[Any, ...]]:
    # Kept, for making a statement takes Django longer than the database takes to answer it.
    query = Message.objects.order_by("-id").values_list("id", "timet")[:1].query
    return query.sql_with_params()


def _check_membership(drafts: Sequence[Draft]) -> list[bool]:
    groups = {draft.to for draft in drafts if isinstance(draft.to, int)}
    periods: set[tuple[Recipient, str]] = set()
    if groups:
        senders = {draft.sender for draft in drafts}
        found = Membership.objects.current().filter(group__in=groups, user__in=senders)
        periods = set(found.values_list("group", "user"))
    return [isinstance(draft.to, str) or (draft.to, draft.sender) in periods for draft in drafts]


def _insert(drafts: Sequence[Draft], now: int) -> list[Entry]:
    rows = [
        (
            draft.kind,
            draft.sender,
            draft.to if isinstance(draft.to, str) else None,
            draft.to if isinstance(draft.to, int) else None,
            draft.content,
            draft.extension,
            now,
        )
        for draft in drafts
    ]
    return [
        Entry(id_, draft.kind, draft.sender, draft.to, draft.content, draft.extension, now)
        for id_, draft in zip(_insert_rows(rows), drafts, strict=True)
    ]


def _insert_rows(rows: Sequence[tuple[Any, ...]]) -> list[LogId]:
    return [id_ for some in _portions(rows) for id_ in _insert_some(some)]


def _portions(rows: Sequence[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    """As many as one statement takes, one at least."""
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
    # Past bulk_create, which takes two thirds of an append's time for what is the same in every batch.
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
