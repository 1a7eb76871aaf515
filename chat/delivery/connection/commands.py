"""The handlers of all commands of a logged-in person except sending and amending messages."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, NamedTuple, TypeVar

from accounts.codes import Cause, Name
from accounts.limits import limits
from chat import access
from chat.delivery.cluster.messages import Reading
from chat.delivery.connection.client_link import Author, ClientLink
from chat.delivery.connection.cursor import Cursor
from chat.delivery.connection.feed import Feed
from chat.delivery.connection.outbox import Outbox
from chat.delivery.connection.permit import Permit
from chat.delivery.runtime import Runtime
from chat.failures import CommandRefused
from chat.protocol.bounds import size
from chat.protocol.commands import (
    Acknowledge,
    Command,
    Forward,
    Grow,
    MarkRead,
    Ping,
    Press,
    QueryMembers,
    QueryRecords,
    Type,
    WatchPresence,
)
from chat.protocol.events import ConversationChange, Typing
from chat.protocol.replies import Done, Member, Members, Records, Result, ToForward, ToPresence, ToRead
from chat.reading import conversations, history
from chat.services import cards
from chat.services.own_list import ReadMarkResult, mark_read
from groups.selectors import get_group, last_membership_id, members_of
from log.reach import offline_for, write_refusal
from log.rows import Recipient

T = TypeVar("T")

# Watching each further so many people counts as another query, because a query for 200 takes much longer.
PEOPLE_PER_QUERY = 10


class SessionCommands:
    """Handles the commands of the session of `author` on `client`; the other arguments are its parts."""

    __slots__ = (
        "_author",
        "_client",
        "_cursor",
        "_feed",
        "_has_left",
        "_limits",
        "_outbox",
        "_page_cursor",
        "_permit",
        "_run",
        "_userid",
    )

    def __init__(
        self,
        run: Runtime,
        client: ClientLink,
        author: Author,
        feed: Feed,
        cursor: Cursor,
        permit: Permit,
        outbox: Outbox,
    ) -> None:
        self._run = run
        self._client = client
        self._author = author
        self._userid = author.userid
        self._feed = feed
        self._cursor = cursor
        self._permit = permit
        self._outbox = outbox
        self._limits = limits.current()
        self._page_cursor: history.PageCursor | None = None
        self._has_left = False

    async def do(self, command: Command) -> Result:
        """Handle `command` and return the result. Raises CommandRefused and DatabaseError."""
        handler = _HANDLERS[type(command)]
        if handler.is_query:
            await self._client.socket.wait_until_writable()
        return await handler.handle(self, command)

    def leave(self) -> None:
        """Stop watching the presence of others, also for later commands. Idempotent."""
        self._has_left = True
        self._run.online.unwatch(self._feed)

    async def _members(self, query: QueryMembers) -> Members:
        self._may_query()
        return await self._run.threads.read_page(
            self._userid, partial(members, self._userid, query.group, query.after)
        )

    async def _records(self, query: QueryRecords) -> Records:
        """Return a page of the history, including everything that this connection has sent so far."""
        self._may_query()
        await self._outbox.settle()
        count_fitting = self._client.codec.count_fitting
        page = partial(history.page, self._userid, query, self._page_cursor, count_fitting)
        records, self._page_cursor = await self._run.threads.read_page(self._userid, page)
        return records

    async def _forward(self, command: Forward) -> ToForward:
        return await self._outbox.forward(command, self._client.base_url)

    async def _press(self, command: Press) -> Done:
        self._permit.may_send()
        await self._outbox.settle()
        await self._run.threads.mark(partial(cards.press_button, self._userid, command, self._author.address))
        return Done()

    async def _acknowledge(self, command: Acknowledge) -> Done:
        self._cursor.acknowledge(command.upto)
        return Done()

    async def _ping(self, command: Ping) -> Done:
        return Done()

    async def _mark_read(self, command: MarkRead) -> ToRead:
        self._may_query()
        to = command.to
        marked, is_shared = await self._run.threads.mark(partial(_mark_read, self._userid, to, command.upto))
        if marked.has_risen:
            self._run.ephemeral_events.notify(Reading(self._userid, to, marked.upto, is_shared), self._feed)
        if marked.is_unmarked:
            self._run.ephemeral_events.notify(ConversationChange(self._userid, to, "marked_unread", False))
        return ToRead(marked.unread)

    async def _type(self, command: Type) -> Done:
        self._permit.may_send()
        to = command.to
        if self._run.ephemeral_events.take_typing_turn(self._userid, to) and await self._may_notify(to):
            self._run.ephemeral_events.notify(Typing(self._userid, to))
        return Done()

    async def _grow(self, command: Grow) -> Done:
        self._permit.may_send()
        access.may_grow_so_fast(self._limits, self._author.address, self._userid, size(command.content))
        growing = self._run.growing
        is_checked = not growing.was_allowed_recently(self._userid, command)
        if is_checked:
            try:
                await self._query(partial(access.may_grow, self._userid, command.to))
            except CommandRefused:
                growing.abort(self._userid, command.cid)
                raise
            self._permit.may_send()
        growing.grow(self._userid, command, is_checked=is_checked)
        return Done()

    async def _may_notify(self, to: Recipient) -> bool:
        """Return whether anybody may be notified that the person types in this conversation; False if the
        recipient is hidden from the person. Raises CommandRefused if the person may not send there."""
        if isinstance(to, int):
            if not self._run.hub.may_write(self._userid, to):
                # The notice that the person has joined may not have reached this process yet.
                await self._query(partial(access.may_send_to_group, self._userid, to))
        elif not self._run.writer.knows((self._userid, to)):
            cause = await self._query(partial(write_refusal, self._userid, to))
            if cause not in (None, Cause.NO_SUCH_USER):
                raise CommandRefused.by(cause)
            return cause is None
        return True

    async def _watch_presence(self, command: WatchPresence) -> ToPresence:
        self._may_query(1 + len(command.users) // PEOPLE_PER_QUERY)
        changes = self._run.watch_rights.changes
        offline = await self._read_offline(command.users)
        if self._has_left:
            return ToPresence(())
        if changes != self._run.watch_rights.changes:
            self._run.watch_rights.recheck_soon(self._userid)
        visible = [userid for userid in command.users if userid not in offline]
        return ToPresence(self._run.online.watch(self._userid, self._feed, visible))

    async def _read_offline(self, userids: tuple[str, ...]) -> set[str]:
        """Return those of `userids` who look offline to the person. Read again if somebody was blocked
        meanwhile."""
        read = partial(offline_for, self._userid, userids)
        blocks = -1
        while blocks != self._run.online.blocks:
            blocks = self._run.online.blocks
            offline = await self._run.threads.read_in_turn(self._userid, read)
        return offline

    async def _query(self, read: Callable[[], T]) -> T:
        self._may_query()
        return await self._run.threads.read_in_turn(self._userid, read)

    def _may_query(self, count: int = 1) -> None:
        access.may_query_so_fast(self._limits, self._author.address, self._userid, count)


class _Handler(NamedTuple):
    """`is_query`: the command does not begin before the client takes data, because its result may be large.
    `charge`: the charge of the socket for a command that no rate limit counts. It still allows more
    acknowledgements, pings and typing than any client needs."""

    handle: Callable[[SessionCommands, Any], Awaitable[Result]]
    is_query: bool = False
    charge: int = 0


_HANDLERS: dict[type[Command], _Handler] = {
    QueryMembers: _Handler(SessionCommands._members, is_query=True),
    QueryRecords: _Handler(SessionCommands._records, is_query=True),
    Forward: _Handler(SessionCommands._forward, is_query=True),
    Press: _Handler(SessionCommands._press, is_query=True),
    MarkRead: _Handler(SessionCommands._mark_read),
    Acknowledge: _Handler(SessionCommands._acknowledge, charge=1),
    Type: _Handler(SessionCommands._type, charge=10),
    Grow: _Handler(SessionCommands._grow),
    WatchPresence: _Handler(SessionCommands._watch_presence),
    Ping: _Handler(SessionCommands._ping, charge=10),
}


def charge_of(command: Command) -> int:
    """Return the charge of the command; see _Handler."""
    handler = _HANDLERS.get(type(command))
    return handler.charge if handler else 0


def members(userid: str, group_id: int, after: str | None = None) -> Members:
    """Return the members of the group. `userid`, the caller, must be one. With `after`, return only those who
    joined after that person, who may have left since. Raises CommandRefused."""
    access.may_read_members(userid, group_id)
    since = 0 if after is None else _joined_at(group_id, after)
    rows = members_of([get_group(group_id)], since)[group_id]
    return Members(group_id, [Member(row.userid, row.called, row.avatar, row.role) for row in rows])


def _joined_at(group_id: int, userid: str) -> int:
    joined_at = last_membership_id(group_id, userid)
    if joined_at is None:
        raise CommandRefused(Name.NOT_FOUND, "no such member")
    return joined_at


def _mark_read(userid: str, to: Recipient, upto: int) -> tuple[ReadMarkResult, bool]:
    """Store the read mark. Return it, and whether the other person is notified of it."""
    marked = mark_read(userid, to, upto)
    return marked, marked.has_risen and conversations.sends_receipts(userid, to, marked.upto)
