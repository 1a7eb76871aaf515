"""Sends all deliveries in the background of one process at a time."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Any

from chat.delivery.loop.threads import DatabaseThreads
from chat.delivery.runtime import Runtime
from notifications import lease
from notifications.models import Delivery, Endpoint, Pending, Waiting
from notifications.notices import outbox
from notifications.notices.due import store_due
from notifications.providers import all_providers, provider_named
from notifications.sending import queue, replaying
from notifications.sending.endpoints import Worker
from notifications.sending.pace import is_busy
from notifications.sending.pushes import Pushes

logger = logging.getLogger(__name__)

# The interval of checks for due notices.
POLL_SECONDS = 0.5
# Checks take at most one part in TIME_DIVISOR of the time, because messages need the database and the
# processor too.
TIME_DIVISOR, BUSY_TIME_DIVISOR = 6, 40
# The time until the next attempt after an error of the database.
RETRY_SECONDS = 5.0
RELEASE_SECONDS = 2.0
# The interval of checks for deliveries that are no longer kept.
REMOVE_OLD_SECONDS = 60.0


async def send_all(run: Runtime) -> None:
    """Send deliveries while this process holds the lease, until cancelled."""
    try:
        while True:
            try:
                if await run.threads.follow(partial(_should_send, run.name)):
                    await _Sender(run).run()
            except Exception as error:
                logger.error("Notices cannot be sent, and will be again: %s", error)
                await asyncio.sleep(RETRY_SECONDS)
            await asyncio.sleep(2 * POLL_SECONDS)
    finally:
        with suppress(Exception):
            async with asyncio.timeout(RELEASE_SECONDS):
                await run.threads.follow(partial(lease.release, run.name))


def _should_send(holder: str) -> bool:
    """Acquire the lease if there may be anything to send. Return whether this process holds it."""
    models: list[Any] = [Endpoint, Delivery, Waiting, Pending]
    is_needed = any(provider.is_used() for provider in all_providers())
    return (is_needed or any(model.objects.exists() for model in models)) and lease.acquire(holder)


class _Sender:
    """Sends deliveries while this process holds the lease."""

    def __init__(self, run: Runtime) -> None:
        self._threads = run.threads
        self._name = run.name
        self._workers: dict[int, tuple[Endpoint, asyncio.Task[None]]] = {}
        self._pushes = Pushes(run.threads)
        self._online = run.online

    async def run(self) -> None:
        """Send until another process holds the lease."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._renew())
                group.create_task(_repeat(self._store_due_notices, "It cannot be looked who is to be told"))
                group.create_task(_repeat(self._pushes.turn, "Pushes cannot be sent"))
                group.create_task(_repeat(self._replay, "Nothing can be told again"))
                group.create_task(_repeat(self._note_presence, "It cannot be told who is online"))
                group.create_task(_repeat(self._remove_old_deliveries, "Old deliveries cannot be removed"))
                group.create_task(_repeat(partial(self._update_workers, group), "Endpoints cannot be read"))
        except* lease.LeaseLost:
            logger.warning("Another process sends notices from now on.")
        finally:
            self._pushes.close()
            self._online.changes = None

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(lease.RENEW_SECONDS)
            try:
                is_ours = await self._threads.follow(partial(lease.acquire, self._name))
            except Exception as error:
                logger.error("The lease of the sender could not be renewed: %s", error)
                continue
            if not is_ours:
                raise lease.LeaseLost

    async def _store_due_notices(self) -> None:
        began = time.monotonic()
        stored = await self._threads.follow(
            partial(store_due, self._name, time.time(), self._online.is_online)
        )
        took = time.monotonic() - began
        divisor = BUSY_TIME_DIVISOR if await is_busy() else TIME_DIVISOR
        await asyncio.sleep(took * (divisor - 1) if stored else POLL_SECONDS)

    async def _replay(self) -> None:
        began = time.monotonic()
        has_rows = await self._threads.follow(partial(replaying.replay_portions, self._name))
        took = time.monotonic() - began
        divisor = BUSY_TIME_DIVISOR if await is_busy() else TIME_DIVISOR
        await asyncio.sleep(took * (divisor - 1) if has_rows else 2 * POLL_SECONDS)

    async def _note_presence(self) -> None:
        """Store deliveries of presence changes. If the database fails, they are stored with later changes."""
        if not await self._threads.follow(outbox.has_presence_endpoint):
            self._online.changes = None
        elif presence_changes := dict(self._online.changes or {}):
            await self._threads.follow(partial(outbox.note_presence, presence_changes, time.time()))
            for userid, is_online in presence_changes.items():
                if self._online.changes is not None and self._online.changes.get(userid) is is_online:
                    del self._online.changes[userid]
        elif self._online.changes is None:
            self._online.changes = {}
        await asyncio.sleep(2 * POLL_SECONDS)

    async def _remove_old_deliveries(self) -> None:
        removed = await self._threads.follow(partial(queue.remove_old, time.time()))
        await asyncio.sleep(POLL_SECONDS if removed else REMOVE_OLD_SECONDS)

    async def _update_workers(self, group: asyncio.TaskGroup) -> None:
        """Start a worker for each active endpoint, and restart it when the endpoint changes."""
        endpoints = await self._threads.follow(_active_endpoints)
        for id_, (known, task) in list(self._workers.items()):
            now = endpoints.get(id_)
            if now is None or _endpoint_fields(now) != _endpoint_fields(known):
                task.cancel()
                del self._workers[id_]
        for id_, endpoint in endpoints.items():
            if id_ not in self._workers:
                self._workers[id_] = endpoint, group.create_task(_run_worker(endpoint, self._threads))
        await asyncio.sleep(2 * POLL_SECONDS)


async def _run_worker(endpoint: Endpoint, threads: DatabaseThreads) -> None:
    worker = Worker(endpoint, threads)
    try:
        await _repeat(worker.turn, f"Nothing can be sent to {endpoint.name}")
    finally:
        worker.close()


async def _repeat(turn: Callable[[], Awaitable[None]], what: str) -> None:
    """Call `turn` repeatedly, and log errors. Raises lease.LeaseLost."""
    while True:
        try:
            await turn()
        except lease.LeaseLost:
            raise
        except Exception as error:
            logger.error("%s, and will be again: %s", what, error)
            await asyncio.sleep(RETRY_SECONDS)


def _active_endpoints() -> dict[int, Endpoint]:
    # Without endpoints of a kind that this version does not know.
    active = Endpoint.objects.filter(is_active=True)
    return {endpoint.pk: endpoint for endpoint in active if provider_named(endpoint.kind)}


def _endpoint_fields(endpoint: Endpoint) -> dict[str, Any]:
    fields = (field.name for field in Endpoint._meta.fields if not field.name.startswith("replay_"))
    return {name: getattr(endpoint, name) for name in fields}
