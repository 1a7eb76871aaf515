"""uvicorn's sockets as this service needs them: `uvicorn --ws im66.uvicorn_protocol:WebSocketProtocol`.

What it adds to uvicorn's own over wsproto: the usual handshake and short texts are read in a shorter way; a
frame is made once for all sockets that are sent the same; what a socket is sent in one step of the event loop
leaves in one write; and a client that closes without a code is told from a connection that broke.
"""

from typing import Any

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.wsproto_impl import WSProtocol
from wsproto.events import CloseConnection

from im66.frames import TextFrames, text_frame
from im66.handshake import ServerConnection

NORMAL, NO_CODE = 1000, 1005
# More does not wait for the end of the step.
JOINED_BYTES = 64 * 1024
# A longer text is left to wsproto, which takes it in piece by piece.
SHORT_TEXT_BYTES = 4096


class WebSocketProtocol(WSProtocol):
    """One socket."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.conn = ServerConnection()
        self._texts = TextFrames(min(SHORT_TEXT_BYTES, self.config.ws_max_size))
        self._unsent: list[bytes] = []
        self._unsent_bytes = 0

    def data_received(self, data: bytes) -> None:
        if self.conn.connection is None:
            super().data_received(data)
            return
        for taken in self._texts.take(data):
            if isinstance(taken, bytes):
                super().data_received(taken)
            elif not (self.close_sent or self.transport.is_closing()):
                self._receive_text(taken)

    async def send(self, message: Any) -> None:
        """Take an ASGI message. Waits for a client that does not take what it is sent. Raises
        ClientDisconnected."""
        text = message.get("text") if self._is_open and message["type"] == "websocket.send" else None
        if text is None:
            self._flush()
            await super().send(message)
            return
        if not self.writable.is_set():
            await self.writable.wait()
        if self.disconnected or self.transport.is_closing():
            raise ClientDisconnected
        self._join(text_frame(text))

    def handle_close(self, event: CloseConnection) -> None:
        self._flush()
        super().handle_close(CloseConnection(NORMAL, event.reason) if event.code == NO_CODE else event)

    def shutdown(self) -> None:
        self._flush()
        super().shutdown()

    @property
    def _is_open(self) -> bool:
        return self.handshake_complete and not (self.close_sent or self.response_started)

    def _receive_text(self, text: str) -> None:
        self.queue.put_nowait({"type": "websocket.receive", "text": text})
        if not self.read_paused:
            self.read_paused = True
            self.transport.pause_reading()

    def _join(self, frame: bytes) -> None:
        if not self._unsent:
            self.loop.call_soon(self._flush)
        self._unsent.append(frame)
        self._unsent_bytes += len(frame)
        if self._unsent_bytes > JOINED_BYTES:
            self._flush()

    def _flush(self) -> None:
        if self._unsent:
            joined = b"".join(self._unsent)
            self._unsent.clear()
            self._unsent_bytes = 0
            if not self.transport.is_closing():
                self.transport.write(joined)
