"""A connection as the hub sees it."""

from collections.abc import Hashable
from typing import Protocol

from chat.delivery.loop.fanout import Held, Holder
from chat.protocol.events import Event
from log.rows import Row, Written


class Receiver(Holder, Protocol):
    """It takes what its person is to get."""

    def offer(self, row: Row, encoded: dict[object, Held | None], *, crowded: bool) -> None:
        """Take a row for this connection's person. Must not wait, raise or be slow. `encoded` is shared by
        all receivers of the row and has a key for each codec, so each dialect encodes a row once. `crowded`:
        the row has many receivers, so none of them should hurry."""

    def offer_own(self, row: Written, encoded: dict[object, Held | None]) -> None:
        """Take a row that this connection's person wrote, maybe on this connection. The same holds."""

    # How often it has dropped what it had taken.
    falls: int

    def offer_fleeting(self, event: Event, encoded: dict[object, str | None], *, crowded: bool) -> bool:
        """Take an event that is worth nothing later, if little waits to be sent before it. Returns whether it
        was taken. The same holds."""

    def offer_latest(self, key: Hashable, event: Event, *, is_own: bool) -> None:
        """Take an event that is no row, and is sent once nothing else waits. Of those with the same key that
        wait, the last one is sent. `is_own`: this connection's person made it. The same holds."""
