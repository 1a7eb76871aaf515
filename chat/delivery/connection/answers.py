"""What one connection tells its client that is no row of the log: replies, refusals, and why it is closed."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import Any

from accounts import refusals
from accounts.codes import Name
from accounts.limits import limits
from chat.delivery.connection.client_link import ClientLink
from chat.delivery.connection.feed import ConnectionGone
from chat.protocol.commands import Command, Hello, JsonCommand, Login
from chat.protocol.replies import Accepted, Amended, Failure, Reply, RequestId
from server.sockets import Rest

# How long the server tries to tell a client why it is turned away.
SEND_SECONDS = 1.0
# After a refusal, somebody who was refused too often waits so long for the next command. Whoever waits for
# replies is slowed down by as much, and so is whoever does not: few commands are read ahead.
PAUSE_SECONDS = 1.0
# A long text that is refused counts as so many refusals more as it is charged for so many short ones: then it
# uses up as much of a limit as an accepted one.
CHARGES_PER_REFUSAL = 16
# A refusal with another code tells of a mistake or of trouble.
_OF_RIGHTS = (Name.LOG_IN_FIRST.status, Name.NOT_ALLOWED.status)


class Answers:
    """To the client of one connection."""

    def __init__(self, client: ClientLink) -> None:
        self._codec = client.codec
        self._socket = client.socket
        self._send = client.send
        self._base_url = client.base_url
        self._address = client.address
        self._telling: set[asyncio.Task[None]] = set()

    def answer(self, reply: Reply, userid: str = "", cost: int = 1) -> Rest | None:
        """Answer at once, if that can be done without waiting; otherwise return what sends the answer. After
        too many refusals it also pauses. `userid`: of who is logged in; empty if nobody is. `cost`: what was
        refused has cost as much as so many short texts."""
        is_slowed = isinstance(reply.result, Failure) and self._count_refusal(reply.result, userid, cost)
        text = self._encoded(reply)
        unsent = None if text is None or self._sends_now(text) else text
        return partial(self._send_and_pause, unsent, is_slowed) if unsent or is_slowed else None

    def answer_later(
        self, command: type[Command], userid: str, id_: RequestId, result: Accepted | Amended | Failure
    ) -> None:
        """Answer a command of `userid` whose connection goes on meanwhile."""
        if isinstance(result, Accepted):
            text = self._codec.encode_accepted(id_, result)
        else:
            if isinstance(result, Failure):
                self._count_refusal(result, userid)
                self.log_refusal(result, command, userid)
            text = self._encoded(Reply(id_, result))
        if text is not None and not self._sends_now(text):
            self.start(self._send_text(text))

    async def send(self, reply: Reply) -> None:
        if (text := self._encoded(reply)) is not None:
            await self._send_text(text)

    async def hang_up(self, why: Reply, hang_up: Callable[[], Awaitable[None]]) -> None:
        """Tell the client why, if it can be told soon, and call `hang_up()`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(SEND_SECONDS):
                await self.send(why)
        await hang_up()

    def start(self, telling: Coroutine[Any, Any, None]) -> None:
        """Tell the client something in the background. Later answers wait for it."""
        task = asyncio.create_task(telling)
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    def log_refusal(self, failure: Failure, command: type[Command], userid: str) -> None:
        """Log that a command of `userid` is refused, if that is for want of rights."""
        # Who logs in is not found only after a good proof. In other commands, it is a mistake.
        is_of_caller = failure.name is Name.NOT_FOUND and command in (Login, Hello)
        if failure.code in _OF_RIGHTS or is_of_caller:
            refusals.log_refusal(_log_name(command), userid, self._address, failure.reason)

    def _count_refusal(self, failure: Failure, userid: str, cost: int = 1) -> bool:
        """Charge the client. Returns whether the person, or the connection of a stranger, was refused too
        often. Trouble of the server does not count."""
        self._socket.charge(cost)
        share = 1 + cost // CHARGES_PER_REFUSAL
        return failure.name is not Name.TRY_AGAIN and limits.is_refused_often(
            self._address, userid or id(self), share
        )

    def _sends_now(self, text: str) -> bool:
        # Not before what waits already.
        return not self._telling and self._socket.send_now(text)

    def _encoded(self, reply: Reply) -> str | None:
        """The reply to the client, None if there is none. Counts refusals."""
        if isinstance(reply.result, Failure):
            refusals.counted[reply.result.name] += 1
        return self._codec.encode_reply(reply, self._base_url)

    async def _send_and_pause(self, text: str | None, is_slowed: bool) -> None:
        if text is not None:
            await self._send_text(text)
        if is_slowed and self._socket.is_served:
            await asyncio.sleep(PAUSE_SECONDS)

    async def _send_text(self, text: str) -> None:
        with suppress(ConnectionGone):  # the server reports the end of the connection
            await self._send(text)


def _log_name(command: type[Command]) -> str:
    """What a log calls it."""
    if issubclass(command, JsonCommand):
        return str(command.__struct_config__.tag)
    return command.__name__.removeprefix("Query").lower()
