"""Records the erasure of a message, and removes its files if nothing else refers to them."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from threading import Thread
from typing import Any

from django.db import connection, transaction
from django.dispatch import receiver

import moderation.erasing
from chat.failures import CommandRefused
from chat.services import moderating
from chat.signals import held_discarded, message_erased
from keeping.erasing import records, under_hold
from keeping.erasing.under_hold import MessageHeld
from moderation import audit
from moderation.actions.acting import message_target
from moderation.moderators import Moderator
from uploads import pruning

# Whether the erasure is repeated after a restore.
_is_repeated: ContextVar[bool] = ContextVar("is_repeated", default=False)


def erase_message(id_: int, by: Moderator, reason: str) -> bool:
    """Repeat the erasure of a message in a restored database. Return False if it has no such message."""
    try:
        with _repeating(), transaction.atomic():
            row = moderating.erase(id_)
            moderation.erasing.blank_message(id_)
            audit.record(by, "message.erase", message_target(id_), reason, row)
    except CommandRefused:
        return False
    return True


@receiver(message_erased)
def record_erasure(id_: int, stems: frozenset[str], **_: Any) -> None:
    """Raises MessageHeld."""
    if not _is_repeated.get() and under_hold.is_message_held(id_):
        raise MessageHeld
    records.mark_begun(message_target(id_))
    if not stems:
        records.mark_finished(message_target(id_))
    elif _is_repeated.get():
        transaction.on_commit(partial(_remove_files, id_, stems))
    else:
        # In the background, because this searches the whole log for other references. If the process ends
        # before, `prunemedia` removes the files later.
        transaction.on_commit(
            Thread(target=_remove_files_in_thread, args=(id_, stems), name="im66-erased").start
        )


@receiver(held_discarded)
def protect_held_message(id_: int, **_: Any) -> None:
    """Raises MessageHeld."""
    if under_hold.is_message_held(id_):
        raise MessageHeld


def _remove_files(id_: int, stems: frozenset[str]) -> None:
    pruning.remove_unclaimed(stems, lambda rows, total: rows)
    records.mark_finished(message_target(id_))


def _remove_files_in_thread(id_: int, stems: frozenset[str]) -> None:
    try:
        _remove_files(id_, stems)
    finally:
        connection.close()


@contextmanager
def _repeating() -> Iterator[None]:
    """Ignore legal holds in the block: a hold in the backup must not prevent a repeated erasure."""
    token = _is_repeated.set(True)
    try:
        yield
    finally:
        _is_repeated.reset(token)
