"""The cursor of a session: up to which row its client has received the log. It belongs to the person, or to
one device.

The session begins after its cursor, confirms what has arrived to it, and stores it at the end.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import NamedTuple, Protocol

from chat import access, devices
from chat.delivery.connection.backlog import AckPace
from chat.delivery.connection.feed import Feed
from chat.delivery.runtime import Runtime
from chat.devices import DeviceKey
from chat.protocol.commands import Hello
from chat.protocol.events import Gap
from chat.reading.login_reads import LoginState
from log.rows import LogId
from server.link import Link
from server.sockets import Rest

# Ends the connection's previous session. Returns the id up to which earlier sessions of the person have sent
# rows on the connection.
EndPrevious = Callable[[], Awaitable[LogId]]


class Start(NamedTuple):
    """Where a session begins: after the row `after`, of a log that ends at `head`. `gap`: the gap that the
    client is sent, because rows before `after` are not sent."""

    after: LogId
    head: LogId
    gap: Gap | None = None


class Cursor(Protocol):
    """`handover`: the means by which the connection gives way to newer ones; None if it does not."""

    @property
    def handover(self) -> "Handover | None": ...

    @property
    def confirm(self) -> Callable[[LogId], None] | None:
        """A function to be called with a row id when the server knows that everything up to it has arrived.
        None if only the client's acknowledgements count."""

    async def resume(self, login: LoginState, end_previous: EndPrevious) -> Start:
        """End the connection's previous session, and return where the session of `login` begins. Raises
        CommandRefused and DatabaseError."""

    def acknowledge(self, upto: LogId) -> None:
        """Note that the client has acknowledged everything up to this row. Raises CommandRefused if the
        client cannot acknowledge."""

    def close(self, *, clean: bool) -> Rest | None:
        """Prepare for the end of the session; `clean`: with a goodbye. Return a callable that stores the
        cursor, if it must be stored before the session is closed."""


class UserCursor:
    """`User.delivered_id`, for all connections of the person that name no position.

    The link confirms what has reached the client. Without a link, what was sent before a heartbeat counts as
    arrived if the connection survives until the next heartbeat.
    """

    __slots__ = ("_delivered_id", "_feed", "_link", "_run", "_userid", "handover")

    def __init__(
        self, run: Runtime, userid: str, feed: Feed, link: Link | None, *, newest_only: bool
    ) -> None:
        self._run = run
        self._userid = userid
        self._feed = feed
        self._link = link
        self.handover = Handover(run, userid, feed, link) if newest_only else None
        # Read before the login reads the database: the cursor may be written and forgotten meanwhile.
        self._delivered_id = run.cursors.recent_cursor(userid)

    async def resume(self, login: LoginState, end_previous: EndPrevious) -> Start:
        sent_id = await end_previous()
        confirmed_id = await self.handover.take_over() if self.handover else 0
        # A person who has just said goodbye to another process may return before the database has the cursor.
        recent = max(self._delivered_id, confirmed_id, self._run.cursors.recent_cursor(self._userid))
        self._delivered_id = max(recent, login.person.delivered_id)
        if self.handover:
            self.handover.delivered_id = self._delivered_id
        return Start(max(recent, login.complete_id, sent_id), self._run.hub.cursor)

    def confirm(self, entry_id: LogId) -> None:
        if entry_id > self._delivered_id:
            self._delivered_id = entry_id
            self._run.cursors.note(self._userid, entry_id)
        if self.handover:
            self.handover.confirm(entry_id)

    def acknowledge(self, upto: LogId) -> None:
        access.may_acknowledge(None)

    def close(self, *, clean: bool) -> Rest | None:
        if not clean:
            return None
        self.confirm(self._arrived_id())
        return partial(self._run.cursors.write, self._userid)

    def _arrived_id(self) -> LogId:
        """Return the id up to which rows had reached the client when it closed the connection as a goodbye;
        after a logout command, the id up to which they have by now."""
        if self._link is None:
            return self._feed.complete_id
        at_goodbye = self._link.goodbye_id
        return self._link.arrived_id() if at_goodbye is None else at_goodbye


class Handover:
    """Takes over from older connections of the person, and gives way to newer ones; implements
    newest.FedConnection. Counts as one of the person's connections until `leave`."""

    __slots__ = ("_feed", "_has_left", "_link", "_run", "_settled", "_userid", "delivered_id")

    def __init__(self, run: Runtime, userid: str, feed: Feed, link: Link | None) -> None:
        self.delivered_id: LogId = 0
        self._run = run
        self._userid = userid
        self._feed = feed
        self._link = link
        self._has_left = False
        # Done when the client has confirmed everything that it was sent before it was retired.
        self._settled: asyncio.Future[None] | None = None
        run.newest.enter(userid)

    async def take_over(self) -> LogId:
        """See NewestConnections.take_over."""
        return await self._run.newest.take_over(self._userid, self)

    def leave(self) -> None:
        """Note that the connection is closed. Idempotent."""
        self._finish_settling()
        if not self._has_left:
            self._has_left = True
            self._run.newest.leave(self._userid, self)

    def confirm(self, entry_id: LogId) -> None:
        self.delivered_id = max(self.delivered_id, entry_id)
        if self._settled and entry_id >= self._feed.sent_id:
            self._finish_settling()

    # Called when the person logs in on another connection. See newest.FedConnection.

    def retire(self) -> None:
        self._feed.retire()
        self._run.hub.leave(self._userid, self._feed)

    async def settle(self) -> None:
        await self._feed.finish()
        if self._settled is None:
            self._settled = self._run.loop.create_future()
            if not (self._link and self._link.ask()):
                self._finish_settling()
        await asyncio.wait([self._settled])

    def _finish_settling(self) -> None:
        if self._settled and not self._settled.done():
            self._settled.set_result(None)


class DeviceCursor:
    """The cursor of the device that `hello` names, if it names one; `pace` limits its unacknowledged rows.

    The session begins at the client's position, or after the rows that the device has acknowledged, or at the
    end of the log. Nothing is confirmed for other connections of the person: a phone must not miss what only
    the browser has received.
    """

    __slots__ = ("_acked_id", "_device", "_feed", "_hello", "_pace", "_run")

    handover = None
    confirm = None

    def __init__(self, run: Runtime, userid: str, feed: Feed, hello: Hello, pace: AckPace | None) -> None:
        self._run = run
        self._feed = feed
        self._hello = hello
        self._pace = pace
        self._device: DeviceKey | None = (userid, hello.device) if hello.device else None
        self._acked_id = 0

    async def resume(self, login: LoginState, end_previous: EndPrevious) -> Start:
        await end_previous()
        since, hub = self._hello.since, self._run.hub
        if since is None:
            since = await self._acknowledged_id()
        elif since > hub.cursor:
            await hub.wait_for_row(since)  # another process may have sent it
        head = hub.cursor
        if since is None:
            self._remember(head)
            return Start(head, head)
        if since > head or self._hello.log not in (None, self._run.log_name):
            return Start(head, head, Gap(since, head))
        return Start(since, head)

    def _remember(self, head: LogId) -> None:
        """Store where a new device begins. If it loses its connection before it acknowledges anything, its
        next connection begins at the same row."""
        if self._device:
            self._run.device_cursors.note(self._device, head)

    def acknowledge(self, upto: LogId) -> None:
        access.may_acknowledge(self._device)
        assert self._device
        assert self._pace
        upto = min(upto, max(self._feed.sent_id, self._run.hub.cursor))
        self._pace.acknowledge(upto)
        if upto > self._acked_id:
            self._acked_id = upto
            self._run.device_cursors.note(self._device, upto)

    def close(self, *, clean: bool) -> Rest | None:
        return partial(self._run.device_cursors.write, self._device) if self._device else None

    async def _acknowledged_id(self) -> LogId | None:
        """Return the id up to which the device has acknowledged rows; None if the server does not know it."""
        if self._device is None:
            return None
        recent = self._run.device_cursors.recent_cursor(self._device)
        stored = await self._run.threads.read(partial(devices.acked_id, self._device))
        return stored if stored is None and not recent else max(stored or 0, recent)
