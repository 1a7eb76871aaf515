"""A connection without a server and a database."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest

from accounts.authentication.authentication import Claim
from chat.delivery.connection import connection as module
from chat.delivery.connection.client_link import NOTHING, ClientLink, Needs
from chat.delivery.connection.connection import Connection
from chat.delivery.connection.feed import ConnectionGone
from chat.failures import CommandRefused
from chat.protocol.codec import Codec
from chat.protocol.commands import Command, QueryMembers, QueryRecords, Send
from chat.protocol.replies import Accepted, Failure, Member, Members, Records, Result
from server.sockets import PlainSocket, Rest
from tests.support.rests import finish

BASE_URL = "http://here"

Answer = Callable[[Accepted | Failure], None]


class Session:
    """A logged-in session that records the calls on it."""

    def __init__(self, userid: str, after: int) -> None:
        self.userid = userid
        self.after = after
        self.sent_id = 7
        self.turns = 0
        self.has_turn = False
        self.sent: list[Send] = []
        # The commands sent, in order.
        self.answers: list[Answer] = []
        self.ends: list[bool] = []
        self.has_left = False
        self.error: Exception | None = None

    def send(self, command: Send, answer: Answer) -> Rest | None:
        if self.error and not isinstance(self.error, CommandRefused):
            return self._fail_later
        self._fail()
        self.sent.append(command)
        self.answers.append(answer)
        return None

    async def do(self, command: Command, answer: object) -> Result:
        self._fail()
        if isinstance(command, QueryMembers):
            return Members(command.group, [Member(self.userid, "", "", "owner")])
        assert isinstance(command, QueryRecords)
        return Records(command.user or "", [], more=False)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        self.turns += 1
        self.has_turn = True
        yield
        self.has_turn = False

    async def start(self) -> None:
        pass

    def leave(self) -> None:
        self.has_left = True

    async def close(self, *, clean: bool) -> None:
        self.ends.append(clean)

    async def _fail_later(self) -> None:
        self._fail()

    def _fail(self) -> None:
        if self.error:
            raise self.error


class Socket(PlainSocket):
    """A socket that records the calls on it, and accepts texts without waiting once `is_quick`."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.charges: list[int] = []
        self.is_quick = False
        self.is_there = True
        self.took: list[str] = []

    def admit(self, max_bytes: int) -> None:
        self.calls.append("admit")

    def dismiss(self) -> None:
        self.calls.append("dismiss")

    def charge(self, cost: int = 1) -> None:
        self.calls.append("charge")
        self.charges.append(cost)

    @property
    def is_served(self) -> bool:
        return self.is_there

    def send_now(self, text: str) -> bool:
        if self.is_quick:
            self.took.append(text)
        return self.is_quick


class Client:
    """A connection without a server, with the sessions opened on it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, codec: Codec, needs: Needs = NOTHING) -> None:
        self.takes = asyncio.Event()
        self.takes.set()
        self.got: list[str] = []
        self.is_gone = False
        self.socket = Socket()
        self.sessions: list[Session] = []
        # Ends the last session.
        self.turn_out: Callable[[Failure], None] | None = None
        self.login_error: Exception | None = None
        self.may_log_in = asyncio.Event()
        self.may_log_in.set()
        self.hung_up = asyncio.Event()
        self.closed_with: list[int] = []
        monkeypatch.setattr(module, "open_session", self._open)
        self.connection = Connection(
            ClientLink(codec, self._take, self.socket, needs=needs, base_url=BASE_URL), self._close
        )

    async def says(self, frame: str) -> list[str]:
        """Handle a frame, and return the answers."""
        self.got.clear()
        await finish(self.connection.receive(frame))
        return list(self.got)

    async def _close(self, code: int) -> None:
        self.closed_with.append(code)
        self.hung_up.set()

    async def _take(self, frame: str) -> None:
        if self.is_gone:
            raise ConnectionGone
        await self.takes.wait()
        self.got.append(frame)

    async def _open(self, claim: Claim, *rest: Any) -> Session:
        await self.may_log_in.wait()
        if self.login_error:
            raise self.login_error
        end_previous = cast(Callable[[], Awaitable[int]], rest[2])
        self.sessions.append(Session(claim.userid, await end_previous()))
        self.turn_out = cast(Callable[[Failure], None], rest[1])
        return self.sessions[-1]


async def steps() -> None:
    for _ in range(20):
        await asyncio.sleep(0)
