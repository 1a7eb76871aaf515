"""Appends messages, and what is done to them. `changes` appends the rest; `selectors` reads the log."""

from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import connection, transaction

from accounts.codes import Cause, Failed
from accounts.services import ensure_each
from log import custom_values, log_end, mentions
from log.amendments import recalls_of
from log.drafts import Batch
from log.drafts import Draft as Draft
from log.file_references import note_bundles
from log.inserting import insert, insert_some, portions
from log.models import HeldMessage, Message
from log.pairs import Pair, begin, begin_from_log
from log.permissions import check_pairs, check_senders, throttled
from log.reactions import tally
from log.rejections import Rejection
from log.repeating import repeats
from log.responses import closed_among
from log.rows import (
    AMENDMENTS,
    EDIT,
    HELD,
    REACTION,
    RECALL,
    RESPONSE,
    STANDING,
    Amendment,
    Entry,
    Held,
    LogId,
    Written,
)
from log.stored_rows import OFF, as_amendment, values_of
from uploads import disk_space


class NoSpace(Failed):
    """The disk of the database has too little room left. Nothing was appended."""

    cause = Cause.NO_SPACE


class Repeated(NamedTuple):
    """The message with this sender's `cid` is in the log already, or the row that has done what an amendment
    does. `time`: 0 if it is not known when."""

    id: LogId
    time: int


_GONE, _CLOSED = Rejection(Cause.NO_SUCH_MESSAGE), Rejection(Cause.CLOSED)
# What became of a draft that was not rejected.
Stored = Written | Held | Repeated


@dataclass(frozen=True, slots=True)
class Appended:
    """The result of `append`: for each draft what became of it. `guarded`: recipients to whom not everybody
    may write."""

    batch: Batch
    outcomes: tuple[Stored | Rejection, ...]
    guarded: Collection[str] = ()


def append(
    drafts: Sequence[Draft],
    *,
    checked_at: LogId | None = None,
    known: Container[str] = (),
    known_pairs: Container[Pair] = (),
) -> Appended:
    """Append all drafts in one transaction or, on a database error, none of them. In open mode recipients who
    do not exist are created, as many as the senders' addresses may. Drafts to others who do not exist are not
    appended. Recipients in `known` are not looked up: if one of these does not exist, IntegrityError is
    raised. A draft of the kind HELD is kept as a HeldMessage, and gets a place in the log.

    Whether a sender is muted or locked, may not reach the recipient, or may not write in the group, or only
    later, is read under the log's lock. If the caller has checked at the id `checked_at` that all senders may
    send, it is read only if the log has moved since. A draft with a cid that its sender has used before is
    not appended again, nor is an amendment that changes nothing. `known_pairs`: senders and recipients whose
    conversation has begun, and who could reach each other up to `checked_at`. For others that is read, and
    their conversations begin.

    Announces the batch through `batch_committed`, on commit. Raises NoSpace and DatabaseError.
    """
    if disk_space.is_short_for_messages():
        raise NoSpace
    # Outside the transaction, and so outside the lock: no two transactions wait for each other's new users.
    strangers = _strangers(drafts, known)
    unknown = ensure_each(strangers) if strangers else {}
    with transaction.atomic():
        previous, now = log_end.take()
        may_mention = any(draft.details or draft.kind == EDIT for draft in drafts)
        if may_mention:
            drafts = mentions.only_of_members(drafts)
        strange = _strange_pairs(drafts, known_pairs)
        checked = check_pairs(strange) if previous == checked_at else check_senders(drafts)
        gone = _recalled_meanwhile(drafts)
        rejected = {
            id(draft): why
            for draft in drafts
            if (why := _GONE if gone and _is_gone(draft, gone) else checked.rejection(draft, unknown))
        }
        rejected |= _closed_meanwhile(drafts)
        permitted = [draft for draft in drafts if id(draft) not in rejected] if rejected else drafts
        done = repeats(permitted)
        permitted = [draft for draft in permitted if id(draft) not in done] if done else permitted
        permitted, early = throttled(permitted, checked.permissions or {}, now)
        allowed = _each_once(permitted)
        ids = insert([_as_values(draft, now) for draft in allowed])
        # Only if some have no row, one of them may be in the log already.
        repeated = _find_repeated(drafts, previous) if len(ids) < len(drafts) else {}
        new = [draft for draft in allowed if (draft.sender, draft.cid) not in repeated]
        if strange:
            begin(*_beginning(new, strange))
        rows = [_as_written(id_, draft, now) for id_, draft in zip(ids, new, strict=True)]
        _hold([(id_, draft) for id_, draft in zip(ids, new, strict=True) if draft.kind == HELD], now)
        if may_mention:
            mentions.note(rows)
            custom_values.note(rows)
            note_bundles({row.shows: row.details for row in rows if isinstance(row, Written) and row.details})
        if reacted := {row.target for row in rows if isinstance(row, Amendment) and row.kind == REACTION}:
            tally(reacted)
        batch = log_end.announce_on_commit(previous, rows)
    outcomes = _outcomes(drafts, new, rows, repeated, done, {**rejected, **early})
    return Appended(batch, outcomes, checked.guarded)


def _recalled_meanwhile(drafts: Sequence[Draft]) -> Container[LogId | None]:
    """Those of the messages to edit or to show again that are recalled by now. What they say must not come
    back."""
    repeated = {source for draft in drafts for source in _repeated_by(draft)}
    if not repeated:
        return ()  # as is usual
    at_once = {draft.target for draft in drafts if draft.kind == RECALL and draft.extension != OFF}
    return at_once.union(recalls_of(repeated))


def _closed_meanwhile(drafts: Sequence[Draft]) -> dict[int, Rejection]:
    """The responses to messages that take none any more."""
    responses = [draft for draft in drafts if draft.kind == RESPONSE]
    closed = closed_among({draft.target for draft in responses if draft.target}) if responses else ()
    return {id(draft): _CLOSED for draft in responses if draft.target in closed}


def _is_gone(draft: Draft, gone: Container[LogId | None]) -> bool:
    """Whether the draft would edit or show again one of these messages."""
    return any(source in gone for source in _repeated_by(draft))


def _repeated_by(draft: Draft) -> tuple[LogId, ...]:
    """The messages of which the draft says what they say."""
    if draft.kind == EDIT and draft.target is not None:
        return (draft.target, *draft.sources)
    return draft.sources


def _hold(held: Sequence[tuple[LogId, Draft]], now: int) -> None:
    if not held:
        return
    HeldMessage.objects.bulk_create(
        HeldMessage(
            id=id_,
            sender_id=draft.sender,
            recipient_id=draft.to if isinstance(draft.to, str) else None,
            group_id=draft.to if isinstance(draft.to, int) else None,
            content=draft.content,
            extension=draft.extension,
            timet=now,
            target=draft.target,
            details=draft.details or None,
            kind=draft.sent_as or "text",
        )
        for id_, draft in held
    )


def _strangers(drafts: Sequence[Draft], known: Container[str]) -> dict[str, set[str]]:
    """Recipients who may not exist, and the addresses from which each is written to."""
    addresses: dict[str, set[str]] = {}
    for draft in drafts:
        if isinstance(draft.to, str) and draft.to not in known:
            addresses.setdefault(draft.to, set()).add(draft.address)
    return addresses


def _beginning(new: Sequence[Draft], strange: set[Pair]) -> tuple[set[Pair], set[Pair]]:
    """The strange pairs who have a conversation now, and those of whom only the sender has: a message that is
    held for a moderator is known to its sender only."""
    held = {(draft.sender, draft.to) for draft in new if draft.kind == HELD}
    return strange.intersection((draft.sender, draft.to) for draft in new if draft.kind != HELD), {
        pair for pair in strange if pair in held
    }


def _strange_pairs(drafts: Sequence[Draft], known_pairs: Container[Pair]) -> set[Pair]:
    """Senders and recipients who are not known to have a conversation."""
    pairs = ((draft.sender, draft.to) for draft in drafts if isinstance(draft.to, str))
    return {pair for pair in pairs if pair not in known_pairs}


def append_by_desk(decide: Callable[[], Sequence[Draft]]) -> list[Amendment]:
    """Append amendments by a moderator: those that `decide` returns, whatever their senders may do now. It is
    called under the log's lock, so messages cannot change between its reads and its rows."""
    with transaction.atomic():
        previous, now = log_end.take()
        drafts = decide()
        ids = insert([_as_values(draft, now) for draft in drafts])
        rows = [_as_written(id_, draft, now) for id_, draft in zip(ids, drafts, strict=True)]
        log_end.announce_on_commit(previous, rows)
    return [row for row in rows if isinstance(row, Amendment)]


def append_past(past: Iterable[tuple[Draft, int]]) -> Iterator[LogId]:
    """Append messages that were sent elsewhere, each with its own second, to a log that is empty. Changes of
    standing do not count, and are removed: no connected client needs them. Yields the messages' ids. In the
    end, all of them count as read.

    Nothing is announced, so the caller's transaction must keep everybody else out of the database. All people
    and groups must exist. Raises NoSpace, DatabaseError, and ValueError for a log that is not empty and for
    seconds that fall or are in the future.
    """
    Message.objects.filter(kind=STANDING).delete()
    previous, now = log_end.take()
    if previous:
        raise ValueError("the log is not empty")
    for portion in portions(_past_rows(past, now)):
        if disk_space.is_short_for_messages():
            raise NoSpace
        ids = insert_some(portion)
        yield from ids
        previous = ids[-1]
    begin_from_log(previous)


def _past_rows(past: Iterable[tuple[Draft, int]], now: int) -> Iterator[tuple[Any, ...]]:
    last = 0
    for draft, second in past:
        if not last <= second <= now:
            raise ValueError("the time falls, or is in the future")
        last = second
        yield _as_values(draft, second)


class Earlier(NamedTuple):
    """A row that is in the log. Of one that waits for a moderator the kind is none of a message."""

    kind: str
    content: str


def find(sender: str, cid: str) -> Earlier | None:
    """What the sender has sent with this cid. Raises DatabaseError."""
    earlier = Message.objects.filter(sender=sender, cid=cid).values_list("kind", "content").first()
    return None if earlier is None else Earlier(*earlier)


def _find_repeated(drafts: Sequence[Draft], upto: LogId) -> dict[tuple[str, str | None], Repeated]:
    """The messages with a sender's cid that were in the log at the row `upto`."""
    names = {(draft.sender, draft.cid) for draft in drafts if draft.cid is not None}
    if not names:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_named(len(names)), [*(value for name in names for value in name), upto])
        return {(sender, cid): Repeated(id_, time_) for sender, cid, id_, time_ in cursor.fetchall()}


@lru_cache
def _named(count: int) -> str:
    # A cross join, which SQLite does in this order: one index lookup for each pair.
    pairs = ", ".join(["(%s, %s)"] * count)
    return (
        f"WITH wanted(sender, name) AS (VALUES {pairs}) "
        f"SELECT sender_id, cid, id, timet FROM wanted CROSS JOIN {Message._meta.db_table} "
        "WHERE sender_id = sender AND cid = name AND cid IS NOT NULL AND id <= %s"
    )


def _each_once(drafts: Sequence[Draft]) -> list[Draft]:
    """Of the drafts with the same sender and cid the first one."""
    seen: set[tuple[str, str]] = set()
    new = []
    for draft in drafts:
        if draft.cid is not None:
            name = (draft.sender, draft.cid)
            if name in seen:
                continue
            seen.add(name)
        new.append(draft)
    return new


def _outcomes(
    drafts: Sequence[Draft],
    new: Sequence[Draft],
    rows: Sequence[Written | Held],
    repeated: Mapping[tuple[str, str | None], Repeated],
    done: Mapping[int, LogId | Draft],
    rejected: Mapping[int, Rejection],
) -> tuple[Stored | Rejection, ...]:
    if len(new) == len(drafts):
        return tuple(rows)  # as is usual
    written: dict[int, Stored] = {id(draft): row for draft, row in zip(new, rows, strict=True)}
    written |= {draft: row for draft, by in done.items() if (row := _done_by(by, written))}
    named = {
        (draft.sender, draft.cid): Repeated(row.id, row.time) for draft, row in zip(new, rows, strict=True)
    }
    return tuple(
        written.get(id(draft))
        or (None if draft.cid is None else repeated.get(name := (draft.sender, draft.cid), named.get(name)))
        or rejected[id(draft)]
        for draft in drafts
    )


def _done_by(by: LogId | Draft, written: Mapping[int, Stored]) -> Repeated | None:
    """The row, or that of the draft if it was appended."""
    if isinstance(by, int):
        return Repeated(by, 0)
    row = written.get(id(by))
    return None if row is None else Repeated(row.id, 0)


def _as_written(id_: LogId, draft: Draft, now: int) -> Written | Held:
    kind, sender, to, content, target = draft.kind, draft.sender, draft.to, draft.content, draft.target
    if kind == HELD:
        return Held(id_, sender, now, draft.cid)
    if kind not in AMENDMENTS:
        return Entry(
            id_,
            kind,
            sender,
            to,
            content,
            draft.extension,
            now,
            target,
            draft.cid,
            draft.origin,
            draft.details,
        )
    assert target is not None
    return as_amendment(
        id_, kind, sender, to, target, content, draft.extension, now, draft.origin, draft.details
    )


def _as_values(draft: Draft, second: int) -> tuple[Any, ...]:
    """The values of `inserting.COLUMNS`."""
    if draft.kind == HELD:
        return values_of(Held(0, draft.sender, second, draft.cid))
    return (
        draft.kind,
        draft.sender,
        draft.to if isinstance(draft.to, str) else None,
        draft.to if isinstance(draft.to, int) else None,
        draft.content,
        draft.extension,
        second,
        draft.target,
        draft.cid,
        draft.details or None,
    )
