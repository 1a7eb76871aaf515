"""Up to which row a connection has what it is sent: the cursor of its person, or that of one device.

A session asks its cursor where to begin, tells it what has arrived, and has it stored at the end.
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

# Ends the connection's previous session. Returns up to which row earlier sessions of the person have sent.
EndPrevious = Callable[[], Awaitable[LogId]]


class Start(NamedTuple):
    """Where a session begins: after the row `after`, of a log that ends at `head`. `gap`: rows before that
    are not sent."""

    after: LogId
    head: LogId
    gap: Gap | None = None


class Cursor(Protocol):
    """`handover`: the connection gives way to newer ones by it; None if it does not."""

    @property
    def handover(self) -> "Handover | None": ...

    @property
    def confirm(self) -> Callable[[LogId], None] | None:
        """To be called when the server knows that everything up to a row has arrived. None if only the client
        says so."""

    async def resume(self, login: LoginState, end_previous: EndPrevious) -> Start:
        """Where the session of `login` begins, after the connection's previous session has ended. Raises
        CommandRefused and DatabaseError."""

    def acknowledge(self, upto: LogId) -> None:
        """The client says that it has everything up to this row. Raises CommandRefused if it may not."""

    def close(self, *, clean: bool) -> Rest | None:
        """The session is about to leave; `clean`: with a goodbye. Returns what stores the cursor, if it has
        to be stored before the session is closed."""


class UserCursor:
    """`User.delivered_id`, for all connections of the person that name no position.

    The link confirms what has reached the client. Without a link, what was sent before a heartbeat has
    reached the client if the connection survives until the next heartbeat.
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
        # Noted before the person is read: it may be written, and forgotten here, meanwhile.
        self._delivered_id = run.cursors.noted(userid)

    async def resume(self, login: LoginState, end_previous: EndPrevious) -> Start:
        sent_id = await end_previous()
        taken_id = await self.handover.take_over() if self.handover else 0
        # A person who has just said goodbye to another process may return before the database has the cursor.
        noted = max(self._delivered_id, taken_id, self._run.cursors.noted(self._userid))
        self._delivered_id = max(noted, login.person.delivered_id)
        if self.handover:
            self.handover.delivered_id = self._delivered_id
        return Start(max(noted, login.complete_id, sent_id), self._run.hub.cursor)

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
        """What had reached the client when it closed the connection as a goodbye. If it used a command
        instead, what has reached it now."""
        if self._link is None:
            return self._feed.complete_id
        noticed = self._link.goodbye_id
        return self._link.arrived_id() if noticed is None else noticed


class Handover:
    """How a connection gives way to a newer one of the person, and takes over from older ones; a newest.Fed.
    It counts as one of the person's connections until it leaves."""

    __slots__ = ("_feed", "_has_left", "_link", "_run", "_settled", "_userid", "delivered_id")

    def __init__(self, run: Runtime, userid: str, feed: Feed, link: Link | None) -> None:
        self.delivered_id: LogId = 0
        self._run = run
        self._userid = userid
        self._feed = feed
        self._link = link
        self._has_left = False
        # Done when the client has confirmed what it was sent before it was retired.
        self._settled: asyncio.Future[None] | None = None
        run.newest.enter(userid)

    async def take_over(self) -> LogId:
        """See NewestConnections.take_over."""
        return await self._run.newest.take_over(self._userid, self)

    def leave(self) -> None:
        """The connection is closed. Leaving twice does no harm."""
        self._has_settled()
        if not self._has_left:
            self._has_left = True
            self._run.newest.leave(self._userid, self)

    def confirm(self, entry_id: LogId) -> None:
        self.delivered_id = max(self.delivered_id, entry_id)
        if self._settled and entry_id >= self._feed.sent_id:
            self._has_settled()

    # Called when the person logs in on another connection.

    def retire(self) -> None:
        self._feed.retire()
        self._run.hub.leave(self._userid, self._feed)

    async def settle(self) -> None:
        await self._feed.finish()
        if self._settled is None:
            self._settled = self._run.loop.create_future()
            if not (self._link and self._link.ask()):
                self._has_settled()
        await asyncio.wait([self._settled])

    def _has_settled(self) -> None:
        if self._settled and not self._settled.done():
            self._settled.set_result(None)


class DeviceCursor:
    """That of the device that `hello` names, if it names one; `pace` holds rows back from it.

    It begins where the client says, or where the device has acknowledged, or at the end of the log. It
    confirms nothing for other connections of the person: a phone must not miss what the browser has.
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
            since = await self._acknowledged()
        elif since > hub.cursor:
            await hub.reach(since)  # another process may have sent it
        head = hub.cursor
        if since is None:
            self._remember(head)
            return Start(head, head)
        if since > head or self._hello.log not in (None, self._run.log_name):
            return Start(head, head, Gap(since, head))
        return Start(since, head)

    def _remember(self, head: LogId) -> None:
        """A new device may lose its connection before it acknowledges anything: the next one begins here."""
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

    async def _acknowledged(self) -> LogId | None:
        """What the device has acknowledged, if it has a name that the server knows."""
        if self._device is None:
            return None
        noted = self._run.device_cursors.noted(self._device)
        stored = await self._run.threads.read(partial(devices.acked_id, self._device))
        return stored if stored is None and not noted else max(stored or 0, noted)
