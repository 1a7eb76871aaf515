"""What the private names of the libraries that serve do: docs/private-names.md lists them."""

import asyncio
import inspect
import re
from collections.abc import Callable
from typing import Any

from server.daphne import Server  # isort: skip  # first, for it installs the reactor

import autobahn.twisted.websocket
import autobahn.websocket.protocol
import pytest
from autobahn.twisted.websocket import WebSocketServerFactory
from autobahn.websocket.protocol import WebSocketProtocol as AutobahnProtocol
from daphne.http_protocol import WebRequest
from daphne.server import Server as DaphneServer
from daphne.ws_protocol import WebSocketProtocol as DaphneProtocol
from twisted.internet import abstract
from twisted.internet.base import ReactorBase
from twisted.internet.testing import StringTransport
from twisted.web import http
from uvicorn.config import Config
from uvicorn.protocols.websockets.wsproto_impl import WSProtocol
from uvicorn.server import Server as UvicornServer
from uvicorn.server import ServerState
from wsproto import ConnectionType, WSConnection
from wsproto.connection import Connection, ConnectionState

from server.backpressure import Backpressure
from server.daphne_http import HTTPChannel, HTTPFactory
from server.daphne_socket import WebSocketProtocol
from server.departures import Departures
from server.outgoing import Outgoing
from server.pulse import UNSENT_BYTES
from server.quiet import colour_nothing

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
        channel.makeConnection(StringTransport())  # type: ignore[no-untyped-call]
        channel.lineReceived(b"POST /upload?name=bob HTTP/1.1")
        assert channel._path == b"/upload?name=bob"


class TestAutobahn:
    @pytest.fixture
    def factory(self) -> Any:
        return WebSocketServerFactory()  # type: ignore[no-untyped-call]

    def test_what_a_socket_is_set_to_are_the_options_of_its_factory(self, factory: Any) -> None:
        assert "CONFIG_ATTRS" in calls(AutobahnProtocol._connectionMade)
        assert all(hasattr(factory, name) for name in WebSocketProtocol.CONFIG_ATTRS)

    def test_what_arrives_is_collected_and_then_consumed(self) -> None:
        assert {"data", "consumeData"} <= calls(DaphneProtocol._dataReceived)

    def test_a_handshake_is_read_by_the_method_that_we_extend_and_answered_from_what_that_leaves(
        self,
    ) -> None:
        assert "processHandshake" in calls(DaphneProtocol.consumeData)
        assert {"onConnect", "succeedHandshake", "failHandshake"} <= set(
            re.findall(r"self\.(\w+)", inspect.getsource(DaphneProtocol.processHandshake))
        )
        left = {"_wskey", "websocket_version", "websocket_protocols", "websocket_extensions"}
        assert left <= calls(DaphneProtocol.processHandshake)
        assert left - {"websocket_version"} <= calls(DaphneProtocol.succeedHandshake)

    def test_states_are_different(self) -> None:
        states = {DaphneProtocol.STATE_CONNECTING, DaphneProtocol.STATE_OPEN, DaphneProtocol.STATE_CLOSED}
        assert len(states) == 3

    def test_a_message_too_big_has_the_code_of_the_standard(self) -> None:
        """RFC 6455, section 7.4.1."""
        assert DaphneProtocol.CLOSE_STATUS_CODE_MESSAGE_TOO_BIG == 1009

    def test_a_close_frame_is_answered_by_the_method_that_we_put_off(self) -> None:
        assert "onCloseFrame" in calls(DaphneProtocol.processControlFrame)
        assert list(inspect.signature(DaphneProtocol.onCloseFrame).parameters) == [
            "self",
            "code",
            "reasonRaw",
        ]
        assert "sendCloseFrame" in calls(DaphneProtocol.onCloseFrame)

    def test_a_connection_is_closed_by_code_or_dropped(self) -> None:
        assert list(inspect.signature(DaphneProtocol.sendCloseFrame).parameters) == [
            "self",
            "code",
            "reasonUtf8",
            "isReply",
        ]
        assert "abort" in inspect.signature(DaphneProtocol.dropConnection).parameters
        assert list(inspect.signature(DaphneProtocol._fail_connection).parameters)[1:3] == ["code", "reason"]

    def test_its_own_frames_go_through_the_method_that_we_extend(self) -> None:
        assert "sendData" in calls(DaphneProtocol.sendFrame)
        assert "sendFrame" in calls(DaphneProtocol.sendCloseFrame)
        assert "sendFrame" in calls(DaphneProtocol.sendPong)

    def test_it_colours_its_lines_by_the_names_that_we_replace(self) -> None:
        colour_nothing()
        named = autobahn.websocket.protocol, autobahn.twisted.websocket
        assert all(module.hltype(calls) is module.hlval(calls) is calls for module in named)
        assert "pformat" in calls(AutobahnProtocol._connectionMade)

    def test_a_closed_socket_is_told_to_its_future_before_we_let_go_of_it(self) -> None:
        source = inspect.getsource(AutobahnProtocol._connectionLost)
        assert source.index("self.is_closed") < source.index("self._onClose")


class TestDaphne:
    def test_it_makes_its_factories_through_the_attributes_that_we_replace(self) -> None:
        assert {"http_factory", "ws_factory", "kill_all_applications"} <= calls(DaphneServer.run)
        assert {"timeout_checker", "listen_success", "listen_error"} <= calls(DaphneServer.run)
        assert isinstance(Server.http_factory, property)

    def test_it_speaks_to_the_application_through_the_methods_that_we_replace(self) -> None:
        assert "create_application" in calls(DaphneProtocol.onConnect)
        assert "create_application" in calls(WebRequest.process)
        assert "handle_reply" in inspect.getsource(DaphneServer.create_application)

    def test_it_puts_messages_where_we_say_and_looks_after_the_application_that_we_start(self) -> None:
        assert "put_nowait" in calls(DaphneProtocol.applicationCreateWorked)
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
    @pytest.fixture
    async def bobs(self) -> WSProtocol:
        config = Config(lambda *_: None, http="h11", ws="none", log_config=None)
        return WSProtocol(config, ServerState(), {})

    async def test_a_socket_that_is_new_is_neither_open_nor_closed(self, bobs: WSProtocol) -> None:
        for name in ("handshake_complete", "close_sent", "disconnected", "response_started"):
            assert getattr(bobs, name) is False
        assert bobs.close_timer is None
        assert isinstance(bobs.conn, WSConnection)
        assert isinstance(bobs.queue, asyncio.Queue)
        assert bobs.loop is asyncio.get_running_loop()

    async def test_a_client_that_takes_nothing_is_told_by_an_event(self, bobs: WSProtocol) -> None:
        assert bobs.writable.is_set()
        bobs.pause_writing()
        assert not bobs.writable.is_set()
        bobs.resume_writing()
        assert bobs.writable.is_set()

    def test_a_connection_that_hears_nothing_is_among_those_that_a_shutdown_ends(self) -> None:
        assert "connections" in calls(UvicornServer.shutdown)
        assert "http_protocol_class" in inspect.getsource(UvicornServer.startup)

    def test_wsprotos_events_go_to_the_methods_that_we_replace(self) -> None:
        assert {"handle_connect", "handle_pong", "handle_close"} <= calls(WSProtocol.handle_events)
        assert {"run_asgi", "scope", "queue"} <= calls(WSProtocol.handle_connect)
        assert "start_keepalive" in calls(WSProtocol.send)
        assert {"app", "receive", "send", "ClientDisconnected"} <= calls(WSProtocol.run_asgi)


class TestWsproto:
    def test_a_connection_consists_of_a_role_a_handshake_and_what_follows_it(self) -> None:
        connection = WSConnection(ConnectionType.SERVER)
        assert (connection.client, connection.connection) == (False, None)
        assert connection.handshake.state is ConnectionState.CONNECTING

    def test_what_follows_a_handshake_is_open(self) -> None:
        assert Connection(ConnectionType.SERVER).state is ConnectionState.OPEN
