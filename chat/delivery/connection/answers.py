"""What one connection tells its client that is no row of the log: replies, refusals, and why it is closed."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import Any

from accounts import refusals
from chat.delivery.connection.client_link import ClientLink
from chat.delivery.connection.feed import ConnectionGone
from chat.protocol.commands import (
    Acknowledge,
    Amend,
    Command,
    Forward,
    Grow,
    Hello,
    Login,
    Logout,
    MarkRead,
    Ping,
    Press,
    QueryMembers,
    QueryRecords,
    RequestId,
    Send,
    Type,
    WatchPresence,
)
from chat.protocol.replies import Accepted, Amended, Code, Failure, Reply
from server.sockets import Rest

# How long the server tries to tell a client why it is turned away.
TELL_SECONDS = 1.0
# What a log calls a command.
_ACTIONS: dict[type[Command], str] = {
    Login: "login",
    Logout: "logout",
    Send: "send",
    QueryMembers: "members",
    QueryRecords: "records",
    Hello: "hello",
    Amend: "amend",
    Forward: "forward",
    Press: "press",
    Acknowledge: "ack",
    Ping: "ping",
    MarkRead: "read",
    Type: "typing",
    Grow: "grow",
    WatchPresence: "presence",
}
# A refusal with another code tells of a mistake or of trouble.
_OF_RIGHTS = (Code.LOG_IN_FIRST, Code.NOT_ALLOWED)


class Answers:
    """`base_url`, `address`: see Connection."""

    def __init__(self, client: ClientLink, base_url: str, address: str) -> None:
        self._codec = client.codec
        self._socket = client.socket
        self._send = client.send
        self._base_url = base_url
        self._address = address
        self._telling: set[asyncio.Task[None]] = set()

    def answer(self, reply: Reply, cost: int = 1) -> Rest | None:
        """Answer at once, if that can be done without waiting; otherwise return what sends the answer.
        `cost`: what the client is charged for a refusal."""
        if isinstance(reply.result, Failure):
            self._socket.charge(cost)
        text = self._encoded(reply)
        return None if text is None or self._sends_now(text) else partial(self._send_text, text)

    def answer_later(
        self, command: type[Command], userid: str, id_: RequestId, result: Accepted | Amended | Failure
    ) -> None:
        """Answer a command of `userid` whose connection goes on meanwhile."""
        if isinstance(result, Accepted):
            text = self._codec.encode_accepted(id_, result)
        else:
            if isinstance(result, Failure):
                self.log_refusal(result, command, userid)
            text = self._encoded(Reply(id_, result))
        if text is not None and not self._sends_now(text):
            self.start(self._send_text(text))

    async def tell(self, reply: Reply) -> None:
        if (text := self._encoded(reply)) is not None:
            await self._send_text(text)

    async def hang_up(self, why: Reply, hang_up: Callable[[], Awaitable[None]]) -> None:
        """Tell the client why, if it can be told soon, and call `hang_up()`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(TELL_SECONDS):
                await self.tell(why)
        await hang_up()

    def start(self, telling: Coroutine[Any, Any, None]) -> None:
        """Tell the client something in the background. Later answers wait for it."""
        task = asyncio.create_task(telling)
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    def log_refusal(self, failure: Failure, command: type[Command], userid: str) -> None:
        """Log that a command of `userid` is refused, if that is for want of rights."""
        # Who logs in is not found only after a good proof. In other commands, it is a mistake.
        is_of_caller = failure.code is Code.NOT_FOUND and command in (Login, Hello)
        if failure.code in _OF_RIGHTS or is_of_caller:
            refusals.tell(_ACTIONS[command], userid, self._address, failure.reason)

    def _sends_now(self, text: str) -> bool:
        # Not before what waits already.
        return not self._telling and self._socket.send_now(text)

    def _encoded(self, reply: Reply) -> str | None:
        """What the client is told; None if nothing. Counts refusals."""
        if isinstance(reply.result, Failure):
            refusals.counted[reply.result.label] += 1
        return self._codec.encode_reply(reply, self._base_url)

    async def _send_text(self, text: str) -> None:
        with suppress(ConnectionGone):  # the server reports the end of the connection
            await self._send(text)
