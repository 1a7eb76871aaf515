"""Erases people in the background, on request of a backend: one at a time in each process.

A person is locked out at once; the erasure may take minutes. If the process ends, another process continues
(`accounts.leases`). After a restore, everything that was erased since the backup is erased again.
"""

import asyncio
import logging
import threading
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

from django.db import connection
from django.utils import timezone

from accounts import leases
from accounts.models import User
from chat.delivery.runtime import Runtime
from keeping.acting import COMMAND
from keeping.backups import media
from keeping.backups.progress import Progress, unseen
from keeping.erasing import records, scrubbing
from keeping.erasing.messages import erase_message
from keeping.erasing.people import complete_erasure, erase_person
from keeping.erasing.records import PERSON, ErasureRecord
from moderation.actions.acting import person_target
from uploads import pruning

logger = logging.getLogger(__name__)

POLL_SECONDS = 2.0
RETRY_SECONDS = 60.0
# How often a process renews its claim, and after what time without that it is considered dead.
CLAIM_SECONDS = 10.0
STALE_AFTER = timedelta(minutes=5)


async def erase_all(run: Runtime) -> None:
    """Erase queued people, until cancelled."""
    while True:
        pause = POLL_SECONDS
        try:
            if await run.threads.follow(lambda: records.has_unclaimed(_stale_before())):
                await _erase_in_thread()
        except Exception as error:
            logger.error("Nobody can be erased in the background now: %s", error)
            pause = RETRY_SECONDS
        await asyncio.sleep(pause)


async def _erase_in_thread() -> None:
    """Erase the queued people in a daemon thread: an erasure may take minutes, and the process does not wait
    for it when it ends."""
    loop, done = asyncio.get_running_loop(), asyncio.Event()

    def work() -> None:
        try:
            erase_queued()
        except Exception:
            logger.exception("An erasure in the background has failed, and will be tried again")
        finally:
            connection.close()
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(done.set)

    threading.Thread(target=work, name="im66-erasing", daemon=True).start()
    await done.wait()


def erase_queued() -> None:
    """Erase all queued people that no other process is erasing."""
    while (userid := records.claim_next(_stale_before())) is not None:
        with leases.renewing(partial(records.renew_claim, person_target(userid)), CLAIM_SECONDS):
            complete_erasure(userid, unseen)
        logger.info("A person was erased in the background.")


def _stale_before() -> datetime:
    return timezone.now() - STALE_AFTER


AFTER_RESTORE = "It was erased before a restore."


def erase_again(erasures: Sequence[ErasureRecord], progress: Progress) -> None:
    """Erase the targets of these erasures again in a restored database, before it is used. Can be repeated.
    Targets whose erasure the backup already contains are skipped: such a person may have been readmitted and
    have written new messages before the backup."""
    with progress("erasing again", len(erasures)) as advance:
        for erasure in erasures:
            if not records.is_done(erasure):
                _erase_target(erasure.target, progress)
            advance(1)
    if erasures and not media.elsewhere():
        # A repeated restore has put files back that an interrupted one had removed.
        pruning.remove_files_without_row()
    if erasures:
        scrubbing.scrub()


def _erase_target(target: str, progress: Progress) -> None:
    kind, name = target[:2], target[2:]
    if kind != PERSON:
        erase_message(int(name), COMMAND, AFTER_RESTORE)
    elif User.objects.filter(pk=name).exists():
        erase_person(name, COMMAND, AFTER_RESTORE, progress)
