"""Proves that a room's messages are in its archive (XEP-0313), because delivery without storage is cheap."""

from collections.abc import Mapping

from bench.ledger import Inbox
from bench.peers import stanzas
from bench.peers.streams import Stream, opened


class NotArchived(Exception):
    """A room's archive differs from what was written in the room."""


async def prove_archived(port: int, room: str, sent: Mapping[bytes, int]) -> None:
    """Raises NotArchived unless the room's archive holds every sent message, once and in order."""
    stream = await opened(port)
    account = (await _read(stream, room)).account(sent)
    await stream.close()
    if not account.is_clean:
        raise NotArchived(f"The archive of {room}: {account}")


async def _read(stream: Stream, room: str) -> Inbox:
    inbox, after = Inbox(), ""
    while True:
        *messages, answer = await stream.request(stanzas.page(room, after), "page")
        after = stanzas.read_last(answer)
        if not after:
            return inbox
        for message in filter(None, map(stanzas.read_archived, messages)):
            inbox.take(message.nickname, int(message.content.partition(b".")[0]))
