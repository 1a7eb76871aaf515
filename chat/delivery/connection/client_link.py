"""The interface to the client of a connection that sessions and feeds use."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from chat.protocol.codec import Codec
from server.link import Link
from server.sockets import Socket


async def no_turn() -> None:
    """Do nothing: there is no turn to leave."""


def _never(extension: str) -> bool:
    return False


class Needs(NamedTuple):
    """Requirements of a client in addition to its dialect.

    `newest_only`: when the person logs in on this connection, the older ones, also those to other processes,
    get no more rows, and they do not count towards the limit. `lacks_names(extension)`: a message of this
    client with that extension is stored with one that the shipped apps can read. `closes`: if a login fails
    for good, or the person may no longer be logged in, the connection is closed with a code for the reason.
    """

    newest_only: bool = False
    lacks_names: Callable[[str], bool] = _never
    closes: bool = False


NOTHING = Needs()


class Author(NamedTuple):
    """The author of messages on a connection. `address`: the client's address. `origin`: see Entry.origin."""

    userid: str = ""
    address: str = ""
    origin: int = 0


NOBODY = Author()


class ClientLink(NamedTuple):
    """`codec`: the client's dialect. `send(text)` may wait for the client, and raises ConnectionGone if it is
    gone. `socket`: the socket of the connection. `link`: the server's knowledge of what has reached the
    client; None if the server has none. `base_url`: the address that the client used, as `http://host:port`.
    `address`: the client's address. `leave_turn()` is awaited before a command waits for something of
    unlimited duration: it gives up the command's turn among long texts.
    """

    codec: Codec
    send: Callable[[str], Awaitable[None]]
    socket: Socket
    link: Link | None = None
    needs: Needs = NOTHING
    base_url: str = ""
    address: str = ""
    leave_turn: Callable[[], Awaitable[None]] = no_turn
