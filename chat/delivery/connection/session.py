"""One person, logged in on one connection."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from functools import partial

from django.conf import settings

from accounts.authentication.authentication import Claim, claim_asks_database
from accounts.authentication.proving import Proven
from accounts.limits import limits
from chat import access
from chat.delivery import runtime
from chat.delivery.connection.client_link import NOTHING, ClientLink, Needs
from chat.delivery.connection.feed import Backlog, Feed, Pace
from chat.delivery.connection.members import members
from chat.delivery.connection.outbox import Answer, Outbox
from chat.delivery.connection.permit import Permit
from chat.delivery.loop.logins import LoginState
from chat.delivery.runtime import Runtime
from chat.protocol import extensions
from chat.protocol.commands import QueryMembers, QueryRecords, Send
from chat.protocol.events import Event, Heartbeat
from chat.protocol.replies import Failure, Members, Records
from chat.protocol.rows import LogId
from chat.reading import gaps, history, selectors
from server.sockets import Rest

# The sessions of this process, from 1 on: see Entry.origin.
_sessions = itertools.count(1)


async def check_proof(claim: Claim) -> Proven:
    """What the proof of `claim` shows. Raises Refused if it is missing or bad, and DatabaseError."""
    if not claim_asks_database(claim):
        return access.may_claim(claim)
    run = await runtime.current()
    return await run.threads.read(partial(access.may_claim, claim))


async def check_login(claim: Claim, needs: Needs = NOTHING) -> None:
    """Raises what `open_session` raises for a person who may not log in, and changes nothing."""
    run = await runtime.current()
    check_connections(run, claim.userid, needs)
    access.may_log_in(await run.logins.ask(claim))


async def open_session(
    claim: Claim, client: ClientLink, end: Callable[[Failure], None], after: LogId
) -> "Session":
    """Log in the person who makes `claim`. The person's backlog is sent first, then live rows.

    `end(why)` is called if the person may not stay; it must not wait, and must end the session. `after`: the
    id up to which an earlier session of the person has sent rows on the same connection; these are not sent
    again. Raises Refused and DatabaseError.
    """
    run = await runtime.current()
    check_connections(run, claim.userid, client.needs)
    session = Session(run, claim, client, end)
    await session.begin(claim, after)
    return session


def check_connections(run: Runtime, userid: str, needs: Needs) -> None:
    if needs.newest_only:
        access.may_open(run.newest.open_connections(userid))
    else:
        access.may_connect(run.hub.connections_of(userid))


class Session:
    """`open_session` opens a session, `close` ends it.

    The link confirms what has reached the client. Without a link, what was sent before a heartbeat has
    reached the client if the connection survives until the next heartbeat.
    """

    # Whether the client says where to go on. Then nobody asks it what has arrived, and it is told when it has
    # caught up.
    keeps_place = False

    def __init__(
        self,
        run: Runtime,
        claim: Claim,
        client: ClientLink,
        end: Callable[[Failure], None],
        pace: Pace | None = None,
    ) -> None:
        self.userid = userid = claim.userid
        self._address = claim.address
        self._origin = next(_sessions)
        self._limits = limits.current()
        self._needs = client.needs
        self._has_entered = False
        self._has_left = False
        # Done when the client has confirmed what it was sent before it was retired.
        self._settled: asyncio.Future[None] | None = None
        self._permit = Permit(end)
        self._run = run
        self._codec = client.codec
        self._link = client.link
        self._feed = Feed(
            client._replace(link=None) if self.keeps_place else client,
            partial(_read_backlog, run, userid, client.codec.own is not None),
            lambda: run.hub.cursor,
            run.fanout.schedule,
            run.memory_budget,
            userid,
            self._origin,
            pace,
            self._caught_up if self.keeps_place else None,
        )
        self._outbox = Outbox(
            run,
            userid,
            claim.address,
            self._origin,
            self._feed,
            self._permit,
            partial(self.lacks_names, client.needs),
        )
        self._page_cursor: history.PageCursor | None = None
        self._heartbeat: asyncio.TimerHandle | None = None
        self._sent_at_last_beat = 0
        self._stalls = 0
        self._delivered_id = 0

    @staticmethod
    def lacks_names(needs: Needs, extension: str) -> bool:
        """See Outbox."""
        return needs.extensions and not extensions.is_readable(extension)

    async def begin(self, claim: Claim, after: LogId) -> None:
        """Join the hub and start the feed after the last row that was delivered, or sent on this connection.
        Raises Refused and DatabaseError."""
        noted = self._run.cursors.noted(self.userid)
        self._run.hub.standing.watch(self.userid, self._permit)
        self._run.hub.join(self.userid, self._feed, is_mirror=self._codec.own is not None)
        if self._needs.newest_only:
            self._has_entered = True
            self._run.newest.enter(self.userid)
        try:
            login = await self._load(claim)
            noted = max(noted, await self._take_over())
            # From here on nothing is waited for, so the session exists when the next change is applied.
            self._permit.complete(login.person, login.stood_at)
        except BaseException:
            self.leave()
            raise
        # A person who has just said goodbye to another process may return before the database has the cursor.
        noted = max(noted, self._run.cursors.noted(self.userid))
        self._delivered_id = max(noted, login.person.delivered_id)
        self._begin_feed(max(noted, login.complete_id, after))
        if self._link:
            self._link.follow(self)
        self._schedule_heartbeat()

    def _begin_feed(self, after: LogId) -> None:
        """`after`: what the person has received on other connections."""
        self._feed.start(after)

    def _caught_up(self, upto: LogId) -> Iterable[Event]:
        """See Feed."""
        return ()

    async def _load(self, claim: Claim) -> LoginState:
        login = access.may_log_in(await self._run.logins.ask(claim))
        await self._run.hub.load(self.userid, login.groups, login.known_at)
        return login

    async def _take_over(self) -> LogId:
        """See NewestConnections.take_over."""
        return await self._run.newest.take_over(self.userid, self) if self._needs.newest_only else 0

    @property
    def is_retired(self) -> bool:
        """Whether the person has logged in on a newer connection, which gets the messages."""
        return self._feed.is_retired

    async def renew(self, claim: Claim) -> None:
        """The person has logged in again on the same connection: what was sent so far is not sent again, nor
        confirmed. Raises Refused and DatabaseError; then the session goes on as it was."""
        self._permit.begin()
        login = access.may_log_in(await self._run.logins.ask(claim))
        self._permit.complete(login.person, login.stood_at)

    async def close(self, *, clean: bool) -> None:
        """End the session. `clean`: the client said goodbye, so what had reached it by then is stored, and
        never sent again once this returns. The session ends even if this call is cancelled."""
        arrived_id = self._arrived_id() if clean else 0
        self.leave()
        if self._link:
            self._link.unfollow()
        self.confirm(arrived_id)
        if clean:
            await self._run.cursors.write(self.userid)

    # Called by the link.

    @property
    def sent_id(self) -> LogId:
        return self._feed.sent_id

    @property
    def complete_id(self) -> LogId:
        return self._feed.complete_id

    def confirm(self, entry_id: int) -> None:
        if entry_id > self._delivered_id:
            self._delivered_id = entry_id
            self._run.cursors.note(self.userid, self._delivered_id)
        if self._settled and entry_id >= self._feed.sent_id:
            self._has_settled()

    def hush(self) -> None:
        self._feed.stop()

    def leave(self) -> None:
        """Disconnect. What was accepted is still stored. Leaving twice does no harm."""
        self._has_left = True
        self._outbox.close()
        if self._heartbeat:
            self._heartbeat.cancel()
        self._feed.stop()
        self._run.hub.leave(self.userid, self._feed)
        self._run.hub.standing.unwatch(self.userid, self._permit)
        self._has_settled()
        if self._has_entered:
            self._has_entered = False
            self._run.newest.leave(self.userid, self)

    # Called when the person logs in on another connection.

    @property
    def delivered_id(self) -> LogId:
        return self._delivered_id

    def retire(self) -> None:
        self._feed.retire()
        self._run.hub.leave(self.userid, self._feed)

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

    # Called for requests of the client.

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Handle a long text in the block: long texts of all people are handled one after another, fairly by
        person, until what they say is written and others were sent it."""
        async with self._run.long_texts.turn((self._address, self.userid)):
            yield
            await self._outbox.settle()
            await self._run.fanout.drain()

    def send(self, command: Send, base_url: str, answer: Answer) -> Rest | None:
        """Accept a message. When it is in the log, or could not be stored, `answer` is called; it must not
        wait. If the person was locked meanwhile, the session ends instead.

        Returns what has to be waited for before the connection's next command, for example while too many
        messages wait to be written; None for nothing, as is usual. This and the rest raise Refused,
        the rest also DatabaseError: then there is no answer and no message."""
        return self._outbox.send(command, base_url, answer)

    async def members(self, query: QueryMembers) -> Members:
        """The members of a group. Raises Refused and DatabaseError."""
        access.may_query_so_fast(self._limits, self._address, self.userid)
        return await self._run.threads.read_page(
            self.userid, partial(members, self.userid, query.group, query.after)
        )

    async def records(self, query: QueryRecords) -> Records:
        """A page of history. It includes what this connection has sent so far. Raises Refused and
        DatabaseError."""
        access.may_query_so_fast(self._limits, self._address, self.userid)
        await self._outbox.settle()
        found, self._page_cursor = await self._run.threads.read_page(
            self.userid,
            partial(history.page, self.userid, query, self._page_cursor, self._codec.count_fitting),
        )
        return found

    def _schedule_heartbeat(self) -> None:
        self._heartbeat = self._run.loop.call_later(settings.IM66.heartbeat_seconds, self._beat)

    def _arrived_id(self) -> LogId:
        """What had reached the client when it closed the connection as a goodbye. If it used a command
        instead, what has reached it now."""
        if self._link is None:
            return self._feed.complete_id
        noticed = self._link.goodbye_id
        return self._link.arrived_id() if noticed is None else noticed

    def _beat(self) -> None:
        if self._link is None:
            self._take_for_delivered()
        self._feed.offer_aside(Heartbeat(int(time.time())))
        self._schedule_heartbeat()

    def _take_for_delivered(self) -> None:
        """The connection has survived until this heartbeat, so what was sent before the last one has arrived.
        This is not certain if the process stalled meanwhile."""
        stalls = self._run.stalls.count()
        if stalls == self._stalls:
            self.confirm(self._sent_at_last_beat)
        self._stalls = stalls
        self._sent_at_last_beat = self._feed.sent_id


# Not a method: a session that refers to itself is left to the garbage collector, which stops the whole
# process.
async def _read_backlog(
    run: Runtime, userid: str, is_mirror: bool, after: LogId, upto: LogId, limit: int
) -> Backlog:
    read: Callable[..., Backlog] = gaps.mirrored_backlog if is_mirror else selectors.backlog
    return await run.threads.read_page(userid, partial(read, userid, after, upto, limit))
