"""What the server of a socket knows of its client, as the session sees it: what has arrived at the client.

Servers that know this offer a Link under LINK in the scope's extensions. Others offer none.
"""

from collections.abc import Callable
from typing import Any, Protocol

LINK = "im66.link"


class Followed(Protocol):
    """The sender of rows of the log over a link."""

    @property
    def sent_id(self) -> int:
        """Every row up to it was handed to the server."""

    @property
    def complete_id(self) -> int:
        """Everything up to it has been sent."""

    def stop_sending(self) -> None:
        """The client says goodbye: send no more rows."""

    def leave(self) -> None:
        """The connection is gone."""


class Link(Protocol):
    """`goodbye_id`: the id up to which all rows had reached the client when it said goodbye; None before it
    does."""

    goodbye_id: int | None

    def follow(self, followed: Followed, confirm: Callable[[int], None] | None = None) -> None:
        """`followed` sends from now on. `confirm(entry_id)` is called when the client has answered the ping
        that followed the row with this id, so it has all rows up to it. None if no confirmation is needed."""

    def unfollow(self) -> None:
        """Stop confirming."""

    def sent(self, entry_id: int) -> None:
        """The row with this id was handed to the server just now."""

    def ask(self) -> bool:
        """Ask the client now whether what was sent has arrived; `confirm` is called with the answer. False if
        the client has confirmed everything already, or is gone: then nothing is asked."""

    def arrived_id(self) -> int:
        """The id up to which all rows have reached the client's machine; 0 if it is unknown, or if the client
        has not read what was sent before."""


def link_of(scope: Any) -> Link | None:
    """The link of an ASGI scope, if its server offers one."""
    link: Link | None = scope.get("extensions", {}).get(LINK)
    return link
