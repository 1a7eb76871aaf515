"""Sends a client replies to its commands, errors, and the reason before its connection is closed."""

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

# How long the server tries to send a client the reason before it closes the connection.
MAX_SEND_SECONDS = 1.0
# How long the next command waits after a refusal of a person who was refused too often. This also slows down
# clients that do not wait for replies, because few commands are read ahead.
PAUSE_SECONDS = 1.0
# A refused long text counts as one more refusal for each so many charges, so that it uses up as much of a
# limit as an accepted one.
CHARGES_PER_REFUSAL = 16
# The codes of refusals for lack of permission. Other codes mean a mistake of the client or a fault.
_PERMISSION_CODES = (Name.LOG_IN_FIRST.status, Name.NOT_ALLOWED.status)


class Answers:
    """Sends answers to the client of one connection."""

    def __init__(self, client: ClientLink) -> None:
        self._codec = client.codec
        self._socket = client.socket
        self._send = client.send
        self._base_url = client.base_url
        self._address = client.address
        # Made on first use: an empty set has 216 bytes.
        self._sending: set[asyncio.Task[None]] | None = None

    def answer(self, reply: Reply, userid: str = "", cost: int = 1) -> Rest | None:
        """Send the answer at once if that needs no wait; otherwise return a callable that sends it. After too
        many refusals, the callable also pauses. `userid`: the person who is logged in; empty if nobody is.
        `cost`: the cost of a refused text, as a number of short texts."""
        is_slowed = isinstance(reply.result, Failure) and self._count_refusal(reply.result, userid, cost)
        text = self._encode(reply)
        unsent = None if text is None or self._send_now(text) else text
        return partial(self._send_and_pause, unsent, is_slowed) if unsent or is_slowed else None

    def answer_later(
        self, command: type[Command], userid: str, id_: RequestId, result: Accepted | Amended | Failure
    ) -> None:
        """Answer a command of `userid` after later commands of the connection may have been handled."""
        if isinstance(result, Accepted):
            text = self._codec.encode_accepted(id_, result)
        else:
            if isinstance(result, Failure):
                self._count_refusal(result, userid)
                self.log_refusal(result, command, userid)
            text = self._encode(Reply(id_, result))
        if text is not None and not self._send_now(text):
            self.start(self._send_text(text))

    async def send(self, reply: Reply) -> None:
        if (text := self._encode(reply)) is not None:
            await self._send_text(text)

    async def hang_up(self, reason: Reply, hang_up: Callable[[], Awaitable[None]]) -> None:
        """Send the client the reason, for at most MAX_SEND_SECONDS, and call `hang_up()`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(MAX_SEND_SECONDS):
                await self.send(reason)
        await hang_up()

    def start(self, sending: Coroutine[Any, Any, None]) -> None:
        """Send the client something in the background. Later answers are sent after it."""
        task = asyncio.create_task(sending)
        if self._sending is None:
            self._sending = set()
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    def log_refusal(self, failure: Failure, command: type[Command], userid: str) -> None:
        """Log that a command of `userid` is refused, if the reason is a lack of permission."""
        # A login is answered with NOT_FOUND only after a valid proof. In other commands, it is a mistake.
        is_unknown_person = failure.name is Name.NOT_FOUND and command in (Login, Hello)
        if failure.code in _PERMISSION_CODES or is_unknown_person:
            refusals.log_refusal(_log_name(command), userid, self._address, failure.reason)

    def _count_refusal(self, failure: Failure, userid: str, cost: int = 1) -> bool:
        """Charge the client. Return whether the person, or the connection if nobody is logged in, was refused
        too often. Faults of the server do not count."""
        self._socket.charge(cost)
        share = 1 + cost // CHARGES_PER_REFUSAL
        return failure.name is not Name.TRY_AGAIN and limits.is_refused_often(
            self._address, userid or id(self), share
        )

    def _send_now(self, text: str) -> bool:
        # Answers that are being sent in the background come first.
        return not self._sending and self._socket.send_now(text)

    def _encode(self, reply: Reply) -> str | None:
        """Return the text of the reply; None if the dialect has none. Counts refusals."""
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
    """Return the name of the command for the log."""
    if issubclass(command, JsonCommand):
        return str(command.__struct_config__.tag)
    return command.__name__.removeprefix("Query").lower()
