"""Takes apart what a server answers that may be anybody's: it cannot send more than is read, nor in so many
small parts that others wait."""

import asyncio

import h11

_READ_BYTES = 16 * 1024
# An answer has fewer parts, and a head fewer lines. Each takes up to 50 µs.
MAX_PARTS, MAX_LINES = 5000, 200
# So many parts are taken apart before others get their turn.
_PARTS_AT_ONCE = 16


class Answering:
    """One answer on a connection. `most`: how many bytes are read. Raises h11.ProtocolError."""

    def __init__(self, http: h11.Connection, reader: asyncio.StreamReader, most: int) -> None:
        self._http, self._reader, self._room = http, reader, most
        self._parts = self._lines = 0

    async def next(self) -> h11.Event | None:
        """None: there is more than anybody reads, or nothing more."""
        self._parts += 1
        if self._parts > MAX_PARTS:
            return None
        if self._parts % _PARTS_AT_ONCE == 0:
            await asyncio.sleep(0)
        while (event := self._http.next_event()) is h11.NEED_DATA:
            if self._room <= 0:
                return None
            self._take(await self._reader.read(_READ_BYTES))
        return event if isinstance(event, h11.Event) else None

    def _take(self, data: bytes) -> None:
        self._room -= len(data)
        if self._http.their_state is h11.SEND_RESPONSE:
            self._lines += data.partition(b"\r\n\r\n")[0].count(b"\n")
            if self._lines > MAX_LINES:
                raise h11.RemoteProtocolError("a head of too many lines")
        self._http.receive_data(data)
