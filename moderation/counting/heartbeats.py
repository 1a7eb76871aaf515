"""Each process regularly stores that it runs, its figures, and from which addresses people logged in to
it."""

import asyncio
import logging
import os
import socket
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from typing import Any

from django.conf import settings
from django.utils import timezone

from accounts import keyed_calls
from chat.delivery.runtime import Runtime
from moderation.counting import addresses, counters
from moderation.models import Process

logger = logging.getLogger(__name__)

BEAT_SECONDS = 10.0
# A shutdown waits at most this long for the removal of the process's row.
MAX_GOODBYE_SECONDS = 2.0
# A process without a heartbeat for the first time is shown as missing; after the second, its row is deleted.
MISSING_AFTER = timedelta(seconds=3 * BEAT_SECONDS)
REMOVED_AFTER = timedelta(hours=1)
# Old counts are deleted every this many heartbeats.
PRUNE_BEATS = 360


async def keep_beating(run: Runtime) -> None:
    """Store a heartbeat regularly until cancelled; then delete the process's row."""
    started_at = timezone.now()
    try:
        for number in count():
            await _write_heartbeat(run, started_at, is_pruning=number % PRUNE_BEATS == 0)
            await asyncio.sleep(BEAT_SECONDS)
    finally:
        with suppress(Exception):
            async with asyncio.timeout(MAX_GOODBYE_SECONDS):
                await run.threads.follow(Process.objects.filter(pk=run.name).delete)


async def _write_heartbeat(run: Runtime, started_at: datetime, *, is_pruning: bool) -> None:
    state, came_from = _state_of(run, started_at), run.login_addresses
    run.login_addresses = {}
    try:
        await run.threads.follow(partial(_store, run.name, state, is_pruning=is_pruning))
        await run.threads.follow(partial(addresses.record_logins, came_from, timezone.now()))
    except Exception as error:
        logger.error("It could not be written that this process is there: %s", error)


def _state_of(run: Runtime, started_at: datetime) -> dict[str, Any]:
    return {
        "number": os.getpid(),
        "host": socket.gethostname()[:100],
        "version": settings.VERSION,
        "started_at": started_at,
        "seen_at": timezone.now(),
        "connections": len(run.hub.receivers()),
        "people": run.hub.people,
        "online": len(run.online),
        "cursor": run.hub.cursor,
        "waiting": run.writer.queued_drafts,
        "stalls": run.stalls.count(),
    }


def _store(name: str, state: dict[str, Any], *, is_pruning: bool) -> None:
    Process.objects.bulk_create(
        [Process(name=name, **state)], update_conflicts=True, unique_fields=["name"], update_fields=[*state]
    )
    if is_pruning:
        Process.objects.filter(seen_at__lt=timezone.now() - REMOVED_AFTER).delete()
        counters.prune(timezone.now().timestamp())
        addresses.prune(timezone.now())
        keyed_calls.prune(timezone.now())
