"""The runtime of an event loop: its database threads, hub, writer, cursors and followers. It is created on
first use."""

import asyncio
import logging
import os
import secrets
import sys
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from contextlib import suppress
from contextvars import Context
from functools import partial
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import DatabaseError
from django.dispatch import receiver

from accounts.authentication.authentication import Claim, Denied
from accounts.limits.fair_queue import Breaks, FairQueue
from accounts.selectors import Named
from accounts.services import raise_delivered
from chat.delivery.cluster.ephemeral_events import EphemeralEvents
from chat.delivery.cluster.growing import Growing
from chat.delivery.cluster.installation import installation_key, log_name, rename_log
from chat.delivery.cluster.messages import (
    DeviceEvent,
    Goodbye,
    Mark,
    Message,
    Payload,
    PresenceDelta,
    PresenceRequest,
    PresenceSnapshot,
    TakeoverReply,
    TakeoverRequest,
)
from chat.delivery.cluster.newest import NewestConnections
from chat.delivery.cluster.presence import OnlineUsers, WatchRights
from chat.delivery.cluster.processes import Processes
from chat.delivery.loop.batcher import Batcher
from chat.delivery.loop.cursors import Cursors
from chat.delivery.loop.driving import Driver
from chat.delivery.loop.fanout import FanoutScheduler, MemoryBudget
from chat.delivery.loop.follower import Follower
from chat.delivery.loop.heartbeats import Heartbeats
from chat.delivery.loop.hub import Hub
from chat.delivery.loop.live_results import LiveResults
from chat.delivery.loop.names import Names
from chat.delivery.loop.processor import CpuShare, StallMonitor
from chat.delivery.loop.threads import DatabaseThreads
from chat.delivery.loop.write_rights import StoredRestrictions
from chat.delivery.loop.writer import LogWriter
from chat.devices import DeviceKey, raise_acked
from chat.naming import read_names
from chat.protocol.events import (
    Growth,
)
from chat.readers.reader import SharedRows, registered
from chat.reading import selectors
from chat.reading.latecomers import earlier_readers
from chat.reading.login_reads import LoginState, read_logins
from groups.selectors import restrictions
from log import positions
from log.drafts import Batch
from log.reach import offline_for
from log.rows import Latecomers, LogId, Nameable, Row
from log.signals import batch_committed

if TYPE_CHECKING:
    from chat.delivery.cluster.layer import Announcer

logger = logging.getLogger(__name__)


# After each long text, the queue pauses for as long as the text took, so that other work gets its turn.
BREAKS = Breaks(grace=0.0, maximum=0.1)
# For how many people the address of the last login is remembered at most.
MAX_LOGIN_ADDRESSES = 10_000


class Runtime:
    """`current()` returns the runtime of the running loop. `login_addresses`: by userid, the address of the
    last login; its reader replaces it with an empty dict. `long_texts`: the queue in which long texts of
    clients take turns."""

    threads: DatabaseThreads
    hub: Hub
    logins: Batcher[Claim, LoginState | Denied]
    newest: NewestConnections
    names: Names
    driver: Driver
    writer: LogWriter
    cursors: Cursors[str]
    device_cursors: Cursors[DeviceKey]
    online: OnlineUsers
    watch_rights: WatchRights
    ephemeral_events: EphemeralEvents
    growing: Growing
    log_name: str

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.fanout = FanoutScheduler(loop)
        self.memory_budget = MemoryBudget(lambda: self.hub.receivers())
        # A client is not read while its text waits, so the queue needs no bound.
        self.long_texts = FairQueue(1, sys.maxsize, wait_seconds=None, breaks=BREAKS)
        self.stalls = StallMonitor(loop.time)
        self.heartbeats = Heartbeats(loop, lambda: settings.IM66.heartbeat_seconds)
        self.started = False
        self.login_addresses: dict[str, str] = {}
        self._starting = asyncio.Lock()
        self._running: asyncio.Task[None] | None = None

    @property
    def name(self) -> str:
        """The name of this process among those of the installation."""
        return self._processes.name

    async def start(self) -> None:
        """Start at the end of the log. Starting twice does no harm. Raises DatabaseError."""
        async with self._starting:
            if self.started:
                return
            threads = DatabaseThreads()
            try:
                cursor, key, log, known = await threads.read(_read_start_state)
                # Opens the writer's connection now: later there may be no descriptor left for it.
                await threads.write(positions.last_id)
            except BaseException:
                threads.close()
                raise
            self._compose(threads, cursor, key)
            self.log_name = log
            self.hub.restrictions.load(known)
            # A task that is cancelled before its first step never reaches its `finally`.
            await asyncio.sleep(0)
            self.started = True

    async def close(self) -> None:
        """Write all accepted messages and all delivery cursors, then stop."""
        if self.started:
            await self.writer.drain()
            await self.cursors.flush()
            await self.device_cursors.flush()
            assert self._running
            self._running.cancel()
            await asyncio.wait([self._running])

    def publish(self, batch: Batch) -> None:
        """Pass a batch that this process has committed to its sockets and to the other processes."""
        self.hub.receive(batch)
        self._post(batch)

    def _post_mark(self, userid: str, delivered_id: LogId) -> None:
        self._post(Mark(userid, delivered_id))

    def _post(self, message: Payload, to: str = "") -> None:
        """Send `message` to the other processes, or only to the one named `to`. Do nothing without Redis."""
        if self._announcer:
            self._announcer.post(message, to)

    def _compose(self, threads: DatabaseThreads, cursor: LogId, key: bytes) -> None:
        async def read_rows(after: LogId, limit: int) -> list[Row]:
            return await threads.read(partial(selectors.rows_after, after, limit))

        async def _read_logins(claims: Collection[Claim]) -> Mapping[Claim, LoginState | Denied]:
            logins = await threads.read(partial(read_logins, claims, self.hub.cursor))
            if len(self.login_addresses) > MAX_LOGIN_ADDRESSES:
                self.login_addresses.clear()
            admitted = (claim for claim, state in logins.items() if not isinstance(state, Denied))
            self.login_addresses.update((claim.userid, claim.address) for claim in admitted)
            return logins

        async def _read_names(keys: Collection[Nameable]) -> Mapping[Nameable, Named | None]:
            return await threads.read(partial(read_names, keys))

        async def _who_had_read(latecomers: Sequence[Latecomers]) -> set[tuple[LogId, str]]:
            return await threads.read(partial(earlier_readers, latecomers))

        async def _read_offline(userid: str, others: Collection[str]) -> set[str]:
            return await threads.read(partial(offline_for, userid, others))

        self.threads = threads
        self.hub = Hub(cursor, read_rows, _who_had_read)
        self.logins = Batcher(_read_logins)
        self.writer = LogWriter(threads, self.hub, self._on_lost_rows)
        self.cursors = Cursors(threads, raise_delivered, self._post_mark)
        self.device_cursors = Cursors(threads, raise_acked)
        self._processes = Processes(secrets.token_hex(8), threads, self.loop.time, self._post)
        self.newest = NewestConnections(self._processes, self.cursors.recent_cursor)
        self.names = Names(_read_names, self.loop.time)
        self.driver = Driver(threads, self.names)
        self.hub.on_notice.append(self.names.on_notice)
        share, rows = CpuShare(), SharedRows()
        self._followers = [Follower(reader, threads, self.hub, share, rows) for reader in registered()]
        self.online = OnlineUsers(self._processes.name, self.hub, self.loop.time, self._post)
        self.watch_rights = WatchRights(self.hub, self.online, _read_offline)
        ephemeral = EphemeralEvents(self.hub, self.loop.time, self._post, self.names.invalidate)
        self.ephemeral_events = ephemeral
        self.growing = Growing(
            self.hub,
            self.writer,
            self.driver,
            ephemeral.receivers_of_others,
            ephemeral.notify_typing,
            self._post,
            self.loop.time,
        )
        self._results = LiveResults(self.hub, threads.read)
        self._announcer = self._make_announcer(key)
        # In an empty context: the first client starts it, but it runs for all of them.
        self._running = self.loop.create_task(self._run(), context=Context())

    def _make_announcer(self, key: bytes) -> "Announcer | None":
        """Return the connection to the other processes; None without Redis, because there are none."""
        if not settings.IM66.redis_url:
            return None
        # Imported here, because most installations have no Redis, and its client takes time and memory to
        # load.
        from chat.delivery.cluster.layer import Announcer

        return Announcer(self.hub, key, self._processes.name, self._on_message)

    def _on_message(self, process: str, message: Message) -> None:
        self._processes.note_activity(process)
        match message:
            case Mark(userid, delivered_id):
                self.cursors.on_message(userid, delivered_id)
            case TakeoverRequest() | TakeoverReply():
                self._processes.on_message(message, self.newest.give_way)
            case Growth():
                self.growing.on_message(message)
            case Goodbye():
                self._processes.note_silence(process)
            case PresenceDelta() | PresenceRequest() | PresenceSnapshot():
                self.online.on_message(process, message)
            case _:
                self.ephemeral_events.deliver(message)

    async def _run(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.writer.run())
                if self._announcer:
                    group.create_task(self._announcer.run())
                for follower in self._followers:
                    group.create_task(follower.run())
                group.create_task(self.online.run())
                group.create_task(self.watch_rights.run())
                group.create_task(self._results.run())
                group.create_task(self.growing.run())
                group.create_task(self.growing.run_timeouts())
                group.create_task(self._poll())
                group.create_task(self.stalls.run())
                for task in _background_tasks:
                    group.create_task(task(self))
        finally:
            # Reached by close(), and when a test's loop ends and cancels its remaining tasks.
            self.started = False
            _runtimes.pop(self.loop, None)
            await asyncio.wrap_future(self.threads.close())

    async def _poll(self) -> None:
        """Find rows that neither this process nor Redis announced."""
        while True:
            await asyncio.sleep(settings.IM66.poll_seconds)
            try:
                applied = self.hub.cursor
                last = await self.threads.read(positions.last_id)
                if last < applied:
                    await self._on_lost_rows(last, applied)
                self.hub.expect_row(last)
                await self.newest.poll()
            except Exception as error:
                logger.error("Polling the log failed and will be repeated: %s", error)

    async def _on_lost_rows(self, last: LogId, applied: LogId) -> None:
        """Rename the log and end the process. The log ends before rows that were already delivered: a replica
        that lacked them became the primary. Their ids will be assigned again, so nothing that this process
        remembers may be stored."""
        logger.critical(
            "The database lost the rows %d to %d of the log. This process ends; clients load it all again.",
            last + 1,
            applied,
        )
        while True:
            with suppress(DatabaseError):  # this connection may be one to the old primary
                await self.threads.write(partial(rename_log, self.log_name))
                os._exit(1)
            await asyncio.sleep(settings.IM66.poll_seconds)


BackgroundTask = Callable[[Runtime], Coroutine[Any, Any, None]]
_background_tasks: list[BackgroundTask] = []


def add_background_task(task: BackgroundTask) -> None:
    """Have every runtime run `task` from its start, and cancel it at its end. `task` must not raise: that
    would end the runtime."""
    _background_tasks.append(task)


_start_reads: list[Callable[[], None]] = []


def on_start(read: Callable[[], None]) -> None:
    """Have every runtime call `read` while it starts, before anybody can log in. If `read` raises
    DatabaseError, the runtime has not started; the next use tries again."""
    _start_reads.append(read)


def _read_start_state() -> tuple[LogId, bytes, str, StoredRestrictions]:
    for read in _start_reads:
        read()
    # The id first: the restrictions may be newer than it, never older.
    return positions.last_id(), installation_key(), log_name(), StoredRestrictions(*restrictions())


_runtimes: dict[asyncio.AbstractEventLoop, Runtime] = {}
_starting: set[asyncio.Task[None]] = set()


async def current() -> Runtime:
    """Return the running loop's runtime; start it first if necessary. Raises DatabaseError."""
    loop = asyncio.get_running_loop()
    runtime = _runtimes.get(loop)
    if runtime is None:
        runtime = _runtimes[loop] = Runtime(loop)
    if not runtime.started:
        await runtime.start()
    return runtime


def running() -> Runtime | None:
    """Return the running loop's runtime if it is started, else None."""
    runtime = _runtimes.get(asyncio.get_running_loop())
    return runtime if runtime and runtime.started else None


def start_current_soon() -> None:
    """Start the running loop's runtime in the background, before the first client connects. The first client
    then need not wait, and an unreachable database is logged at once."""
    starting = asyncio.get_running_loop().create_task(_start_current())
    _starting.add(starting)
    starting.add_done_callback(_starting.discard)


async def _start_current() -> None:
    try:
        await current()
    except DatabaseError as error:
        logger.error("The log could not be read, and will be at the first login: %s", error)


async def drain_current() -> None:
    """Wait until every message that the running loop's connections sent is in the log or was refused."""
    runtime = _runtimes.get(asyncio.get_running_loop())
    if runtime and runtime.started:
        await runtime.writer.drain()


async def close_current() -> None:
    """Close the running loop's runtime, if there is one."""
    runtime = _runtimes.get(asyncio.get_running_loop())
    if runtime:
        await runtime.close()


@receiver(batch_committed)
def publish_committed(batch: Batch, **_: Any) -> None:
    """Hand a committed batch to the event loops of this process; if none serves chat, send it to the other
    processes. May be called from any thread."""
    live = [runtime for runtime in list(_runtimes.values()) if runtime.started]
    for runtime in live:
        runtime.loop.call_soon_threadsafe(runtime.publish, batch)
    if not live and settings.IM66.redis_url:
        from chat.delivery.cluster.layer import send_from_thread

        send_from_thread(batch)


def notify_all(event: DeviceEvent) -> None:
    """Notify the devices connected to this process and to the others. May be called from any thread."""
    live = [runtime for runtime in list(_runtimes.values()) if runtime.started]
    for runtime in live:
        runtime.loop.call_soon_threadsafe(runtime.ephemeral_events.notify, event)
    if not live and settings.IM66.redis_url:
        from chat.delivery.cluster.layer import send_from_thread

        send_from_thread(event)
