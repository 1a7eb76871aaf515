"""Rooms (XEP-0045): their occupants, and the messages in them."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from bench.crowds import Crowd
from bench.ledger import Inbox
from bench.members import Listener, Meter, enter_all, leave
from bench.peers import stanzas
from bench.peers.streams import Stream, open_stream
from bench.traffic import Flow


class Occupant(Listener):
    """A person in a room, with the userid as nickname. The owner enters first, which creates the room."""

    def __init__(self, room: str, userid: str, meter: Meter, owner: bool = False) -> None:
        super().__init__(userid, meter)
        self._room = room
        self._owner = owner

    async def enter(self, port: int) -> None:
        """Connect and enter the room. Raises OSError, StreamError and TimeoutError."""
        stream = await open_stream(port)
        await stream.enter(self._room, self.userid)
        if self._owner:
            await stream.request(stanzas.configure(self._room), "configure")
        self.socket = stream.socket
        self.socket.on_text = self.on_text

    def say_goodbye(self) -> None:
        self.socket.send(stanzas.CLOSE)

    def on_text(self, text: bytes) -> None:
        if message := stanzas.read_groupchat(text):
            self.take(*message)
        elif stanzas.is_error(text):
            self.complain(text)


@asynccontextmanager
async def occupied(port: int, room: str, userids: Sequence[str], writers: int) -> AsyncIterator[Crowd]:
    """Open a new room in which `writers` members write to all. Senders receive their own messages too, so
    every flow reaches everybody. Raises NotArchived at the end unless every message is in the archive."""
    meter = Meter()
    owner = Occupant(room, userids[0], meter, owner=True)
    members = [owner, *(Occupant(room, userid, meter) for userid in userids[1:])]
    await owner.enter(port)
    await enter_all(port, members[1:])
    flows = [_flow(member, room, len(members)) for member in members[:writers]]
    try:
        yield Crowd(meter, members, flows, {member.userid: flows for member in members})
        await check_archived(port, room, {flow.sender: flow.sent for flow in flows})
    finally:
        await leave(members)


def _flow(member: Occupant, room: str, receivers: int) -> Flow:
    return Flow(
        member.userid, member.socket, lambda contents: stanzas.groupchat(room, contents[0]), receivers
    )


class NotArchived(Exception):
    """A room's archive differs from the messages sent in the room."""


async def check_archived(port: int, room: str, sent: Mapping[bytes, int]) -> None:
    """Raises NotArchived unless the room's archive holds every sent message, once and in order."""
    stream = await open_stream(port)
    account = (await _read_archive(stream, room)).account(sent)
    await stream.close()
    if not account.is_clean:
        raise NotArchived(f"The archive of {room}: {account}")


async def _read_archive(stream: Stream, room: str) -> Inbox:
    inbox, after = Inbox(), ""
    while True:
        *messages, answer = await stream.request(stanzas.page(room, after), "page")
        after = stanzas.read_last(answer)
        if not after:
            return inbox
        for message in filter(None, map(stanzas.read_archived, messages)):
            inbox.take(message.nickname, int(message.content.partition(b".")[0]))
