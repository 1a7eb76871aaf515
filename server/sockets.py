"""What chat may ask of the socket below it, where the server can do it; other servers' sockets do nothing."""

from typing import Any, Protocol

# The name under which a server puts it into the scope's extensions.
SOCKET = "im66.socket"


class Socket(Protocol):
    """A socket that is told who is on it."""

    def admit(self, longest: int) -> None:
        """Somebody logged in: take in messages of up to so many bytes."""

    def dismiss(self) -> None:
        """Nobody is logged in any more: take in what a login needs."""

    def charge(self) -> None:
        """What it sent was nonsense: read the next a little later."""

    async def taking(self) -> None:
        """Return when the client takes what it is sent, or is gone."""


class PlainSocket:
    """That of a server that knows nothing of this."""

    def admit(self, longest: int) -> None:
        pass

    def dismiss(self) -> None:
        pass

    def charge(self) -> None:
        pass

    async def taking(self) -> None:
        pass


_plain = PlainSocket()


def socket_of(scope: Any) -> Socket:
    """The one that `scope` belongs to."""
    socket: Socket = (scope.get("extensions") or {}).get(SOCKET, _plain)
    return socket
