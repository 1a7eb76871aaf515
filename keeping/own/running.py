"""Makes the copies and deletions that people have requested, in a child process, because that takes minutes
and much memory. All processes of the server poll for them; the one that takes the row (`accounts.leases`)
does the work."""

import asyncio
import logging
import subprocess
import sys

from django.conf import settings
from django.utils import timezone

from chat.delivery.runtime import Runtime
from keeping.backups.progress import unseen
from keeping.own import deletion, exports

logger = logging.getLogger(__name__)

COMMAND = "ownrequests"
POLL_SECONDS = 10.0


async def watch(run: Runtime) -> None:
    """Poll for due requests and run them, until cancelled."""
    while True:
        await asyncio.sleep(POLL_SECONDS)
        try:
            if await run.threads.follow(is_due):
                await _run_child()
        except Exception as error:
            logger.error("What people asked for could not be looked for, and will be again: %s", error)


def is_due() -> bool:
    now = timezone.now()
    return exports.is_due(now) or deletion.is_due(now)


def do_all(version: str) -> None:
    """Do all requests that are due now."""
    while exports.make_next(version, unseen):
        pass
    exports.sweep(timezone.now())
    while deletion.erase_next(unseen):
        pass


async def _run_child() -> None:
    child = await asyncio.to_thread(_begin_child)
    try:
        status = await asyncio.to_thread(child.wait)
    finally:
        # Another process will claim an unfinished request. The waiting thread above reaps the child.
        child.kill()
    if status:
        logger.error("`im66 %s` failed with status %d.", COMMAND, status)


def _begin_child() -> "subprocess.Popen[bytes]":
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), COMMAND]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
