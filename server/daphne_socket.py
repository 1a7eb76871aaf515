"""Sockets whose connections Twisted has."""

from typing import Any

from server.backpressure import Backpressure
from server.departures import departures_here
from server.handshake import Asked, acceptance
from server.outgoing import Outgoing
from server.pulse import UNSENT_BYTES
from server.web_socket import OPEN, WebSocket

_ACCEPTED = (
    b"HTTP/1.1 101 Switching Protocols\r\nServer: im66\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n"
)


class WebSocketProtocol(WebSocket):
    """One socket: what Twisted calls a protocol."""

    __slots__ = ("_client", "_outgoing", "_server", "transport")

    closing_seconds = 1.0

    def __init__(self, server: Any, transport: Any) -> None:
        super().__init__()
        self._server = server
        self.transport = transport
        self._outgoing = Outgoing(transport, departures_here())
        self._client = Backpressure(self.take_answers)

    # Called by Twisted.

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        self.take(data)

    def connectionLost(self, _: Any) -> None:  # noqa: N802
        self._client.stopProducing()
        self._outgoing.end(abort=True)
        self.lost()
        if self in self._server.connections:
            self._server.protocol_disconnected(self)

    # Called by the socket.

    @property
    def heartbeat_seconds(self) -> float:
        seconds: float = self._server.heartbeat_seconds
        return seconds

    def start(self, asked: Asked) -> None:
        peer, host = self.transport.getPeer(), self.transport.getHost()
        is_known = hasattr(peer, "port")
        client = [str(peer.host), peer.port] if is_known else None
        server = [str(host.host), host.port] if is_known else None
        self._server.begin_socket(self, self.scope(asked, client=client, server=server))

    def acceptance(self, asked: Asked, message: Any) -> bytes:
        return acceptance(_ACCEPTED, asked.key, message.get("subprotocol"))

    def limit_unsent(self) -> None:
        self.transport.bufferSize = UNSENT_BYTES
        self.transport.registerProducer(self._client, True)

    def join(self, frame: bytes) -> None:
        self._outgoing.send(frame)

    def end(self) -> None:
        self._outgoing.end(abort=False)
        self.transport.unregisterProducer()
        self.transport.loseConnection()

    def abort(self) -> None:
        self._outgoing.end(abort=True)
        self.transport.abortConnection()

    async def taking(self) -> None:
        await self._client.wait()

    @property
    def is_taking(self) -> bool:
        return self._client.is_taking

    @property
    def takes_frames(self) -> bool:
        """Whether it can be sent anything: after the handshake, and before it is closed."""
        return self.state == OPEN

    @property
    def peer_address(self) -> str:
        return getattr(self.transport.getPeer(), "host", "")

    def pause_transport(self) -> None:
        self.transport.pauseProducing()

    def resume_transport(self) -> None:
        self.transport.resumeProducing()

    @property
    def kernel_socket(self) -> Any:
        return self.transport.getHandle()

    @property
    def unsent_bytes(self) -> int:
        return self._outgoing.unsent_bytes
