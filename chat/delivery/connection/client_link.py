"""The client of one connection, as sessions and feeds reach it."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from chat.protocol.codec import Codec
from server.link import Link
from server.sockets import Socket


async def no_turn() -> None:
    """Nobody waits for another."""


def _never(extension: str) -> bool:
    return False


class Needs(NamedTuple):
    """What a client needs besides its dialect.

    `newest_only`: the person's older connections, also those on other processes, get no more rows, and do not
    count towards the limit. `lacks_names(extension)`: a message of this client with that extension is stored
    with one that the shipped apps can read. `closes`: a connection on which nobody may be logged in, or no
    longer, is closed, with a code that says why.
    """

    newest_only: bool = False
    lacks_names: Callable[[str], bool] = _never
    closes: bool = False


NOTHING = Needs()


class Author(NamedTuple):
    """Who writes on a connection. `address`: where the client is. `origin`: see Entry.origin."""

    userid: str = ""
    address: str = ""
    origin: int = 0


NOBODY = Author()


class ClientLink(NamedTuple):
    """`codec`: its dialect. `send(text)` may wait for the client, and raises ConnectionGone if the client is
    gone. `socket`: the socket of the connection. `link`: what the server knows of the client, if it can tell.
    `base_url`: the address that the client used, as `http://host:port`. `address`: where the client is.
    `leave_turn()` is awaited before a command waits for what takes as long as others like.
    """

    codec: Codec
    send: Callable[[str], Awaitable[None]]
    socket: Socket
    link: Link | None = None
    needs: Needs = NOTHING
    base_url: str = ""
    address: str = ""
    leave_turn: Callable[[], Awaitable[None]] = no_turn
