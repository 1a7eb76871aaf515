"""Hubs and receivers, without sockets and without a clock that runs."""

from collections.abc import Hashable, Sequence

from chat.delivery.cluster.messages import EphemeralEvent
from chat.delivery.loop.fanout import QueuedFrame
from chat.delivery.loop.hub import Hub
from chat.protocol.events import Event
from log.rows import Latecomers, LogId, Row, Written


class Receiver:
    """A device as the hub sees it, which notes what it is told."""

    def __init__(self) -> None:
        self.held_bytes = 0
        self.drop_count = 0
        self.fleeting: list[Event] = []
        self.latest: dict[Hashable, Event] = {}
        # Those of the latest that its own person made.
        self.own: list[Event] = []

    def offer_fleeting(self, event: Event, encoded: dict[object, str | None], *, crowded: bool) -> bool:
        self.fleeting.append(event)
        return True

    def offer_latest(self, key: Hashable, event: Event, *, is_own: bool) -> None:
        self.latest[key] = event
        if is_own:
            self.own.append(event)

    def offer(self, row: Row, encoded: dict[object, QueuedFrame | None], *, crowded: bool) -> None:
        """Ephemeral events are no rows."""

    def offer_own(self, row: Written, encoded: dict[object, QueuedFrame | None]) -> None:
        """Ephemeral events are no rows."""

    def drop_held(self) -> None:
        """It holds nothing."""

    @property
    def latest_events(self) -> list[Event]:
        """The latest."""
        return list(self.latest.values())


class Clock:
    """It goes when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Posted(list[tuple[EphemeralEvent, str]]):
    """What was told to the other processes."""

    def post(self, event: EphemeralEvent, to: str) -> None:
        self.append((event, to))


def new_hub() -> Hub:
    """One whose log is empty."""

    async def read_nothing(after: LogId, limit: int) -> list[Row]:
        return []

    async def nobody(latecomers: Sequence[Latecomers]) -> set[tuple[LogId, str]]:
        return set()

    return Hub(0, read_nothing, nobody)


async def come(hub: Hub, userid: str, *groups: int, is_mirror: bool = True) -> Receiver:
    """A device of the person, who is in these groups, has logged in."""
    receiver = Receiver()
    hub.join(userid, receiver, is_mirror=is_mirror)
    await hub.load(userid, dict.fromkeys(groups, 0), 0)
    return receiver
