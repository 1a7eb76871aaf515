"""uvicorn's sockets, as a chat needs them.

It adds to uvicorn's own, which use wsproto: The usual handshake and messages are read in a shorter way. A
socket is read no further than it should be (see `reading`). A frame is made once for all sockets that are
sent the same text. What a socket is sent in one step of the event loop leaves in one write. Pings ask whether
what was sent has arrived (see `pulse`). A goodbye is answered when what it confirms is stored. A client that
closes without a code is distinguished from a connection that broke. The iOS app's close code counts as a
goodbye. uvicorn's own pings, and the options for them, are not used.
"""

import socket
from functools import partial
from typing import Any, cast

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.wsproto_impl import WSProtocol
from wsproto.events import CloseConnection, Pong, Request

from server import kernel
from server.close_codes import NO_CODE, NORMAL, TOO_LARGE, is_goodbye
from server.departures import departures_here
from server.frames import close_frame, ping_frame, text_frame
from server.goodbye import GOODBYE_SECONDS, Goodbye
from server.handshake import ServerConnection
from server.link import LINK
from server.mailbox import Mailbox
from server.messages import close_in
from server.opening import MAX_EARLY_BYTES, Opening
from server.pulse import UNSENT_BYTES, Pulse, rounds_here
from server.reading import Reading
from server.sockets import SOCKET


def address_of(transport: Any) -> str:
    """The address of the other end; empty if it has none."""
    peer = transport.get_extra_info("peername")
    return peer[0] if isinstance(peer, tuple) else ""


class WebSocketProtocol(Reading, WSProtocol):
    """One socket. It is also the wire of its pulse."""

    # Whether the request was read, so what comes next are frames.
    _is_requested = False
    _is_accepted = False
    # What came before the request was answered.
    _early = b""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.conn: ServerConnection = ServerConnection()
        self.queue: Any = Mailbox()
        self.begin_reading()
        self._departures = departures_here()
        self._unsent: list[bytes] = []
        self.pulse = Pulse(self, rounds_here(self.heartbeat_seconds))
        # How much of what the pulse counts was given to the transport.
        self._flushed = 0
        self._goodbye: Goodbye | None = None

    @property
    def heartbeat_seconds(self) -> float:
        """The application's heartbeat. A subclass defines it."""
        raise NotImplementedError

    @property
    def app(self) -> Any:
        """What uvicorn runs for this socket."""
        return self._run

    @app.setter
    def app(self, application: Any) -> None:
        self._application = application

    def open(self, head: bytes, opening: Opening) -> None:
        """Take the client's handshake, which has been read."""
        self.handle_connect(self.conn.handshake.begin(head, opening))

    def data_received(self, data: bytes) -> None:
        if self._is_accepted:
            self.read(data)
        elif not self._is_requested:
            super().data_received(data)
        elif len(self._early) + len(data) > MAX_EARLY_BYTES:
            self.transport.abort()
        else:
            self._early += data

    async def receive(self) -> Any:
        return await self.next_message(self.queue.get)

    def send_now(self, text: str) -> bool:
        """See server.sockets."""
        can_send = self._is_open and self.writable.is_set() and not self.transport.is_closing()
        if can_send:
            self._join(text_frame(text))
        return can_send

    def flush(self) -> None:
        """Write everything that was sent so far."""
        if self._unsent:
            joined = b"".join(self._unsent)
            self._unsent.clear()
            self._flushed = self.pulse.written
            if not self.transport.is_closing():
                self.transport.write(joined)

    async def taking(self) -> None:
        """Return when the client takes what it is sent, or is gone."""
        if not self.writable.is_set():
            await self.writable.wait()

    async def send(self, message: Any) -> None:
        """Take an ASGI message. Waits while the client does not take what it is sent. Raises
        ClientDisconnected."""
        text = message.get("text") if self._is_open and message["type"] == "websocket.send" else None
        if text is None:
            self.flush()
            if message["type"] == "websocket.close" and not self.writable.is_set():
                self.transport.abort()  # the client would have to take the rest first
                return
            await super().send(message)
            if self.close_sent:
                self.go_on_reading()  # for the client's answer
            return
        if not self.writable.is_set():
            await self.writable.wait()
        if self.transport.is_closing():
            raise ClientDisconnected
        self._join(text_frame(text))

    def close_only_with(self, code: int) -> None:
        """See server.sockets."""
        self.conn.only_code = code

    def handle_connect(self, event: Request) -> None:
        self._is_requested = True
        super().handle_connect(event)
        self._extensions.update({SOCKET: self, LINK: self.pulse})

    def start_keepalive(self) -> None:
        self._is_accepted = True
        self.transport.set_write_buffer_limits(UNSENT_BYTES)
        if self.kernel_socket:
            kernel.keep_unsent(self.kernel_socket, UNSENT_BYTES)
        self.pulse.start()
        if self._early:
            early, self._early = self._early, b""
            self.read(early)

    def handle_pong(self, event: Pong) -> None:
        self.pulse.answered(bytes(event.payload))

    def handle_close(self, event: CloseConnection) -> None:
        self.pulse.hear_goodbye()  # first, because what leaves now comes after the goodbye
        self.flush()
        if self.close_sent:
            super().handle_close(event)
            return
        code, reason = NORMAL if event.code == NO_CODE else event.code, event.reason or ""
        answer = self.conn.answer_to(CloseConnection(code, reason))
        self._goodbye = Goodbye(partial(self._answer, close_frame(answer.code, answer.reason or "")))
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})

    async def run_asgi(self) -> None:
        try:
            await super().run_asgi()
        finally:
            # The two refer to each other. Only the garbage collector, which stops the whole process, would
            # free them.
            self._extensions.clear()

    def connection_lost(self, exc: Exception | None) -> None:
        self.end_reading()
        if self._goodbye:
            self._goodbye.forget()
        self.pulse.end()
        super().connection_lost(exc)

    def resume_writing(self) -> None:
        super().resume_writing()
        self.take_answers()

    def shutdown(self) -> None:
        """Called by uvicorn when it ends. It waits until the connection is closed."""
        if self._is_open:
            self.pulse.ask_last(self._say_goodbye)
        else:
            self._say_goodbye()

    @property
    def is_taking(self) -> bool:
        return self.writable.is_set()

    @property
    def hears_messages(self) -> bool:
        return not (self.close_sent or self._goodbye or self.transport.is_closing())

    @property
    def peer_address(self) -> str:
        return address_of(self.transport)

    def pause_transport(self) -> None:
        if not self.transport.is_closing():
            self.transport.pause_reading()

    def resume_transport(self) -> None:
        if not self.transport.is_closing():
            self.transport.resume_reading()

    def pass_on(self, data: bytes) -> None:
        if self._goodbye:
            return  # nothing after a goodbye is a frame
        close = close_in(data)
        if close and is_goodbye(close.code):
            # wsproto would refuse the iOS app's code, and takes ten times as long.
            self.handle_close(CloseConnection(NO_CODE if close.code is None else close.code, close.reason))
        else:
            super().data_received(data)

    def deliver(self, message: Any) -> None:
        self.queue.put_nowait(message)

    def end_too_large(self) -> None:
        self.flush()
        self.close_sent = True
        self.queue.put_nowait({"type": "websocket.disconnect", "code": TOO_LARGE})
        if not self.transport.is_closing():
            self.transport.write(self.conn.send(CloseConnection(TOO_LARGE, "message too large")))
            # If the client is still sending, ending the connection now would destroy the close frame.
            self.close_timer = self.loop.call_later(GOODBYE_SECONDS, self.transport.close)

    # Called by the pulse.

    def send_ping(self, payload: bytes) -> bool:
        is_open = self._is_open and not self._goodbye
        if is_open:
            self._join(ping_frame(payload))
        return is_open

    def drop(self) -> None:
        self.transport.abort()

    @property
    def kernel_socket(self) -> socket.socket | None:
        found: socket.socket | None = self.transport.get_extra_info("socket")
        return found

    @property
    def unsent_bytes(self) -> int:
        return self.pulse.written - self._flushed + self.transport.get_write_buffer_size()

    async def _run(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            await self._application(scope, receive, send)
        finally:
            # By now, what the client's goodbye confirms is stored, if it said one.
            if self._goodbye:
                self._goodbye.answer()

    def _say_goodbye(self) -> None:
        if not self.transport.is_closing():
            self.flush()
            super().shutdown()

    def _answer(self, goodbye: bytes) -> None:
        if not self.transport.is_closing():
            self.flush()
            self.transport.write(goodbye)
            self.transport.close()

    @property
    def _extensions(self) -> dict[str, Any]:
        extensions: Any = self.scope["extensions"]
        return cast(dict[str, Any], extensions)

    @property
    def _is_open(self) -> bool:
        return self._is_accepted and not self.close_sent

    def _join(self, frame: bytes) -> None:
        if not self._unsent:
            self._departures.add(self)
        self._unsent.append(frame)
        pulse = self.pulse
        pulse.written += len(frame)
        if pulse.written > self._flushed + UNSENT_BYTES:
            self.flush()
