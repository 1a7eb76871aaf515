"""uvicorn's sockets as this service needs them: `uvicorn --ws im66.uvicorn_protocol:WebSocketProtocol`.

What it adds to uvicorn's own over wsproto: the usual handshake and messages are read in a shorter way; a
socket is read no further than it should be (see `reading`); a frame is made once for all sockets that are
sent the same; what a socket is sent in one step of the event loop leaves in one write; and a client that
closes without a code is told from a connection that broke.
"""

from typing import Any, cast

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.wsproto_impl import WSProtocol
from wsproto.events import CloseConnection, Request

from chat.sockets import SOCKET
from im66.frames import text_frame
from im66.handshake import ServerConnection
from im66.reading import Reading

NORMAL, NO_CODE, TOO_LARGE = 1000, 1005, 1009
# More does not wait for the end of the step.
JOINED_BYTES = 64 * 1024


class WebSocketProtocol(Reading, WSProtocol):
    """One socket."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.conn = ServerConnection()
        self.begin_reading()
        self._unsent: list[bytes] = []
        self._unsent_bytes = 0

    def data_received(self, data: bytes) -> None:
        if self.conn.connection is None:
            super().data_received(data)
            return
        self.read(data)

    async def receive(self) -> Any:
        return await self.next_message(self.queue.get)

    async def taking(self) -> None:
        """Return when the client takes what it is sent, or is gone."""
        if not self.writable.is_set():
            await self.writable.wait()

    async def send(self, message: Any) -> None:
        """Take an ASGI message. Waits for a client that does not take what it is sent. Raises
        ClientDisconnected."""
        text = message.get("text") if self._is_open and message["type"] == "websocket.send" else None
        if text is None:
            self._flush()
            if message["type"] == "websocket.close" and not self.writable.is_set():
                self.transport.abort()  # it would have to take the rest first
                return
            await super().send(message)
            if self.close_sent:
                self.go_on_reading()  # to the client's answer
            return
        if not self.writable.is_set():
            await self.writable.wait()
        if self.disconnected or self.transport.is_closing():
            raise ClientDisconnected
        self._join(text_frame(text))

    def handle_close(self, event: CloseConnection) -> None:
        self._flush()
        super().handle_close(CloseConnection(NORMAL, event.reason) if event.code == NO_CODE else event)

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        self._extensions[SOCKET] = self

    async def run_asgi(self) -> None:
        try:
            await super().run_asgi()
        finally:
            # Each holds the other. Only the garbage collector, which stops everybody, would take that apart.
            self._extensions.clear()

    def connection_lost(self, exc: Exception | None) -> None:
        self.end_reading()
        super().connection_lost(exc)

    def resume_writing(self) -> None:
        super().resume_writing()
        self.take_answers()

    def shutdown(self) -> None:
        self._flush()
        super().shutdown()

    @property
    def is_taking(self) -> bool:
        return self.writable.is_set()

    @property
    def hears_messages(self) -> bool:
        return not (self.close_sent or self.transport.is_closing())

    def pause_transport(self) -> None:
        if not self.transport.is_closing():
            self.transport.pause_reading()

    def resume_transport(self) -> None:
        if not self.transport.is_closing():
            self.transport.resume_reading()

    def pass_on(self, data: bytes) -> None:
        super().data_received(data)

    def deliver(self, message: Any) -> None:
        self.queue.put_nowait(message)

    def end_too_large(self) -> None:
        self._flush()
        self.close_sent = True
        self.queue.put_nowait({"type": "websocket.disconnect", "code": TOO_LARGE})
        if not self.transport.is_closing():
            self.transport.write(self.conn.send(CloseConnection(TOO_LARGE, "message too large")))
            self.transport.close()

    @property
    def _extensions(self) -> dict[str, Any]:
        extensions: Any = self.scope["extensions"]
        return cast(dict[str, Any], extensions)

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
