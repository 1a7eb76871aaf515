"""The client of one connection, as sessions and feeds reach it."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from chat.protocol.codec import Codec
from server.link import Link
from server.sockets import Socket


class Needs(NamedTuple):
    """What a client needs besides its dialect.

    `newest_only`: the person's older connections, also those on other processes, get no more rows, and do not
    count towards the limit. `extensions`: its messages are stored with extensions that the shipped apps can
    read. `closes`: a connection on which nobody may be logged in, or no longer, is closed, with a code that
    says why.
    """

    newest_only: bool = False
    extensions: bool = False
    closes: bool = False


NOTHING = Needs()


class ClientLink(NamedTuple):
    """`codec`: its dialect. `send(text)` may wait for the client, and raises ConnectionGone if the client is
    gone. `socket`: the socket of the connection. `link`: what the server knows of the client, if it can tell.
    """

    codec: Codec
    send: Callable[[str], Awaitable[None]]
    socket: Socket
    link: Link | None = None
    needs: Needs = NOTHING
