"""The interface by which a session learns from the server what has arrived at the client of a socket.

A server that knows this offers a Link under LINK in the scope's extensions. Others offer none.
"""

from collections.abc import Callable
from typing import Any, Protocol

LINK = "im66.link"


class Followed(Protocol):
    """A session that sends rows of the log over a link."""

    @property
    def sent_id(self) -> int:
        """The id up to which every row was handed to the server."""

    @property
    def complete_id(self) -> int:
        """The id up to which everything has been sent."""

    def stop_sending(self) -> None:
        """Send no more rows, because the client has said goodbye or the server ends."""

    def leave(self) -> None:
        """End the session, because the connection is gone."""


class Link(Protocol):
    """`goodbye_id`: the id up to which all rows had reached the client when it said goodbye; None before
    that."""

    goodbye_id: int | None

    def follow(self, followed: Followed, confirm: Callable[[int], None] | None = None) -> None:
        """Follow a session, which sends from now on. `confirm(entry_id)` is called when the client has
        answered the ping after the row with this id, so it has all rows up to it. None if no confirmation is
        needed."""

    def unfollow(self) -> None:
        """Stop confirming."""

    def sent(self, entry_id: int) -> None:
        """Note that the row with this id was handed to the server just now."""

    def ask(self) -> bool:
        """Ask the client now whether everything that was sent has arrived; `confirm` is called with the
        answer. Return False, and ask nothing, if the client has confirmed everything or is gone."""

    def arrived_id(self) -> int:
        """Return the id up to which all rows have reached the client's machine; 0 if that is unknown, or if
        the client has not read what was sent before."""


def link_of(scope: Any) -> Link | None:
    """Return the link of an ASGI scope, if its server offers one."""
    link: Link | None = scope.get("extensions", {}).get(LINK)
    return link
