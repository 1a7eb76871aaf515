"""What chat may ask of the socket below it. The sockets of a server that cannot do this do nothing."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

# The key of the socket in the scope's extensions.
SOCKET = "im66.socket"
# Where a message has what is left to do for it.
REST = "im66.rest"

# What has still to be done. Nothing of it is done before it is called.
Rest = Callable[[], Awaitable[None]]
# Is called with a text, and must not wait. Returns what is left to do for it; None for nothing.
Listener = Callable[[str], Rest | None]


class Socket(Protocol):
    """A socket whose limits depend on whether it is logged in."""

    def admit(self, longest: int) -> None:
        """Somebody has logged in: read messages of up to `longest` bytes."""

    def dismiss(self) -> None:
        """Nobody is logged in any more: read messages as large as a login needs."""

    def charge(self, cost: int = 1) -> None:
        """What the client sent was of no use, and cost as much as so many short texts: read the next a
        little later."""

    def send_now(self, text: str) -> bool:
        """Send `text`, if that can be done without waiting. False: nothing was sent. This is the short way of
        an ASGI message, which takes several coroutines."""

    async def wait_until_writable(self) -> None:
        """Return when the client takes what it is sent, or is gone."""

    @property
    def is_served(self) -> bool:
        """Whether what the client asks for may still take a while: the client is there and has not said
        goodbye, and the server does not end."""

    def close_only_with(self, code: int) -> None:
        """From now on, each close frame with which the server begins to close this socket has this code,
        whatever the reason for closing it. Answers to a client's close keep their code."""

    def set_listener(self, listener: Listener | None) -> None:
        """Give texts to `listener` as they are read, if the application waits for one: the short way of an
        ASGI message, for which a task is woken. What it returns is in the message under REST, and it is the
        application's turn. None: no listener, so the application gets messages only."""


class PlainSocket:
    """The socket of a server that offers none of this."""

    def admit(self, longest: int) -> None:
        pass

    def dismiss(self) -> None:
        pass

    def charge(self, cost: int = 1) -> None:
        pass

    def send_now(self, text: str) -> bool:
        return False

    async def wait_until_writable(self) -> None:
        pass

    @property
    def is_served(self) -> bool:
        return True

    def close_only_with(self, code: int) -> None:
        pass

    def set_listener(self, listener: Listener | None) -> None:
        pass


_plain = PlainSocket()


def socket_of(scope: Any) -> Socket:
    """The socket that `scope` belongs to."""
    socket: Socket = (scope.get("extensions") or {}).get(SOCKET, _plain)
    return socket
