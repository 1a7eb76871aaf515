"""What one session sends, on its way into the log."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from accounts.authentication.authentication import AccountBanned
from accounts.codes import Failed
from accounts.limits import limits
from accounts.services import desk_userids
from chat import access, failures
from chat.delivery.connection.client_link import Author, ClientLink
from chat.delivery.connection.feed import Feed
from chat.delivery.connection.permit import Permit
from chat.delivery.loop.driving import advance
from chat.delivery.loop.writer import Outcome
from chat.delivery.runtime import Runtime
from chat.failures import CommandRefused
from chat.protocol.commands import Amend, Forward, Send
from chat.protocol.replies import Accepted, Amended, Failure, ToForward
from chat.services import amending, forwarding, sending
from chat.services.plans import Append, Check, DatabaseTurn, Plan, Query, Step
from log.rejections import Rejection
from log.rows import AMENDMENTS, LogId, Recipient
from server.sockets import Rest

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


AnswerCallback = Callable[[Any], None]
Answer = Callable[[Accepted | Failure], None]
AnswerAmended = Callable[[Amended | Failure], None]


class Outbox:
    """The messages and amendments that a person sends on one connection: a `plans.Sender`, which drives its
    plans.

    `feed`: what the connection is sent. `permit`: what the person may do.
    """

    def __init__(self, run: Runtime, author: Author, feed: Feed, permit: Permit, client: ClientLink) -> None:
        self._run = run
        self.userid, self.address, self.origin = author
        self._feed = feed
        self._permit = permit
        self._leave_turn = client.leave_turn
        self.lacks_names = client.needs.lacks_names
        self.responds_in_texts = client.codec.own is None
        self._limits = limits.current()
        # Not asked of the settings for each message: they take longer than all other checks.
        self.desks = desk_userids()
        self._window = Window()
        self._last: asyncio.Future[Outcome] | None = None
        self._is_closed = False

    def send(self, command: Send, base_url: str, answer: Answer) -> Rest | None:
        """See Session.send."""
        plan = sending.send(self, command, base_url)
        try:
            step = next(plan)
        except Failed as error:
            raise self._refusal(error) from None
        if type(step) is Append:  # as is usual
            return self._put(plan, step, answer)
        return partial(self._finish, plan, step, answer)

    async def amend(self, command: Amend, answer: AnswerAmended) -> None:
        """Like `send`, for an amendment."""
        await self._finish(amending.amend(self, command), None, answer)

    async def forward(self, command: Forward, base_url: str) -> ToForward:
        """See Session.forward."""
        forwarded = await self._advance(forwarding.forward(self, command, base_url), None)
        assert isinstance(forwarded, ToForward)
        return forwarded

    # What a Sender knows.

    def may_send(self) -> None:
        self._permit.may_send()

    def charge(self, bytes_: int) -> None:
        self._limits.take_message(self.address, self.userid, bytes_)

    def is_known_to_write(self, to: Recipient) -> bool:
        return isinstance(to, str) or self._run.hub.may_write(self.userid, to)

    def may_write_in(self, group: int) -> None:
        # The notice that the person has joined may not have reached this process yet. And who may write in a
        # group with restrictions, the log decides.
        access.may_send_to_group(self.userid, group)

    def known_extension(self, to: Recipient, base_url: str) -> str | None:
        return self._run.names.extension(self.userid, to, base_url)

    # How its plans are driven.

    async def _finish(self, plan: Plan[Any], step: Step | None, answer: AnswerCallback) -> None:
        last = await self._advance(plan, step)
        if not isinstance(last, Append):
            answer(last)
        elif rest := self._put(plan, last, answer):
            await rest()

    async def _advance(self, plan: Plan[T], step: Step | None) -> Append | T:
        """See `advance`; without a step, from the first one. Raises CommandRefused and DatabaseError."""
        try:
            return await advance(plan, step or next(plan), self._take)
        except Failed as error:
            raise self._refusal(error) from None

    async def _take(self, step: Step) -> Any:
        if isinstance(step, Check):
            await self._leave_turn()
        elif isinstance(step, Query) and step.turn is DatabaseTurn.PAGE:
            await self.settle()
        return await self._run.driver.take(self.userid, step)

    def _put(self, plan: Plan[Any], step: Append, answer: AnswerCallback) -> Rest | None:
        """Have the draft written. Returns what has to be waited for, as `send` does. Raises
        CommandRefused."""
        self._permit.may_send()  # it may have changed while something was waited for
        draft, writer = step.draft, self._run.writer
        is_known = draft.kind not in AMENDMENTS and self.is_known_to_write(draft.to)
        known_at = self._run.hub.cursor if is_known else None
        if not (writer.has_room and self._window.enter_now(step.size)):
            return partial(self._put_later, plan, step, known_at, answer)
        self._await(writer.put_now(draft, known_at), plan, step.size, answer)
        return None

    async def _put_later(
        self, plan: Plan[Any], step: Append, known_at: LogId | None, answer: AnswerCallback
    ) -> None:
        await self._window.enter(step.size)
        try:
            written = await self._run.writer.put(step.draft, known_at, self._permit.may_send)
        except BaseException:
            self._window.leave(step.size)
            raise
        self._await(written, plan, step.size, answer)

    def _await(
        self, written: "asyncio.Future[Outcome]", plan: Plan[Any], size: int, answer: AnswerCallback
    ) -> None:
        self._last = written
        self._feed.put(written)
        written.add_done_callback(partial(self._written, plan, size, answer))

    def _written(
        self, plan: Plan[Any], size: int, answer: AnswerCallback, written: "asyncio.Future[Outcome]"
    ) -> None:
        self._window.leave(size)
        if written.cancelled():
            return
        outcome = written.result()
        self._feed.settle(None if isinstance(outcome, Rejection) else outcome.id)
        try:
            plan.send(outcome)
        except StopIteration as end:
            answer(end.value)
        except AccountBanned:
            self._lock()
        except Failed as refused:
            answer(failures.failure_of(refused))

    def _refusal(self, error: Failed) -> CommandRefused:
        """The answer that the client gets."""
        if isinstance(error, AccountBanned):
            self._lock()
        return CommandRefused.of(error)

    async def settle(self) -> None:
        """Return when everything that was sent is written or refused."""
        if self._last and not self._last.done():
            await asyncio.wait([self._last])

    def close(self) -> None:
        """The session has left. What was accepted is still stored."""
        self._is_closed = True

    def _lock(self) -> None:
        # Somebody else may be logged in on the connection by now.
        if not self._is_closed:
            self._permit.lock()
