"""uvicorn's sockets as this service needs them: `uvicorn --ws im66.uvicorn_protocol:WebSocketProtocol`.

What it adds to uvicorn's own over wsproto: a frame is made once for all sockets that are sent the same, what
a socket is sent in one step of the event loop leaves in one write, and a client that closes without a code is
told from a connection that broke.
"""

from typing import Any

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.wsproto_impl import WSProtocol
from wsproto.events import CloseConnection

from im66.frames import text_frame

NORMAL, NO_CODE = 1000, 1005
# More does not wait for the end of the step.
JOINED_BYTES = 64 * 1024


class WebSocketProtocol(WSProtocol):
    """One socket."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._unsent: list[bytes] = []
        self._unsent_bytes = 0

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
