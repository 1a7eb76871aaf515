"""What the private names of the libraries that serve do: tests/PRIVATE_NAMES.md lists them."""

import inspect
from collections.abc import Callable
from socket import create_connection
from typing import Any
from unittest.mock import MagicMock

from server.daphne import ACCEPTED_AT_ONCE, Server, accept_a_few  # isort: skip  # first, for it installs the reactor

from daphne.http_protocol import WebRequest
from daphne.server import Server as DaphneServer
from twisted.internet import abstract, tcp
from twisted.internet.base import ReactorBase
from twisted.internet.protocol import Factory
from twisted.internet.testing import StringTransport
from twisted.web import http
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.wsproto_impl import WSProtocol
from uvicorn.server import Server as UvicornServer
from uvicorn.server import ServerState

from server.backpressure import Backpressure
from server.daphne_http import HTTPChannel, HTTPFactory
from server.departures import Departures
from server.outgoing import Outgoing
from server.pulse import UNSENT_BYTES
from server.uvicorn import WebSocketProtocol as UvicornSocket

PAYLOAD = b"0123456789"


class Transport(abstract.FileDescriptor):
    """Takes so many bytes at a time."""

    def __init__(self, takes: int) -> None:
        nowhere: Any = object()
        super().__init__(reactor=nowhere)
        self.connected = True
        self.takes = takes

    def startWriting(self) -> None:  # noqa: N802
        pass

    def stopWriting(self) -> None:  # noqa: N802
        pass

    def writeSomeData(self, data: bytes) -> int:  # noqa: N802
        return min(self.takes, len(data))


def calls(method: Callable[..., Any]) -> set[str]:
    """What a method of a library's names."""
    return set(inspect.unwrap(method).__code__.co_names)


class TestTwisted:
    def test_a_transport_tells_how_much_waits_in_it(self) -> None:
        transport: Any = Transport(takes=4)
        bobs = Outgoing(transport, Departures())
        transport.write(PAYLOAD)
        assert bobs.unsent_bytes == 10
        transport.doWrite()
        assert bobs.unsent_bytes == 6
        transport.write(PAYLOAD)
        assert bobs.unsent_bytes == 16
        transport.takes = 100
        transport.doWrite()
        assert bobs.unsent_bytes == 0

    def test_a_transport_is_full_when_its_buffer_is(self) -> None:
        transport: Any = Transport(takes=0)
        client = Backpressure()
        transport.bufferSize = UNSENT_BYTES
        transport.registerProducer(client, True)
        transport.write(b"x" * UNSENT_BYTES)
        assert client.is_taking
        transport.write(b"x")
        assert not client.is_taking

    def test_a_port_accepts_a_few_connections_in_a_step(self) -> None:
        arrived: list[object] = []
        factory: Any = Factory()
        factory.buildProtocol = arrived.append
        nowhere: Any = MagicMock()
        port: Any = tcp.Port(0, factory, interface="127.0.0.1", reactor=nowhere)
        port.startListening()
        clients = [create_connection(port.socket.getsockname()) for _ in range(3 * ACCEPTED_AT_ONCE)]
        steps = []
        while len(arrived) < len(clients):
            before = len(arrived)
            accept_a_few(port)
            steps.append(len(arrived) - before)
        for each in [*clients, port.socket]:
            each.close()
        assert steps == [ACCEPTED_AT_ONCE] * 3

    def test_delays_are_counted_by_the_seconds_of_the_reactor(self) -> None:
        assert "seconds" in calls(ReactorBase.callLater)

    def test_a_body_is_told_of_as_it_arrives(self) -> None:
        """The channel calls them, so that what we put in their place is called."""
        assert "gotLength" in calls(http.HTTPChannel.allHeadersReceived)
        assert "handleContentChunk" in inspect.getsource(http.HTTPChannel)
        assert "requestReceived" in calls(http.HTTPChannel.allContentReceived)
        assert "_parsePOSTFormSubmission" in calls(http.Request.requestReceived)

    def test_the_channel_knows_the_path_before_the_body(self) -> None:
        channel: Any = HTTPChannel()  # type: ignore[no-untyped-call]
        transport: Any = StringTransport()  # type: ignore[no-untyped-call]
        transport.fileno = lambda: 0
        channel.makeConnection(transport)
        channel.lineReceived(b"POST /upload?name=bob HTTP/1.1")
        assert channel._path == b"/upload?name=bob"


class TestDaphne:
    def test_it_makes_its_factories_through_the_attributes_that_we_replace(self) -> None:
        assert {"http_factory", "kill_all_applications"} <= calls(DaphneServer.run)
        assert {"timeout_checker", "listen_success", "listen_error"} <= calls(DaphneServer.run)
        assert isinstance(Server.http_factory, property)

    def test_it_speaks_to_the_application_through_the_methods_that_we_replace(self) -> None:
        assert "create_application" in calls(WebRequest.process)
        assert "handle_reply" in inspect.getsource(DaphneServer.create_application)

    def test_it_puts_messages_where_we_say_and_looks_after_the_application_that_we_start(self) -> None:
        assert "application_queue.put_nowait" in inspect.getsource(WebRequest)
        assert "application_instance" in inspect.getsource(DaphneServer.application_checker)

    def test_it_keeps_what_is_connected_by_its_protocol(self) -> None:
        daphne = Server.__new__(Server)
        daphne.connections = {}
        bobs = object()
        daphne.protocol_connected(bobs)
        assert list(daphne.connections) == [bobs]
        daphne.protocol_disconnected(bobs)
        assert "disconnected" in daphne.connections[bobs]

    def test_an_error_after_the_response_has_begun_is_seen_by_its_mark(self) -> None:
        assert "_response_started" in calls(WebRequest.handle_reply)
        assert "basic_error" in calls(WebRequest.handle_exception)

    def test_connections_are_plain_channels_with_our_requests(self) -> None:
        channel = HTTPFactory(object()).buildProtocol(None)
        assert type(channel) is HTTPChannel
        assert channel.requestFactory.__module__ == "server.daphne_http"


class TestUvicorn:
    def test_it_makes_a_socket_and_tells_it_what_is_served(self) -> None:
        """The same arguments as its own classes take, with what is read from them."""
        ours, theirs = (set(inspect.signature(one).parameters) for one in (UvicornSocket, WSProtocol))
        assert {"config", "server_state", "app_state"} <= ours & theirs
        config = Config(lambda *_: None, http="h11", ws="none", log_config=None, root_path="/chat")
        config.load()
        assert callable(config.loaded_app)
        assert config.root_path == "/chat"
        assert vars(ServerState()).keys() >= {"connections", "tasks", "default_headers"}

    def test_a_socket_is_made_connected_and_given_the_request(self) -> None:
        source = inspect.getsource(H11Protocol.handle_websocket_upgrade)
        assert source.index("connection_made") < source.index("data_received") < source.index("set_protocol")

    def test_connections_are_among_those_that_a_shutdown_ends_and_tasks_among_those_it_waits_for(
        self,
    ) -> None:
        assert {"connections", "tasks", "shutdown"} <= calls(UvicornServer.shutdown) | calls(
            UvicornServer._wait_tasks_to_complete
        )
        assert "http_protocol_class" in inspect.getsource(UvicornServer.startup)
