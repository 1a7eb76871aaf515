"""Does what people have asked for, in a child process: it takes minutes, and much memory. Each process of the
server looks for it; the one that takes the row does it (`accounts.leases`)."""

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
LOOK_SECONDS = 10.0


async def watch(run: Runtime) -> None:
    """Look for what is due, until cancelled."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        try:
            if await run.threads.follow(is_due):
                await _run_child()
        except Exception as error:
            logger.error("What people asked for could not be looked for, and will be again: %s", error)


def is_due() -> bool:
    now = timezone.now()
    return exports.is_due(now) or deletion.is_due(now)


def do_all(version: str) -> None:
    """Do all that is due now."""
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
        # The next process that claims it does it again. The thread above collects it.
        child.kill()
    if status:
        logger.error("`im66 %s` failed with status %d.", COMMAND, status)


def _begin_child() -> "subprocess.Popen[bytes]":
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), COMMAND]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
