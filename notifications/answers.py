"""Reads responses of untrusted servers, with limits on their bytes, header lines and number of parts."""

import asyncio

import h11

_READ_BYTES = 16 * 1024
# A legitimate response has fewer events and header lines. Parsing one takes up to 50 µs.
MAX_EVENTS, MAX_HEADER_LINES = 5000, 200
# After this many events, other tasks of the event loop get a turn.
_EVENTS_PER_TURN = 16


class ResponseReader:
    """Reads one response from a connection, at most `max_bytes` of it."""

    def __init__(self, http: h11.Connection, reader: asyncio.StreamReader, max_bytes: int) -> None:
        self._http, self._reader, self._bytes_left = http, reader, max_bytes
        self._events = self._header_lines = 0

    async def next_event(self) -> h11.Event | None:
        """Return the next event; None if a limit is reached or the response is over. Raises
        h11.ProtocolError."""
        self._events += 1
        if self._events > MAX_EVENTS:
            return None
        if self._events % _EVENTS_PER_TURN == 0:
            await asyncio.sleep(0)
        while (event := self._http.next_event()) is h11.NEED_DATA:
            if self._bytes_left <= 0:
                return None
            self._receive(await self._reader.read(_READ_BYTES))
        return event if isinstance(event, h11.Event) else None

    def _receive(self, data: bytes) -> None:
        self._bytes_left -= len(data)
        if self._http.their_state is h11.SEND_RESPONSE:
            self._header_lines += data.partition(b"\r\n\r\n")[0].count(b"\n")
            if self._header_lines > MAX_HEADER_LINES:
                raise h11.RemoteProtocolError("a head of too many lines")
        self._http.receive_data(data)
