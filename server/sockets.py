"""The interface by which chat uses the socket of a connection. With a server that does not support it, the
methods do nothing."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

# The key of the socket in the scope's extensions.
SOCKET = "im66.socket"
# The key of the rest in a message.
REST = "im66.rest"

# The rest of the work for a text. Nothing of it is done before it is called.
Rest = Callable[[], Awaitable[None]]
# Handles a text without waiting. Returns the rest of the work, None if there is none.
Listener = Callable[[str], Rest | None]


class Socket(Protocol):
    """A socket whose limits depend on whether a person is logged in on it."""

    def admit(self, max_bytes: int) -> None:
        """Read messages of up to `max_bytes` bytes, because a person has logged in."""

    def dismiss(self) -> None:
        """Read only messages as large as a login needs, because nobody is logged in any more."""

    def charge(self, cost: int = 1) -> None:
        """Charge the client for something useless that cost as much as `cost` short texts: its next text is
        read a little later."""

    def send_now(self, text: str) -> bool:
        """Send `text` if that needs no wait. Return whether it was sent. This is faster than an ASGI message,
        which takes several coroutines."""

    async def wait_until_writable(self) -> None:
        """Wait until the client takes the data it is sent, or is gone."""

    @property
    def is_served(self) -> bool:
        """Whether commands of the client may still take a while: the client is connected and has not said
        goodbye, and the server does not shut down."""

    def close_only_with(self, code: int) -> None:
        """Use this code in each close frame with which the server begins to close this socket from now on,
        whatever the reason. Answers to a client's close keep their codes."""

    def set_listener(self, listener: Listener | None) -> None:
        """Pass texts to `listener` when they are read, if the application waits for a message. This is faster
        than an ASGI message, for which a task is woken. The rest that the listener returns is delivered to
        the application in a message, under REST. None: deliver all texts as messages."""


class PlainSocket:
    """The socket of a server that does not support this interface."""

    def admit(self, max_bytes: int) -> None:
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
    """Return the socket of `scope`."""
    socket: Socket = (scope.get("extensions") or {}).get(SOCKET, _plain)
    return socket
