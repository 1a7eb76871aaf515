"""What the private names of the libraries that serve do: tests/PRIVATE_NAMES.md lists them."""

import inspect
import re
from collections.abc import Callable
from typing import Any

from server.daphne import Server  # isort: skip  # first, for it installs the reactor

from daphne.http_protocol import WebRequest
from daphne.server import Server as DaphneServer
from twisted.internet.base import ReactorBase
from twisted.internet.testing import StringTransport
from twisted.protocols import basic
from twisted.web import http

from server.connection import HTTPChannel, HTTPConnection


def calls(method: Callable[..., Any]) -> set[str]:
    """What a method of a library's names."""
    return set(inspect.unwrap(method).__code__.co_names)


class TestTwisted:
    def test_reactor_measures_delays_by_its_seconds(self) -> None:
        assert "seconds" in calls(ReactorBase.callLater)

    def test_twisted_reports_a_body_as_it_arrives(self) -> None:
        """The channel calls them, so that what we put in their place is called."""
        assert "gotLength" in calls(http.HTTPChannel.allHeadersReceived)
        assert "handleContentChunk" in inspect.getsource(http.HTTPChannel)
        assert "requestReceived" in calls(http.HTTPChannel.allContentReceived)
        assert "_parsePOSTFormSubmission" in calls(http.Request.requestReceived)

    def test_channel_knows_the_path_before_the_body(self) -> None:
        channel: Any = HTTPChannel()  # type: ignore[no-untyped-call]
        channel.requestFactory = http.Request
        channel.makeConnection(StringTransport())  # type: ignore[no-untyped-call]
        channel.lineReceived(b"POST /upload?name=bob HTTP/1.1")
        assert channel._path == b"/upload?name=bob"

    def test_connection_has_all_that_a_channel_uses(self) -> None:
        used = set(re.findall(r"self\.transport\.(\w+)", inspect.getsource(http.HTTPChannel)))
        used |= set(re.findall(r"self\.transport\.(\w+)", inspect.getsource(basic.LineReceiver)))
        used |= set(re.findall(r"_networkProducer\.(\w+)", inspect.getsource(http.HTTPChannel)))
        assert {name for name in used if not hasattr(HTTPConnection, name)} == {"setTcpNoDelay"}


class TestDaphne:
    def test_daphne_runs_with_the_attributes_in_use(self) -> None:
        assert {"endpoints", "http_factory", "kill_all_applications", "timeout_checker"} <= calls(
            DaphneServer.run
        )

    def test_daphne_calls_the_replaced_methods(self) -> None:
        assert "create_application" in calls(WebRequest.process)
        assert "handle_reply" in inspect.getsource(DaphneServer.create_application)

    def test_daphne_uses_the_queue_and_instance_in_use(self) -> None:
        assert "application_queue.put_nowait" in inspect.getsource(WebRequest)
        assert "application_instance" in inspect.getsource(DaphneServer.application_checker)

    def test_daphne_tracks_connections_by_protocol(self) -> None:
        daphne = Server.__new__(Server)
        daphne.connections = {}
        bobs = object()
        daphne.protocol_connected(bobs)
        assert list(daphne.connections) == [bobs]
        daphne.protocol_disconnected(bobs)
        assert "disconnected" in daphne.connections[bobs]

    def test_error_after_the_response_has_begun_is_recognised(self) -> None:
        assert "_response_started" in calls(WebRequest.handle_reply)
        assert "basic_error" in calls(WebRequest.handle_exception)
