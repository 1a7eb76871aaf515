"""Records API keys and other settings in the audit log: creation and revocation of keys, use of a key from an
address, reading of private messages with a key, and changes of other settings that grant access or send texts
out.

Use is recorded once a day per key and address, reading once a day per key and conversation.
"""

import threading
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.dispatch import receiver
from django.utils import timezone

from accounts.models import ApiKey
from accounts.signals import key_made, key_revoked, key_used, setting_changed
from chat.signals import private_read
from moderation import audit
from moderation.models import KeyUse
from moderation.moderators import COMMAND, Moderator, backend

# How many of today's notes a process remembers, to save queries.
MAX_REMEMBERED = 20_000
# Notes of past days that each new note deletes.
MAX_REMOVED = 20
_RETENTION = timedelta(days=2)

_INSERT = (
    f"INSERT INTO {KeyUse._meta.db_table} (day, key, subject) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"
)

Note = tuple[date, str, str]


class _Remembered:
    """The latest notes that this process knows to be committed. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._notes: dict[Note, None] = {}

    def __contains__(self, note: Note) -> bool:
        return note in self._notes

    def add(self, note: Note) -> None:
        with self._lock:
            self._notes[note] = None
            if len(self._notes) > MAX_REMEMBERED:
                del self._notes[next(iter(self._notes))]

    def clear(self) -> None:
        with self._lock:
            self._notes.clear()


remembered = _Remembered()


@receiver(key_made)
def record_making(key: ApiKey, by: str | None, address: str, **_: Any) -> None:
    audit.record(_actor(by, address), "key.make", _key_target(key.pk), name=key.name, scopes=key.scopes)


@receiver(key_revoked)
def record_revoking(key: ApiKey, by: str | None, address: str, **_: Any) -> None:
    audit.record(_actor(by, address), "key.revoke", _key_target(key.pk), name=key.name)


@receiver(setting_changed)
def record_setting(
    action: str, target: str, by: str, address: str, details: dict[str, Any], acts_for: str = "", **_: Any
) -> None:
    audit.record(Moderator(by, address, acts_for=acts_for), action, target, **details)


@receiver(key_used)
def record_first_use(key: str, address: str, **_: Any) -> None:
    """Record the first use of the key from this address today."""
    _once_a_day(key, address, partial(audit.record, backend(key, address), "key.use", _key_target(key)))


@receiver(private_read)
def record_reading(key: str, address: str, userid: str, peer: str, **_: Any) -> None:
    """Record the first read today of this conversation, or of all the person's conversations without `peer`:
    one entry for each of the two people."""

    def record() -> None:
        reader = Moderator(_key_target(key), address, acts_for=userid)
        for person, other in {(userid, peer), (peer, userid)} if peer else {(userid, "")}:
            audit.record(reader, "private.read", f"u:{person}", peer=other)

    _once_a_day(key, f"{userid}\n{peer}", record)


def _once_a_day(key: str, subject: str, record: Callable[[], object]) -> None:
    """Call `record` in the transaction that inserts its note, unless a process has done so today.

    The database serialises concurrent calls. Raises DatabaseError.
    """
    note = (timezone.now().date(), key, subject)
    if note in remembered:
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_INSERT, note)
            is_new = cursor.rowcount > 0
        if is_new:
            record()
            _delete_notes_before(note[0] - _RETENTION)
        transaction.on_commit(partial(remembered.add, note))


def _delete_notes_before(day: date) -> None:
    old = KeyUse.objects.filter(day__lt=day).values_list("pk", flat=True)[:MAX_REMOVED]
    KeyUse.objects.filter(pk__in=list(old)).delete()


def _actor(by: str | None, address: str) -> Moderator:
    return COMMAND if by is None else Moderator(by, address)


def _key_target(key: str) -> str:
    return f"key:{key}"
