"""Sessions without sockets."""

import asyncio
from collections.abc import Callable
from functools import partial

from accounts.authentication.authentication import Claim
from accounts.models import User
from accounts.selectors import avatar_url
from chat.delivery.connection.client_link import NOTHING, ClientLink, Needs
from chat.delivery.connection.session import Session, open_session
from chat.delivery.runtime import Runtime
from chat.protocol.commands import Send
from chat.protocol.legacy import LegacyCodec
from chat.protocol.replies import Accepted, Failure
from log import positions
from log.models import Message
from server.sockets import PlainSocket
from tests.support.link import Link
from tests.support.rests import finish

CODEC = LegacyCodec(avatar_url)
BASE_URL = "http://chat.example:6060"
NEWEST_ONLY = Needs(newest_only=True)
SECONDS = 10.0


class Stage:
    """Logs users in, and records what they receive."""

    def __init__(self, run: Runtime) -> None:
        self.run = run
        self.frames: list[str] = []
        self.answers: list[Accepted | Failure] = []
        self.sessions: list[Session] = []
        # The reasons why sessions were ended.
        self.ended: list[Failure] = []

    async def log_in(
        self, userid: str, link: Link | None = None, after: int = 0, needs: Needs = NOTHING
    ) -> Session:
        client = ClientLink(CODEC, self._take, PlainSocket(), link, needs, BASE_URL)

        async def end_previous() -> int:
            return after

        session = await open_session(Claim(userid), client, self.ended.append, end_previous)
        self.sessions.append(session)
        await session.start()
        return session

    async def send(self, session: Session, command: Send) -> None:
        await finish(session.send(command, self.answers.append))

    async def contents(self, count: int) -> list[str]:
        """Return the contents of the next `count` messages."""
        await until(lambda: len(self.frames) >= count)
        return [frame.split("_")[2] for frame in self.frames]

    async def delivered_to(self, userid: str) -> int:
        await self.run.cursors.flush()
        read = User.objects.values_list("delivered_id", flat=True).get
        return await self.run.threads.read(partial(read, pk=userid))

    async def written(self, change: Callable[[], object]) -> None:
        """Wait until the rows that `change` writes have been applied."""
        await self.run.threads.write(change)
        await self.run.hub.wait_for_row(await self.run.threads.read(positions.last_id))

    async def change(self, userid: str, **fields: bool | str) -> None:
        await self.run.threads.write(partial(User.objects.filter(pk=userid).update, **fields))

    async def extensions(self) -> list[str]:
        """Return the extensions of the messages in the log."""
        await self.run.writer.drain()
        texts = Message.objects.filter(kind="text").order_by("id").values_list("extension", flat=True)
        return await self.run.threads.read(lambda: list(texts))

    async def _take(self, frame: str) -> None:
        self.frames.append(frame)


async def no_previous() -> int:
    """End no previous session, because there is none on the connection."""
    return 0


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(SECONDS):
        while not condition():
            await asyncio.sleep(0.001)


def unicast(content: str, to: str = "bob") -> Send:
    return Send("text", to, content, "")
