"""One connection: frames in, frames out, whoever is logged in on it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

from django.db import Error as AnyDatabaseError

from chat.access import Refused
from chat.commands import Command, Login, Logout, QueryMembers, QueryRecords, Send
from chat.events import Code, Event, Failure
from chat.feed import ConnectionGone
from chat.link import Link
from chat.protocol import Codec
from chat.sessions import Session, open_session

logger = logging.getLogger(__name__)


class Connection:
    """`send(frame)` may wait for the client, and raises ConnectionGone if there is none any more.

    `base_url`: the address the client used, as `http://host:port`. `link`: what the server knows of the
    client, if it can tell.
    """

    def __init__(
        self, codec: Codec, send: Callable[[str], Awaitable[None]], base_url: str, link: Link | None = None
    ) -> None:
        self._codec = codec
        self._send = send
        self._base_url = base_url
        self._link = link
        self._session: Session | None = None
        self._telling: set[asyncio.Task[None]] = set()

    async def receive(self, frame: str) -> None:
        """Do what `frame` asks for, and answer. Raises nothing, whatever the frame."""
        try:
            event = await self._answer(self._codec.decode(frame))
        except Refused as refused:
            event = refused.failure
        except AnyDatabaseError as error:
            logger.error("A command failed: %s", error)
            event = Failure(Code.TRY_AGAIN, "the database is away, try again")
        if event is not None:
            await self._tell(event)

    async def refuse(self, reason: str) -> None:
        """Tell the client that what it sent is no frame at all."""
        await self._tell(Failure(Code.MALFORMED, reason))

    async def end(self, *, clean: bool) -> None:
        """The connection is closed. `clean`: the client said goodbye."""
        await self._log_out(clean=clean)

    async def _answer(self, command: Command | Failure) -> Event | None:
        match command:
            case Failure():
                return command
            case Login():
                await self._log_out(clean=True)
                self._session = await open_session(
                    command.userid, self._codec, self._send, self._refuse_later, self._link
                )
            case Logout():
                if self._logged_in().userid != command.userid:
                    raise Refused(Code.MALFORMED, "you are logged in under another userid")
                await self._log_out(clean=True)
            case Send():
                await self._logged_in().send(command)
            case QueryMembers():
                return await self._logged_in().members(command.group_id, self._base_url)
            case QueryRecords():
                return await self._logged_in().records(command)
        return None

    def _logged_in(self) -> Session:
        if self._session is None:
            raise Refused(Code.LOG_IN_FIRST, "log in first")
        return self._session

    async def _log_out(self, *, clean: bool) -> None:
        session, self._session = self._session, None
        if session:
            await session.close(clean=clean)

    def _refuse_later(self, failure: Failure) -> None:
        task = asyncio.create_task(self._tell(failure))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _tell(self, event: Event) -> None:
        frame = self._codec.encode(event)
        if frame is not None:
            with suppress(ConnectionGone):  # its end will be reported
                await self._send(frame)
