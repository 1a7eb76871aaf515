"""That what was written in a room is in its archive (XEP-0313): what is not stored is cheap to deliver."""

from collections.abc import Mapping

from bench.ledger import Inbox
from bench.peers import stanzas
from bench.peers.streams import Stream, opened


class NotArchived(Exception):
    """A room's archive is not what was written in the room."""


async def prove_archived(port: int, room: str, sent: Mapping[bytes, int]) -> None:
    """Raises NotArchived unless all that was sent is in the room's archive, once and in order."""
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
