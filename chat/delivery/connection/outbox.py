"""The outbox of a session: takes its messages and amendments to the writer of the log."""

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

MAX_WINDOW_MESSAGES, MAX_WINDOW_BYTES = 64, 256 * 1024


class Window:
    """Limits the messages of a session that are on their way into the log, and their bytes: a client that
    sends long texts as fast as possible must not fill the batches for which everybody waits. A single message
    always has room, however long it is.

    Call `enter`, or `enter_now`, which does not wait, before a message is queued, and `leave` when it is
    written or refused.
    """

    __slots__ = ("_bytes", "_leaving", "_messages")

    def __init__(self) -> None:
        self._messages = self._bytes = 0
        # Exists while a message waits to enter.
        self._leaving: asyncio.Future[None] | None = None

    async def enter(self, size: int) -> None:
        """Wait until a message of `size` bytes has room, and count it. If this is cancelled, the message is
        not counted. Raises RuntimeError if another message waits already."""
        if self._leaving:
            raise RuntimeError("The messages of a connection enter one after the other.")
        while not self.enter_now(size):
            self._leaving = asyncio.get_running_loop().create_future()
            try:
                await self._leaving
            finally:
                self._leaving = None

    def enter_now(self, size: int) -> bool:
        """Count a message of `size` bytes if it has room. Return whether it has."""
        is_full = self._messages >= MAX_WINDOW_MESSAGES or self._bytes + size > MAX_WINDOW_BYTES
        if self._messages and is_full:
            return False
        self._messages += 1
        self._bytes += size
        return True

    def leave(self, size: int) -> None:
        """Count a message of `size` bytes no longer."""
        self._messages -= 1
        self._bytes -= size
        if self._leaving and not self._leaving.done():
            self._leaving.set_result(None)


AnswerCallback = Callable[[Any], None]
Answer = Callable[[Accepted | Failure], None]
AnswerAmended = Callable[[Amended | Failure], None]


class Outbox:
    """Sends the messages and amendments of a person on one connection; a `plans.Sender`, which runs its own
    plans.

    `feed`: the feed of the connection. `permit`: the permissions of the person.
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
        # Read once, because reading the settings takes longer than all other checks of a message.
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
        if type(step) is Append:  # the usual case
            return self._enqueue(plan, step, answer)
        return partial(self._finish, plan, step, answer)

    async def amend(self, command: Amend, answer: AnswerAmended) -> None:
        """Like `send`, for an amendment."""
        await self._finish(amending.amend(self, command), None, answer)

    async def forward(self, command: Forward, base_url: str) -> ToForward:
        """Forward messages, and return the result. Raises CommandRefused and DatabaseError."""
        forwarded = await self._advance(forwarding.forward(self, command, base_url), None)
        assert isinstance(forwarded, ToForward)
        return forwarded

    # The interface of a Sender.

    def may_send(self) -> None:
        self._permit.may_send()

    def charge(self, bytes_: int) -> None:
        self._limits.take_message(self.address, self.userid, bytes_)

    def is_known_to_write(self, to: Recipient) -> bool:
        return isinstance(to, str) or self._run.hub.may_write(self.userid, to)

    def may_write_in(self, group: int) -> None:
        # The notice that the person has joined may not have reached this process yet, and the permission to
        # write in a restricted group is checked by the log.
        access.may_send_to_group(self.userid, group)

    def known_extension(self, to: Recipient, base_url: str) -> str | None:
        return self._run.names.cached_extension(self.userid, to, base_url)

    # Running the plans.

    async def _finish(self, plan: Plan[Any], step: Step | None, answer: AnswerCallback) -> None:
        last = await self._advance(plan, step)
        if not isinstance(last, Append):
            answer(last)
        elif rest := self._enqueue(plan, last, answer):
            await rest()

    async def _advance(self, plan: Plan[T], step: Step | None) -> Append | T:
        """See `advance`. Without `step`, begin with the first one. Raises CommandRefused and
        DatabaseError."""
        try:
            return await advance(plan, step or next(plan), self._run_step)
        except Failed as error:
            raise self._refusal(error) from None

    async def _run_step(self, step: Step) -> Any:
        if isinstance(step, Check):
            await self._leave_turn()
        elif isinstance(step, Query) and step.turn is DatabaseTurn.PAGE:
            await self.settle()
        return await self._run.driver.run_step(self.userid, step)

    def _enqueue(self, plan: Plan[Any], step: Append, answer: AnswerCallback) -> Rest | None:
        """Queue the draft of `step` for the writer. Return a callable to be awaited, as `send` does. Raises
        CommandRefused."""
        self._permit.may_send()  # the permission may have changed during a wait
        draft, writer = step.draft, self._run.writer
        is_known = draft.kind not in AMENDMENTS and self.is_known_to_write(draft.to)
        known_at = self._run.hub.cursor if is_known else None
        if not (writer.has_room and self._window.enter_now(step.size)):
            return partial(self._enqueue_later, plan, step, known_at, answer)
        self._await(writer.enqueue_now(draft, known_at), plan, step.size, answer)
        return None

    async def _enqueue_later(
        self, plan: Plan[Any], step: Append, known_at: LogId | None, answer: AnswerCallback
    ) -> None:
        await self._window.enter(step.size)
        try:
            outcome = await self._run.writer.enqueue(step.draft, known_at, self._permit.may_send)
        except BaseException:
            self._window.leave(step.size)
            raise
        self._await(outcome, plan, step.size, answer)

    def _await(
        self, pending: "asyncio.Future[Outcome]", plan: Plan[Any], size: int, answer: AnswerCallback
    ) -> None:
        self._last = pending
        self._feed.add_own(pending)
        pending.add_done_callback(partial(self._on_outcome, plan, size, answer))

    def _on_outcome(
        self, plan: Plan[Any], size: int, answer: AnswerCallback, done: "asyncio.Future[Outcome]"
    ) -> None:
        self._window.leave(size)
        if done.cancelled():
            return
        outcome = done.result()
        self._feed.settle_own(None if isinstance(outcome, Rejection) else outcome.id)
        try:
            plan.send(outcome)
        except StopIteration as end:
            answer(end.value)
        except AccountBanned:
            self._end_banned()
        except Failed as refused:
            answer(failures.failure_of(refused))

    def _refusal(self, error: Failed) -> CommandRefused:
        """Return the refusal for the client; end the session if the person is banned."""
        if isinstance(error, AccountBanned):
            self._end_banned()
        return CommandRefused.of(error)

    async def settle(self) -> None:
        """Wait until everything that was sent is written or refused."""
        if self._last and not self._last.done():
            await asyncio.wait([self._last])

    def close(self) -> None:
        """Note that the session has ended. Accepted messages are still stored."""
        self._is_closed = True

    def _end_banned(self) -> None:
        # After the session has ended, somebody else may be logged in on the connection.
        if not self._is_closed:
            self._permit.end_banned()
