"""The session of a person who is logged in on one connection."""

import itertools
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

from django.conf import settings

from accounts.authentication.authentication import Claim
from chat import access
from chat.delivery import runtime
from chat.delivery.connection.backlog import AckPace, Page
from chat.delivery.connection.client_link import Author, ClientLink
from chat.delivery.connection.commands import SessionCommands
from chat.delivery.connection.cursor import Cursor, DeviceCursor, EndPrevious, Start, UserCursor
from chat.delivery.connection.feed import Feed, FeedSource
from chat.delivery.connection.outbox import Answer, AnswerAmended, Outbox
from chat.delivery.connection.permit import Permit
from chat.delivery.runtime import Runtime
from chat.protocol.commands import Amend, Command, Hello, Send
from chat.protocol.events import Heartbeat
from chat.protocol.kinds import RESPONDING
from chat.protocol.replies import Failure, Me, Result, Welcome
from chat.reading import results, selectors
from chat.reading.login_reads import LoginState
from log.rows import LogId
from server.sockets import Rest

# Numbers the sessions of this process from 1 on: see Entry.origin.
_session_numbers = itertools.count(1)


async def open_session(
    claim: Claim,
    client: ClientLink,
    end: Callable[[Failure], None],
    end_previous: EndPrevious,
    hello: Hello | None = None,
) -> "Session":
    """Log in the person of `claim`, and return the session. Nothing is sent before `Session.start`.

    `end(reason)` is called if the person may not stay logged in; it must end the session, and must not wait.
    `end_previous()` is called once the person may log in; it ends the connection's previous session, and
    returns the id up to which earlier sessions of the person have sent rows on the connection; these are not
    sent again. `hello`: given if the client has a position of its own, for itself or for the device it names.

    Raises CommandRefused and DatabaseError. Then the previous session continues.
    """
    run = await runtime.current()
    if client.needs.newest_only:
        access.may_open(run.newest.open_connections(claim.userid))
    else:
        access.may_connect(run.hub.connection_count(claim.userid))
    session = Session(run, claim, client, hello, end)
    await session.begin(claim, end_previous)
    return session


# The features that a client can rely on: commands, and parts of the HTTP API.
FEATURES = (
    "edit",
    "recall",
    "react",
    "reply",
    "read",
    "ack",
    "typing",
    "presence",
    "lists",
    "mentions",
    "forward",
    "files",
    "locations",
    "pins",
    "readers",
    "contacts",
    "custom",
    "cards",
    "hide",
    "silent",
    "unhide",
    "stars",
    "stickers",
    "grow",
    *(name for kind in RESPONDING.values() for name in (kind.command, kind.closing)),
)


class Session:
    """A session: `open_session` opens it, `start` begins to send, `close` ends it."""

    def __init__(
        self,
        run: Runtime,
        claim: Claim,
        client: ClientLink,
        hello: Hello | None,
        end: Callable[[Failure], None],
    ) -> None:
        self.userid = claim.userid
        self.has_started = False
        self._author = Author(claim.userid, claim.address, next(_session_numbers))
        self._has_left = False
        self._permit = Permit(end)
        self._run = run
        self._client = client
        self._link = client.link
        self._feed, self._cursor = _feed_and_cursor(run, self._author, client, hello)
        self._outbox = Outbox(run, self._author, self._feed, self._permit, client)
        self._commands: SessionCommands | None = None
        self._start = Start(0, 0)
        self._sent_at_last_beat = 0
        self._stalls = 0

    async def begin(self, claim: Claim, end_previous: EndPrevious) -> None:
        """Join the hub and find the position to begin at. Raises CommandRefused and DatabaseError."""
        self._run.hub.account_status.watch(self.userid, self._permit)
        self._run.hub.join(self.userid, self._feed, is_mirror=self._client.codec.own is not None)
        try:
            login = await self._load(claim)
            self._start = await self._cursor.resume(login, end_previous)
            # There is no await from here on, so the session exists when the next change is applied.
            self._permit.complete(login.person, login.stood_at)
        except BaseException:
            self.leave()
            raise
        if self._link:
            self._link.follow(self, self._cursor.confirm)
        self._run.heartbeats.add(self._beat)

    async def _load(self, claim: Claim) -> LoginState:
        login = access.may_log_in(await self._run.logins.load(claim))
        await self._run.hub.load(self.userid, login.groups, login.known_at)
        if self._client.codec.own:
            self._run.ephemeral_events.resend_recent(self.userid, login.groups, self._feed)
        return login

    async def welcome(self) -> Welcome:
        """Return the answer to Hello. Raises DatabaseError."""
        named = await self._run.names.name_of_person(self.userid)
        ours = settings.IM66
        limits = {
            "frame": ours.max_frame_bytes,
            "text": ours.max_text_bytes,
            "extension": ours.max_extension_bytes,
            "recall": ours.recall_seconds,
            "file": ours.max_file_bytes,
        }
        user = Me(self.userid, named.name, named.picture, named.is_bot)
        return Welcome(user, self._run.log_name, self._start.head, ours.heartbeat_seconds, limits, FEATURES)

    async def start(self) -> None:
        """Start to send the person's backlog, and then live rows. Raises ConnectionGone."""
        self.has_started = True
        gap = self._start.gap
        if gap and (text := self._client.codec.encode(gap)):
            await self._client.send(text)
        if not self._has_left:
            self._feed.start(self._start.after)

    @property
    def is_retired(self) -> bool:
        """Whether the person has logged in on a newer connection, which gets the messages."""
        return self._feed.is_retired

    async def renew(self, claim: Claim) -> None:
        """Renew the session by another login of the person on the same connection. Rows that were sent before
        are neither sent again nor confirmed. Raises CommandRefused and DatabaseError; then the session
        continues as it was."""
        self._permit.begin()
        login = access.may_log_in(await self._run.logins.load(claim))
        self._permit.complete(login.person, login.stood_at)

    async def close(self, *, clean: bool) -> None:
        """End the session. `clean`: the client said goodbye, so its cursor is stored, and the rows that have
        arrived are never sent again. The session ends even if this call is cancelled."""
        store = self._cursor.close(clean=clean)
        self.leave()
        if self._link:
            self._link.unfollow()
        if store:
            await store()

    # Called by the link; see server.link.Followed.

    @property
    def sent_id(self) -> LogId:
        return self._feed.sent_id

    @property
    def complete_id(self) -> LogId:
        return self._feed.complete_id

    def stop_sending(self) -> None:
        self._feed.stop()

    def leave(self) -> None:
        """Leave the hub and stop sending. Accepted messages are still stored. Idempotent."""
        self._has_left = True
        self._outbox.close()
        self._run.heartbeats.remove(self._beat)
        self._feed.stop()
        self._run.hub.leave(self.userid, self._feed)
        self._run.hub.account_status.unwatch(self.userid, self._permit)
        if self._cursor.handover:
            self._cursor.handover.leave()
        if self._commands:
            self._commands.leave()

    # Called for requests of the client.

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn to handle a long text, and hold it in the block and until the text is written and
        delivered. Long texts of all people are handled one after another, fairly by person."""
        async with self._run.long_texts.turn((self._author.address, self.userid)):
            yield
            await self._outbox.settle()
            await self._run.fanout.drain()

    def send(self, command: Send, answer: Answer) -> Rest | None:
        """Accept a message. When it is in the log, or could not be stored, `answer` is called; it must not
        wait. If the person was banned meanwhile, the session ends instead.

        Return a callable that must be awaited before the connection's next command, for example while too
        many messages wait to be written; usually None. Both raise CommandRefused, the callable also
        DatabaseError: then nothing is stored, and `answer` is not called."""
        if self._run.growing.answers and command.cid is not None:
            self._run.growing.note_sent(self.userid, command.cid)
        return self._outbox.send(command, self._client.base_url, answer)

    async def do(self, command: Command, answer: AnswerAmended) -> Result | None:
        """Handle any other command, and return the result; None if `answer` is called with it later, as that
        of `send`. Raises CommandRefused and DatabaseError."""
        if isinstance(command, Amend):
            await self._outbox.amend(command, answer)
            return None
        if self._commands is None:
            # Most sessions need none.
            self._commands = SessionCommands(
                self._run, self._client, self._author, self._feed, self._cursor, self._permit, self._outbox
            )
            if self._has_left:
                self._commands.leave()
        return await self._commands.do(command)

    def _beat(self) -> None:
        if self._link is None and (confirm := self._cursor.confirm):
            self._confirm_by_heartbeat(confirm)
        self._feed.offer_out_of_band(Heartbeat(int(time.time())))

    def _confirm_by_heartbeat(self, confirm: Callable[[LogId], None]) -> None:
        """Confirm what was sent before the last heartbeat: the connection has survived until this one, so it
        has arrived. If the process stalled meanwhile, that is not certain, and nothing is confirmed."""
        stalls = self._run.stalls.count()
        if stalls == self._stalls:
            confirm(self._sent_at_last_beat)
        self._stalls = stalls
        self._sent_at_last_beat = self._feed.sent_id


def _feed_and_cursor(
    run: Runtime, author: Author, client: ClientLink, hello: Hello | None
) -> tuple[Feed, Cursor]:
    """Make the feed and the cursor of a session. With `hello`, the client has a position of its own and
    acknowledges rows itself, so the link does not ask it after each row."""
    source = FeedSource(
        partial(_read_backlog, run, author.userid, client.codec.own is not None),
        run.hub.read_cursor,
        run.fanout.schedule,
        run.memory_budget,
    )
    if hello is None:
        feed = Feed(client, source, author, client.link.sent if client.link else None)
        newest_only = client.needs.newest_only
        return feed, UserCursor(run, author.userid, feed, client.link, newest_only=newest_only)
    # A device without a name cannot acknowledge rows, so no rows are held back from it.
    pace = AckPace() if hello.device else None
    feed = Feed(client, source, author, None, pace, sends_caught_up=True)
    return feed, DeviceCursor(run, author.userid, feed, hello, pace)


# Not a method: a session that refers to itself is left to the garbage collector, which stops the whole
# process.
async def _read_backlog(
    run: Runtime, userid: str, is_mirror: bool, after: LogId, upto: LogId, limit: int
) -> Page:
    read: Callable[..., Page] = results.mirrored_backlog if is_mirror else selectors.backlog
    return await run.threads.read_page(userid, partial(read, userid, after, upto, limit))
