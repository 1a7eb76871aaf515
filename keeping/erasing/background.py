"""Erases people in the background, after a backend has asked for it: one at a time in each process.

They are shut out at once. The rest may take minutes. If the process ends, another one goes on
(`accounts.leases`). After a restore, what was erased since the backup is erased again.
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
from keeping.erasing.people import erase_person, go_on
from keeping.erasing.records import PERSON, ErasureRecord
from moderation.actions.acting import person_target
from uploads import pruning

logger = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
AGAIN_SECONDS = 60.0
# So often a process says that it is at it, and after so long it is thought to have ended.
CLAIM_SECONDS = 10.0
STALE = timedelta(minutes=5)


async def erase_all(run: Runtime) -> None:
    """Erase queued people, until cancelled."""
    while True:
        pause = LOOK_SECONDS
        try:
            if await run.threads.follow(lambda: records.are_unclaimed(_stale())):
                await _in_thread()
        except Exception as error:
            logger.error("Nobody can be erased in the background now: %s", error)
            pause = AGAIN_SECONDS
        await asyncio.sleep(pause)


async def _in_thread() -> None:
    """Each erasure may take minutes, so it has a thread of its own. A process that ends does not wait for
    it."""
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
    """Do all that wait."""
    while (userid := records.claim_next(_stale())) is not None:
        with leases.renewing(partial(records.keep_claim, person_target(userid)), CLAIM_SECONDS):
            go_on(userid, unseen)
        logger.info("A person was erased in the background.")


def _stale() -> datetime:
    return timezone.now() - STALE


AFTER_RESTORE = "It was erased before a restore."


def erase_again(listed: Sequence[ErasureRecord], progress: Progress) -> None:
    """Erase what a list of erasures names, where it is here, before anybody gets at it. May be done again.
    What the backup knows as erased is not: a person may have been let in again before, and have written
    something new."""
    with progress("erasing again", len(listed)) as advance:
        for line in listed:
            if not records.is_done(line):
                _erase(line.target, progress)
            advance(1)
    if listed and not media.elsewhere():
        # If this was cut off before, the backup has put them back meanwhile.
        pruning.remove_without_row()
    if listed:
        scrubbing.scrub()


def _erase(target: str, progress: Progress) -> None:
    kind, name = target[:2], target[2:]
    if kind != PERSON:
        erase_message(int(name), COMMAND, AFTER_RESTORE)
    elif User.objects.filter(pk=name).exists():
        erase_person(name, COMMAND, AFTER_RESTORE, progress)
