"""Erases people in the background, after a backend has asked for it: one at a time in each process.

They are shut out at once. The rest may take minutes. If the process ends, another one goes on
(`accounts.leases`).
"""

import asyncio
import logging
import threading
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

from django.db import connection
from django.utils import timezone

from accounts import leases
from chat.delivery.runtime import Runtime
from keeping.backups.progress import unseen
from keeping.erasing import people, records
from moderation.actions.acting import of_person

logger = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
AGAIN_SECONDS = 60.0
# So often a process says that it is at it, and after so long it is thought to have ended.
CLAIM_SECONDS = 10.0
STALE = timedelta(minutes=5)


async def erase_all(run: Runtime) -> None:
    """Erase who is to be, until cancelled."""
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
        with leases.kept(partial(records.keep_claim, of_person(userid)), CLAIM_SECONDS):
            people.go_on(userid, unseen)
        logger.info("A person was erased in the background.")


def _stale() -> datetime:
    return timezone.now() - STALE
