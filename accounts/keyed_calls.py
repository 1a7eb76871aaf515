"""Calls that their callers have named by a key, so that each is done once.

The key's row is there before the call does anything, and `is_done` is written into it in the first
transaction that the call commits. So after a process has died, it is known of each key whether something was
done: what has done nothing is done again, and of the rest nothing is done twice.
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
# Of one caller, so many are kept, with so many bytes of answers. Longer answers are not kept.
MAX_CALLS, MAX_BYTES, MAX_ANSWER_BYTES = 10_000, 16_000_000, 128 * 1024
# Whether there are more is looked up with one call in so many.
_LOOK_EVERY = 64


class OtherBody(Exception):
    """The key belongs to a call with another body."""


class StillRunning(Exception):
    """The call with this key has not ended."""


class AnswerLost(Exception):
    """Something was done by the call with this key, and its answer is not known."""


class CallTakenOver(OperationalError):
    """The attempt has lasted so long that another one runs. What this one has not committed, is undone."""


class KeyedAnswer(NamedTuple):
    status: int
    head: dict[str, str]
    body: str


class CallName(NamedTuple):
    """`caller`: who calls, `userid`: as whom; empty for nobody."""

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
        """The call has ended. Raises CallTakenOver."""
        head = json.dumps(answer.head)
        size = len(head) + len(answer.body.encode())
        if size > MAX_ANSWER_BYTES:
            self._change(is_done=True, runs_until=timezone.now())
        else:
            fields = answer._asdict() | {"head": head}
            self._change(is_done=True, size=size, **fields)

    def forget(self) -> None:
        """It was not done, and may be attempted again."""
        KeyedCall.objects.filter(pk=self.id, run=self.name).delete()

    @contextmanager
    def noted(self) -> Iterator[None]:
        """The first transaction that is committed in the block says that something was done. It fails if
        another attempt has begun."""
        connection.before_commit = lambda: self._change(is_done=True)  # type: ignore[attr-defined]
        try:
            yield
        finally:
            connection.before_commit = None  # type: ignore[attr-defined]

    def _change(self, **fields: object) -> None:
        if not KeyedCall.objects.filter(pk=self.id, run=self.name).update(**fields):
            raise CallTakenOver("another attempt at this call has begun")


def begin(call: CallName) -> Run | KeyedAnswer:
    """Attempt the call; or what it was answered. Raises OtherBody, StillRunning and AnswerLost."""
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
    """Those of the person, and answers to others that name the person."""
    # The end of a text, for it may be a conversation's name.
    named = json.dumps(userid, ensure_ascii=False)[1:]
    KeyedCall.objects.filter(Q(userid=userid) | Q(body__contains=named)).delete()


def prune(now: datetime) -> None:
    """Forget those that are no longer kept."""
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
    if row.pk % _LOOK_EVERY == 0:
        _forget_more_of(call.caller)
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


def _forget_more_of(caller: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_FORGET_MORE, [caller, MAX_CALLS, MAX_BYTES])
