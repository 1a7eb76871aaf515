"""Hubs and receivers, without sockets and with a manual clock."""

from collections.abc import Hashable, Sequence

from chat.delivery.cluster.messages import EphemeralEvent
from chat.delivery.loop.fanout import QueuedFrame
from chat.delivery.loop.hub import Hub
from chat.protocol.events import Event
from log.rows import Latecomers, LogId, Row, Written


class Receiver:
    """A device on the hub that records what it receives."""

    def __init__(self) -> None:
        self.held_bytes = 0
        self.drop_count = 0
        self.fleeting: list[Event] = []
        self.latest: dict[Hashable, Event] = {}
        # The latest events that the device's own user caused.
        self.own: list[Event] = []

    def offer_fleeting(self, event: Event, encoded: dict[object, str | None], *, crowded: bool) -> bool:
        self.fleeting.append(event)
        return True

    def offer_latest(self, key: Hashable, event: Event, *, is_own: bool) -> None:
        self.latest[key] = event
        if is_own:
            self.own.append(event)

    def offer(self, row: Row, encoded: dict[object, QueuedFrame | None], *, crowded: bool) -> None:
        """Ignore the row: ephemeral events are not rows."""

    def offer_own(self, row: Written, encoded: dict[object, QueuedFrame | None]) -> None:
        """Ignore the row: ephemeral events are not rows."""

    def drop_held(self) -> None:
        """Do nothing, because it holds nothing."""

    @property
    def latest_events(self) -> list[Event]:
        """Return the latest events."""
        return list(self.latest.values())


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Posted(list[tuple[EphemeralEvent, str]]):
    """Records the events posted to other processes."""

    def post(self, event: EphemeralEvent, to: str) -> None:
        self.append((event, to))


def new_hub() -> Hub:
    """Return a hub with an empty log."""

    async def read_nothing(after: LogId, limit: int) -> list[Row]:
        return []

    async def nobody(latecomers: Sequence[Latecomers]) -> set[tuple[LogId, str]]:
        return set()

    return Hub(0, read_nothing, nobody)


async def come(hub: Hub, userid: str, *groups: int, is_mirror: bool = True) -> Receiver:
    """Log in a device of the user, who is in these groups."""
    receiver = Receiver()
    hub.join(userid, receiver, is_mirror=is_mirror)
    await hub.load(userid, dict.fromkeys(groups, 0), 0)
    return receiver
