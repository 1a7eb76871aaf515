"""What the server keeps of sockets whose connection is lost."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from server.daphne import Server


@pytest.fixture
def server() -> Server:
    made = Server.__new__(Server)
    made.connections, made._web_sockets = {}, {}
    made.application_close_timeout = 0.05
    made.root_path, made.intake = "", SimpleNamespace(mark="buffered")
    made.application = None
    return made


class Socket:
    """A socket whose application ends when `may_end` is set."""

    def __init__(self) -> None:
        self.may_end = asyncio.Event()

    async def run(self, application: Any, scope: Any) -> None:
        await self.may_end.wait()


def begun(server: Server) -> Any:
    socket: Any = Socket()
    server.begin_socket(socket, {})
    return socket


async def test_socket_of_an_ended_application_is_forgotten_at_once(server: Server) -> None:
    socket = begun(server)
    socket.may_end.set()
    await asyncio.sleep(0.01)
    server.end_socket(socket)
    assert not server._web_sockets


async def test_running_application_of_a_lost_socket_may_end(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    socket = begun(server)
    await asyncio.sleep(0)
    server.end_socket(socket)
    assert server.has_running()
    socket.may_end.set()
    await asyncio.sleep(0.2)
    assert not server.has_running()
    assert not server._web_sockets
    assert not caplog.messages


async def test_application_that_does_not_end_is_cancelled(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    socket = begun(server)
    application = server._web_sockets[socket]
    server.end_socket(socket)
    with pytest.raises(asyncio.CancelledError):
        async with asyncio.timeout(10):
            await application
    await asyncio.sleep(0)
    assert not server._web_sockets
    assert caplog.messages == ["The application of a closed socket took too long to end, and is cancelled."]


async def test_unknown_socket_ends_without_error(server: Server) -> None:
    server.end_socket(Socket())  # type: ignore[arg-type]
    assert not server.has_running()
