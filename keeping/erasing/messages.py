"""What follows the erasure of a message by anybody: it is recorded, and files without other references are
removed."""

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

# Whether it is done again after a restore.
_again: ContextVar[bool] = ContextVar("again", default=False)


def erase_message(id_: int, by: Moderator, reason: str) -> bool:
    """Erase a message that was erased before, in a database that has it again. Whether it has."""
    try:
        with _doing_it_again(), transaction.atomic():
            row = moderating.erase(id_)
            moderation.erasing.blank_message(id_)
            audit.record(by, "message.erase", message_target(id_), reason, row)
    except CommandRefused:
        return False
    return True


@receiver(message_erased)
def note_erasure(id_: int, stems: frozenset[str], **_: Any) -> None:
    """Raises MessageHeld."""
    if not _again.get() and under_hold.is_message_held(id_):
        raise MessageHeld
    records.begin(message_target(id_))
    if not stems:
        records.finish(message_target(id_))
    elif _again.get():
        transaction.on_commit(partial(_remove_files, id_, stems))
    else:
        # Done in the background, because references to them are searched in the whole log. If the process
        # ends before, `prunemedia` removes them some day.
        transaction.on_commit(
            Thread(target=_remove_files_in_thread, args=(id_, stems), name="im66-erased").start
        )


@receiver(held_discarded)
def keep_held_text(id_: int, **_: Any) -> None:
    """Raises MessageHeld."""
    if under_hold.is_message_held(id_):
        raise MessageHeld


def _remove_files(id_: int, stems: frozenset[str]) -> None:
    pruning.remove_unclaimed(stems, lambda rows, total: rows)
    records.finish(message_target(id_))


def _remove_files_in_thread(id_: int, stems: frozenset[str]) -> None:
    try:
        _remove_files(id_, stems)
    finally:
        connection.close()


@contextmanager
def _doing_it_again() -> Iterator[None]:
    """What was erased already must not come back by a hold that was there before."""
    before = _again.set(True)
    try:
        yield
    finally:
        _again.reset(before)
