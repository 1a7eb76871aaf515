"""A server whose application accepts sockets at /entry, and never answers any other: `python -m
tests.server.hesitant`. It tells its port."""

import socket
import sys
from types import SimpleNamespace
from typing import Any

from server.daphne import Server
from server.shutdown import Work

# What there is to ask when no request has a body.
NO_BODIES: Any = SimpleNamespace(
    mark="mark", small_bytes=1, limit=lambda _: 0, caller=lambda *_: None, refusal=lambda *_: None
)


async def application(scope: Any, receive: Any, send: Any) -> None:
    assert (await receive())["type"] == "websocket.connect"
    if scope["path"] == "/entry":
        await send({"type": "websocket.accept"})
    await receive()


async def nothing() -> None:
    """There is nothing to write."""


def tell(_: str, port: int) -> None:
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()


def main() -> None:
    Server(
        application,
        heartbeat_seconds=60,
        intake=NO_BODIES,
        work=Work(drain=nothing, close=nothing),
        on_serving=tell,
        listener=socket.create_server(("127.0.0.1", 0)),
    ).run()


if __name__ == "__main__":
    main()
