"""What chat may ask of the socket below it. The sockets of a server that cannot do this do nothing."""

from typing import Any, Protocol

# The key of the socket in the scope's extensions.
SOCKET = "im66.socket"


class Socket(Protocol):
    """A socket that is told whether somebody is logged in on it."""

    def admit(self, longest: int) -> None:
        """Somebody has logged in: read messages of up to `longest` bytes."""

    def dismiss(self) -> None:
        """Nobody is logged in any more: read messages as large as a login needs."""

    def charge(self) -> None:
        """What the client sent was of no use: read the next a little later."""

    def send_now(self, text: str) -> bool:
        """Send `text`, if that can be done without waiting. False: nothing was sent. This is the short way of
        an ASGI message, which takes several coroutines."""

    async def taking(self) -> None:
        """Return when the client takes what it is sent, or is gone."""


class PlainSocket:
    """The socket of a server that offers none of this."""

    def admit(self, longest: int) -> None:
        pass

    def dismiss(self) -> None:
        pass

    def charge(self) -> None:
        pass

    def send_now(self, text: str) -> bool:
        return False

    async def taking(self) -> None:
        pass


_plain = PlainSocket()


def socket_of(scope: Any) -> Socket:
    """The socket that `scope` belongs to."""
    socket: Socket = (scope.get("extensions") or {}).get(SOCKET, _plain)
    return socket
