"""The socket below a connection, where the server offers one."""

from typing import Any

import pytest

from server.sockets import SOCKET, socket_of


def test_socket_is_found_in_the_scope() -> None:
    socket = object()
    assert socket_of({"extensions": {SOCKET: socket}}) is socket


@pytest.mark.parametrize("scope", [{}, {"extensions": None}, {"extensions": {}}])
async def test_socket_of_another_server_accepts_every_call(
    scope: dict[str, Any],
) -> None:
    socket = socket_of(scope)
    socket.admit(1000)
    socket.charge()
    socket.dismiss()
    assert not socket.send_now("Hello, Bob")
    socket.set_listener(print)
    socket.set_listener(None)
    await socket.wait_until_writable()
