"""Calls with an idempotency key, so that each is executed once.

The key's row is stored before the call does anything, and its `is_done` is set in the first transaction that
the call commits. So after a crash the row tells whether the call has changed anything: if not, it may be
executed again; if so, it is never executed twice.
"""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import KeyedCall

EXPIRES_AFTER = timedelta(days=1)
# An attempt that has not ended by then counts as dead.
RUN_SECONDS = 60
# The bounds of what is stored for one caller. Longer answers are not stored.
MAX_CALLS, MAX_BYTES, MAX_ANSWER_BYTES = 10_000, 16_000_000, 128 * 1024
# The bounds are enforced once in this many calls.
_CHECK_EVERY_CALLS = 64


class OtherBody(Exception):
    """The key belongs to a call with another body."""


class StillRunning(Exception):
    """The call with this key has not ended."""


class AnswerLost(Exception):
    """The call with this key has changed something, and its answer is lost."""


class CallTakenOver(OperationalError):
    """The attempt lasted too long, and another one has begun. Its uncommitted changes are rolled back."""


class KeyedAnswer(NamedTuple):
    status: int
    head: dict[str, str]
    body: str


class CallName(NamedTuple):
    """Identifies a call. `caller`: the key of a backend and the userid. `userid`: the person it acts for,
    empty for nobody."""

    caller: str
    userid: str
    path: str
    key: str
    body: bytes

    @property
    def digest(self) -> str:
        return sha256("\0".join((self.caller, self.path, self.key)).encode()).hexdigest()


class Run(NamedTuple):
    """An attempt at a call."""

    id: int
    name: str

    def keep(self, answer: KeyedAnswer) -> None:
        """Store the answer of the finished call. Raises CallTakenOver."""
        head = json.dumps(answer.head)
        size = len(head) + len(answer.body.encode())
        if size > MAX_ANSWER_BYTES:
            self._change(is_done=True, runs_until=timezone.now())
        else:
            fields = answer._asdict() | {"head": head}
            self._change(is_done=True, size=size, **fields)

    def forget(self) -> None:
        """Delete the call's row, so that it may be attempted again."""
        KeyedCall.objects.filter(pk=self.id, run=self.name).delete()

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Set `is_done` in the first transaction that the block commits. The commit fails if another
        attempt has begun."""
        connection.before_commit = lambda: self._change(is_done=True)  # type: ignore[attr-defined]
        try:
            yield
        finally:
            connection.before_commit = None  # type: ignore[attr-defined]

    def _change(self, **fields: object) -> None:
        if not KeyedCall.objects.filter(pk=self.id, run=self.name).update(**fields):
            raise CallTakenOver("another attempt at this call has begun")


def begin(call: CallName) -> Run | KeyedAnswer:
    """Begin an attempt at the call, or return its stored answer. Raises OtherBody, StillRunning and
    AnswerLost."""
    fingerprint, now = sha256(call.body).hexdigest(), timezone.now()
    row = KeyedCall.objects.filter(digest=call.digest).first()
    if row and row.made_at < now - EXPIRES_AFTER:
        row.delete()
        row = None
    if row is None:
        return _first_run(call, fingerprint, now)
    if row.fingerprint != fingerprint:
        raise OtherBody
    if row.status is not None:
        return KeyedAnswer(row.status, json.loads(row.head), row.body)
    if row.runs_until > now:
        raise StillRunning
    if row.is_done:
        raise AnswerLost
    return _next_run(row, now)


def forget_person(userid: str) -> None:
    """Delete the calls of the person, and stored answers that name the person."""
    # Matches the end of a JSON text, because the text may be the id of a conversation.
    end_of_text = json.dumps(userid, ensure_ascii=False)[1:]
    KeyedCall.objects.filter(Q(userid=userid) | Q(body__contains=end_of_text)).delete()


def prune(now: datetime) -> None:
    """Delete expired calls."""
    KeyedCall.objects.filter(made_at__lt=now - EXPIRES_AFTER).delete()


def _first_run(call: CallName, fingerprint: str, now: datetime) -> Run:
    run = Run(0, secrets.token_hex(16))
    row = KeyedCall(
        digest=call.digest,
        caller=call.caller,
        userid=call.userid,
        fingerprint=fingerprint,
        run=run.name,
        runs_until=now + timedelta(seconds=RUN_SECONDS),
        made_at=now,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise StillRunning from None
    if row.pk % _CHECK_EVERY_CALLS == 0:
        _delete_beyond_bounds(call.caller)
    return run._replace(id=row.pk)


def _next_run(row: KeyedCall, now: datetime) -> Run:
    run = Run(row.pk, secrets.token_hex(16))
    dead = KeyedCall.objects.filter(pk=row.pk, run=row.run, is_done=False)
    if not dead.update(run=run.name, runs_until=now + timedelta(seconds=RUN_SECONDS)):
        raise StillRunning
    return run


_TABLE = KeyedCall._meta.db_table
_FORGET_MORE = (
    f"DELETE FROM {_TABLE} WHERE id IN (SELECT id FROM ("
    "SELECT id, ROW_NUMBER() OVER latest AS place, SUM(size) OVER latest AS bytes "
    f"FROM {_TABLE} WHERE caller = %s WINDOW latest AS (ORDER BY id DESC)"
    ") AS placed WHERE place > %s OR bytes > %s)"
)


def _delete_beyond_bounds(caller: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_FORGET_MORE, [caller, MAX_CALLS, MAX_BYTES])
