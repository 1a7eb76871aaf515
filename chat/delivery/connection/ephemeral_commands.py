"""What a device tells and asks that is no message: that its person types or has read, and who is online."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from accounts.limits import limits
from chat import access, failures
from chat.delivery.cluster.messages import Reading
from chat.delivery.connection.client_link import Author
from chat.delivery.connection.feed import Feed
from chat.delivery.connection.permit import Permit
from chat.delivery.runtime import Runtime
from chat.protocol.bounds import size
from chat.protocol.commands import Grow, MarkRead, Type, WatchPresence
from chat.protocol.events import ConversationChange, Typing
from chat.protocol.replies import Done, Online, Unread
from chat.reading import conversations
from chat.services.own_list import Marked, mark_read
from log.reach import Refusal, offline_for, why_not_write
from log.rows import Recipient

T = TypeVar("T")

# To watch so many people more counts as one query more: a query of 200 takes many times as long.
PEOPLE_PER_QUERY = 10


class EphemeralCommands:
    """For the session of `author` with this feed and this permit."""

    def __init__(self, run: Runtime, author: Author, feed: Feed, permit: Permit) -> None:
        self._run = run
        self._userid = author.userid
        self._feed = feed
        self._permit = permit
        self._may_grow = partial(access.may_grow_so_fast, limits.current(), author.address, author.userid)
        self._may_ask = partial(access.may_query_so_fast, limits.current(), author.address, author.userid)
        self._has_left = False

    async def do(self, command: MarkRead | Type | Grow | WatchPresence) -> Done | Online | Unread:
        """Raises CommandRefused and DatabaseError."""
        match command:
            case MarkRead(to, upto):
                return await self._mark_read(to, upto)
            case Type(to):
                return await self._type(to)
            case Grow():
                return await self._grow(command)
            case WatchPresence(users):
                return await self._watch(users)

    def leave(self) -> None:
        """Watch nobody any more. Leaving twice does no harm."""
        self._has_left = True
        self._run.online.unwatch(self._feed)

    async def _mark_read(self, to: Recipient, upto: int) -> Unread:
        self._may_ask()
        marked, is_shared = await self._run.threads.mark(partial(_mark_read, self._userid, to, upto))
        if marked.has_risen:
            self._run.ephemeral_events.tell(Reading(self._userid, to, marked.upto, is_shared), self._feed)
        if marked.is_unmarked:
            self._run.ephemeral_events.tell(ConversationChange(self._userid, to, "marked_unread", False))
        return Unread(marked.unread)

    async def _type(self, to: Recipient) -> Done:
        self._permit.may_send()
        if self._run.ephemeral_events.may_type(self._userid, to) and await self._is_told(to):
            self._run.ephemeral_events.tell(Typing(self._userid, to))
        return Done()

    async def _grow(self, command: Grow) -> Done:
        self._permit.may_send()
        self._may_grow(size(command.content))
        growing = self._run.growing
        is_checked = not growing.is_allowed(self._userid, command)
        if is_checked:
            try:
                await self._ask(partial(access.may_grow, self._userid, command.to))
            except failures.CommandRefused:
                growing.finish(self._userid, command.cid)
                raise
            self._permit.may_send()
        growing.grow(self._userid, command, is_checked=is_checked)
        return Done()

    async def _is_told(self, to: Recipient) -> bool:
        """Whether somebody may be told that the person writes there. Raises CommandRefused if the person may
        not send there. To somebody who is hidden from the person, it is as to nobody."""
        if isinstance(to, int):
            if not self._run.hub.may_write(self._userid, to):
                # The notice that the person has joined may not have reached this process yet.
                await self._ask(partial(access.may_send_to_group, self._userid, to))
        elif not self._run.writer.knows((self._userid, to)):
            why = await self._ask(partial(why_not_write, self._userid, to))
            if why not in (None, Refusal.HIDDEN):
                raise failures.CommandRefused.because(failures.UNREACHED[why])
            return why is None
        return True

    async def _ask(self, question: Callable[[], T]) -> T:
        self._may_ask()
        return await self._run.threads.ask(self._userid, question)

    async def _watch(self, userids: tuple[str, ...]) -> Online:
        self._may_ask(1 + len(userids) // PEOPLE_PER_QUERY)
        changes = self._run.watch_rights.changes
        offline = await self._read_offline(userids)
        if self._has_left:
            return Online(())
        if changes != self._run.watch_rights.changes:
            self._run.watch_rights.doubt(self._userid)
        seen = [userid for userid in userids if userid not in offline]
        return Online(self._run.online.watch(self._userid, self._feed, seen))

    async def _read_offline(self, userids: tuple[str, ...]) -> set[str]:
        """Those of them who look offline to the person, also if it has just begun."""
        blocks = -1
        while blocks != self._run.online.blocks:
            blocks = self._run.online.blocks
            offline = await self._run.threads.ask(self._userid, partial(offline_for, self._userid, userids))
        return offline


def _mark_read(userid: str, to: Recipient, upto: int) -> tuple[Marked, bool]:
    """The mark, and whether the other person is told of it."""
    marked = mark_read(userid, to, upto)
    return marked, marked.has_risen and conversations.are_told(userid, to, marked.upto)
