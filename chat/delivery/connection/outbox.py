"""What one session sends, on its way into the log."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from django.db import Error as AnyDatabaseError

from accounts import texts
from accounts.access import Forbidden
from accounts.authentication.authentication import AccountBanned
from accounts.limits import limits
from accounts.limits.limits import TooFast
from accounts.services import desk_userids
from accounts.texts import Subject
from chat import access, failures
from chat.delivery.connection.client_link import Author, ClientLink
from chat.delivery.connection.feed import Feed
from chat.delivery.connection.permit import Permit
from chat.delivery.loop.writer import Outcome
from chat.delivery.runtime import Runtime
from chat.failures import CommandRefused
from chat.protocol import extensions
from chat.protocol.bounds import size
from chat.protocol.commands import Amend, Forward, Send
from chat.protocol.replies import Accepted, Amended, Failure, ToForward
from chat.services import amending, checking, forwarding, screening, sending
from chat.services.amending import Aim
from log import appending
from log.appending import Draft
from log.details import EVERYBODY, with_mentions
from log.rejections import Reason, Rejection
from log.rows import EDIT, HELD, REACTION, LogId, Recipient
from log.stored_rows import OFF
from server.sockets import Rest
from uploads.calls import FILE

T = TypeVar("T")

MESSAGES, BYTES = 64, 256 * 1024


class Window:
    """So many messages, and so many bytes of them: whoever writes long texts as fast as they are taken must
    not fill the batches for which everybody waits. One message always has room, however long it is.

    `enter` before a message is put, or `enter_now` if that returns True; `leave` when it is written or
    refused.
    """

    __slots__ = ("_bytes", "_leaving", "_messages")

    def __init__(self) -> None:
        self._messages = self._bytes = 0
        # Exists while a message waits to enter.
        self._leaving: asyncio.Future[None] | None = None

    async def enter(self, size: int) -> None:
        """Wait until a message of `size` bytes has room. If this is cancelled, it is not inside. Raises
        RuntimeError if another one waits already."""
        if self._leaving:
            raise RuntimeError("The messages of a connection enter one after the other.")
        while not self.enter_now(size):
            self._leaving = asyncio.get_running_loop().create_future()
            try:
                await self._leaving
            finally:
                self._leaving = None

    def enter_now(self, size: int) -> bool:
        """Whether a message of `size` bytes has room; then it is inside."""
        if self._messages and (self._messages >= MESSAGES or self._bytes + size > BYTES):
            return False
        self._messages += 1
        self._bytes += size
        return True

    def leave(self, size: int) -> None:
        """A message of `size` bytes is not on its way any more."""
        self._messages -= 1
        self._bytes -= size
        if self._leaving and not self._leaving.done():
            self._leaving.set_result(None)


Answer = Callable[[Accepted | Failure], None]
AnswerAmended = Callable[[Amended | Failure], None]


class Outbox:
    """The messages and amendments that a person sends on one connection.

    `feed`: what the connection is sent. `permit`: what the person may do.
    """

    def __init__(self, run: Runtime, author: Author, feed: Feed, permit: Permit, client: ClientLink) -> None:
        self._run = run
        self._userid, self._address, self._origin = author
        self._feed = feed
        self._permit = permit
        self._leave_turn = client.leave_turn
        self._lacks_names = client.needs.lacks_names
        self._fills_empty = self._lacks_names("")
        self._limits = limits.current()
        # Not asked of the settings for each message: they take longer than all other checks.
        self._desks = desk_userids()
        self._window = Window()
        self._last: asyncio.Future[Outcome] | None = None
        self._is_closed = False

    def send(self, command: Send, base_url: str, answer: Answer) -> Rest | None:
        """See Session.send."""
        bytes_ = self._check(command.content, command.extension, *command.mentions)
        if sending.needs_lookup(command):
            return partial(self._look_up_and_send, command, bytes_, base_url, answer)
        return self._send(command, bytes_, base_url, answer)

    async def _look_up_and_send(self, command: Send, bytes_: int, base_url: str, answer: Answer) -> None:
        look_up = partial(sending.looked_up, self._userid, command)
        # A file is marked as used.
        command = await (self._run.threads.mark(look_up) if command.kind == FILE else self._ask(look_up))
        if rest := self._send(command, bytes_, base_url, answer):
            await rest()

    async def amend(self, command: Amend, answer: AnswerAmended) -> None:
        """Like `send`, for an amendment."""
        bytes_ = self._check(command.content, *command.mentions)
        # Who gives a reaction, takes it back and gives it again at once has not given it before.
        await self.settle()
        aim = await self._run.threads.read_page(self._userid, partial(amending.aim, self._userid, command))
        if isinstance(aim, Amended):
            answer(aim)
            return
        if EVERYBODY in command.mentions:
            await self._ask(partial(access.may_mention_all, self._userid, aim.to))
        content = command.content
        # A reaction may be any short text.
        if command.kind in (EDIT, REACTION):
            content = await screening.edited(self._userid, aim.to, content)
        if command.kind == EDIT and texts.asks(Subject.EDIT):
            await self._leave_turn()
            content = await checking.edited(self._userid, aim.to, aim.target, content)
        changed = None if content is command.content else content
        draft = self._amendment(command, aim, content)
        if aim.is_held:
            amended = await self._run.threads.write(partial(amending.amend_held, draft))
            answer(amended._replace(content=changed))
            return
        if rest := self._put(draft, bytes_, None, partial(_answer_amended, answer, changed)):
            await rest()

    async def forward(self, command: Forward, base_url: str) -> ToForward:
        """See Session.forward."""
        # Each try costs reads, also one that is refused.
        access.may_query_so_fast(self._limits, self._address, self._userid)
        self._permit.may_send()
        await self.settle()
        threads = self._run.threads
        prepare = partial(forwarding.prepare, self._userid, command, self._address, base_url)
        try:
            prepared = await threads.read_page(self._userid, prepare)
            if isinstance(prepared, tuple):
                return ToForward(prepared)
            prepared = await checking.each_decided(prepared)
            self._permit.may_send()
            return ToForward(await threads.write(partial(forwarding.store, prepared)))
        except (Forbidden, TooFast) as error:
            raise CommandRefused.because(failures.failure_of(error)) from None
        except AccountBanned:
            self._lock()
            raise CommandRefused.because(failures.BANNED) from None
        except appending.NoSpace:
            raise CommandRefused.because(failures.failure_of(Rejection(Reason.NO_SPACE))) from None

    def _amendment(self, command: Amend, aim: Aim, content: str) -> Draft:
        return Draft(
            command.kind,
            self._userid,
            aim.to,
            content,
            "" if command.is_on else OFF,
            self._address,
            aim.target,
            origin=self._origin,
            details=with_mentions("", command.mentions),
        )

    def _send(self, command: Send, bytes_: int, base_url: str, answer: Answer) -> Rest | None:
        access.may_write_to(command.to, self._desks)
        if screening.takes_long(command):
            return partial(self._screen_and_put, command, bytes_, base_url, answer)
        stored = screening.stored_as(self._userid, command)
        return self._put_as(*stored, command, bytes_, base_url, answer)

    async def _screen_and_put(self, command: Send, bytes_: int, base_url: str, answer: Answer) -> None:
        stored = await screening.stored_in_turns(self._userid, command)
        if rest := self._put_as(*stored, command, bytes_, base_url, answer):
            await rest()

    def _put_as(
        self, kind: str, content: str, command: Send, bytes_: int, base_url: str, answer: Answer
    ) -> Rest | None:
        """`kind`, `content`: what is stored of the command."""
        extension = self._extension_now(command, bytes_, base_url)
        draft = Draft(
            kind,
            self._userid,
            command.to,
            content,
            command.extension if extension is None else extension,
            self._address,
            command.reply,
            command.cid,
            self._origin,
            with_mentions(command.details, command.mentions) if command.mentions else command.details,
            command.kind if kind == HELD else "",
            command.sources,
        )
        if checking.asks_about(kind):
            given, is_wanting = command.content, extension is None
            return partial(self._ask_and_put, draft, given, bytes_, base_url, answer, is_wanting=is_wanting)
        if content is not command.content:
            answer = partial(_answer_with, content, answer)
        if extension is None or not self._is_known_to_write(command.to):
            return partial(
                self._look_up_and_put, draft, bytes_, base_url, answer, is_wanting=extension is None
            )
        return self._put(draft, bytes_, self._run.hub.cursor, answer)

    def _check(self, *texts: str) -> int:
        """How many bytes these are, which the person sends now. Raises CommandRefused if they may not."""
        self._permit.may_send()
        bytes_ = sum(map(size, texts))
        access.may_send_so_fast(self._limits, self._address, self._userid, bytes_)
        return bytes_

    def _put(self, draft: Draft, weight: int, known_at: LogId | None, answer: Answer) -> Rest | None:
        """Have the draft written. `weight`: how many bytes the client sent for it. `known_at`: see
        Writer.put. Returns what has to be waited for, as `send` does. Raises CommandRefused."""
        self._permit.may_send()  # it may have changed while something was waited for
        writer = self._run.writer
        if not (writer.has_room and self._window.enter_now(weight)):
            return partial(self._put_later, draft, weight, known_at, answer)
        self._await(writer.put_now(draft, known_at), weight, answer)
        return None

    async def settle(self) -> None:
        """Return when everything that was sent is written or refused."""
        if self._last and not self._last.done():
            await asyncio.wait([self._last])

    def close(self) -> None:
        """The session has left. What was accepted is still stored."""
        self._is_closed = True

    async def _ask_and_put(
        self, draft: Draft, given: str, bytes_: int, base_url: str, answer: Answer, *, is_wanting: bool
    ) -> None:
        """Ask the checker about what the rules allow. `given`: what the client sent."""
        await self._leave_turn()
        await self._ask(partial(access.may_send_to, self._userid, draft.to))
        earlier = None
        if draft.cid is not None:
            earlier = await self._ask(partial(checking.earlier, draft))
        draft = earlier or await checking.decided(draft)
        if draft.content is not given:
            answer = partial(_answer_with, draft.content, answer)
        await self._look_up_and_put(draft, bytes_, base_url, answer, is_wanting=is_wanting)

    async def _look_up_and_put(
        self, draft: Draft, weight: int, base_url: str, answer: Answer, *, is_wanting: bool
    ) -> None:
        """`is_wanting`: the draft has no extension yet that the apps can read."""
        known_at = await self._known_at(draft.to)
        if is_wanting:
            draft = draft._replace(extension=await self._filled(draft, base_url))
        if rest := self._put(draft, weight, known_at, answer):
            await rest()

    async def _put_later(self, draft: Draft, weight: int, known_at: LogId | None, answer: Answer) -> None:
        await self._window.enter(weight)
        try:
            written = await self._run.writer.put(draft, known_at, self._permit.may_send)
        except BaseException:
            self._window.leave(weight)
            raise
        self._await(written, weight, answer)

    def _await(self, written: "asyncio.Future[Outcome]", weight: int, answer: Answer) -> None:
        self._last = written
        self._feed.put(written)
        written.add_done_callback(partial(self._written, weight, answer))

    def _extension_now(self, command: Send, bytes_: int, base_url: str) -> str | None:
        """The extension to store with the message; None if names must be read for it."""
        given = command.extension
        if not given and self._fills_empty and extensions.leaves_room(bytes_):
            return self._run.names.extension(self._userid, command.to, base_url)
        return None if given and self._lacks_names(given) and extensions.leaves_room(bytes_) else given

    async def _filled(self, draft: Draft, base_url: str) -> str:
        try:
            naming = await self._run.names.naming(self._userid, draft.to, base_url)
        except AnyDatabaseError:
            return draft.extension  # the dialect writes one without names
        return extensions.filled(draft.extension, naming)

    async def _known_at(self, to: Recipient) -> LogId | None:
        """See Writer.put. Raises CommandRefused and DatabaseError."""
        if self._is_known_to_write(to):
            return self._run.hub.cursor
        assert isinstance(to, int)
        # The notice that the person has joined may not have reached this process yet. And who may write in a
        # group with restrictions, the log decides.
        await self._ask(partial(access.may_send_to_group, self._userid, to))
        return None

    async def _ask(self, question: Callable[[], T]) -> T:
        """What the database knows, when it is the person's turn. Raises what `question` raises."""
        return await self._run.threads.ask(self._userid, question)

    def _is_known_to_write(self, to: Recipient) -> bool:
        return isinstance(to, str) or self._run.hub.may_write(self._userid, to)

    def _written(self, weight: int, answer: Answer, written: "asyncio.Future[Outcome]") -> None:
        self._window.leave(weight)
        if written.cancelled():
            return
        outcome = written.result()
        if not isinstance(outcome, Rejection):
            self._feed.settle(outcome.id)
            answer(Accepted(outcome.id, outcome.time))
            return
        self._feed.settle(None)
        if outcome.reason is Reason.BANNED:
            self._lock()
        else:
            answer(failures.failure_of(outcome))

    def _lock(self) -> None:
        # Somebody else may be logged in on the connection by now.
        if not self._is_closed:
            self._permit.lock()


def _answer_with(content: str, answer: Answer, result: Accepted | Failure) -> None:
    answer(result._replace(content=content) if isinstance(result, Accepted) else result)


def _answer_amended(answer: AnswerAmended, content: str | None, result: Accepted | Failure) -> None:
    answer(Amended(result.id, content) if isinstance(result, Accepted) else result)
