"""Clients connect until the server has hardly a descriptor left (`ulimit -n 256`)."""

import os
import socket
from collections.abc import Sequence
from contextlib import ExitStack

from testkit.phone import Phone
from testkit.server import SERVE, Server
from tests.conftest import MakeServer
from tests.support.waiting import until

LIMIT, CLIENTS = 256, 300


async def test_first_texts_are_stored_without_free_descriptors(make_server: MakeServer) -> None:
    server = make_server(["sh", "-c", f'ulimit -n {LIMIT}; exec "$0" "$@"', *SERVE])
    async with Phone(server.entry, "alice") as alice, Phone(server.entry, "bob") as bob:
        with ExitStack() as crowd:
            clients = [
                crowd.enter_context(socket.create_connection(("127.0.0.1", server.port)))
                for _ in range(CLIENTS)
            ]
            until(lambda: len(_descriptors(server)) >= LIMIT or _is_closed(clients))

            await alice.text("bob", "goes")

            assert await bob.contents(1) == ["goes"]


def _descriptors(server: Server) -> list[str]:
    return os.listdir(f"/proc/{server.pid}/fd")


def _is_closed(clients: Sequence[socket.socket]) -> bool:
    """Whether the server has closed the last connection."""
    clients[-1].settimeout(0.1)
    try:
        return clients[-1].recv(1) == b""
    except TimeoutError:
        return False
    except ConnectionError:
        return True
