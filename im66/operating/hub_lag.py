"""How far the hub of an event loop is behind the log."""

import asyncio
from typing import NamedTuple
from weakref import WeakKeyDictionary

from chat.delivery.loop.hub import Hub
from chat.delivery.runtime import Runtime

LOOK_SECONDS = 1.0


class Lag(NamedTuple):
    """`rows`: how many ids it is behind what it has heard of. `seconds`: for how long it has known of a row
    that it has not applied."""

    rows: int
    seconds: float


class HubLag:
    """Looks at the hub again and again. Those who write are always a little ahead of it, so what counts is
    when it has applied the row that was the last one at an earlier look."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._awaited = hub.newest_known
        self._since = 0.0

    def sample(self, now: float) -> Lag:
        """What it is now, by the clock of the loop."""
        cursor, newest_known = self._hub.cursor, self._hub.newest_known
        if cursor >= self._awaited:
            self._awaited, self._since = newest_known, now
        seconds = now - self._since if cursor < self._awaited else 0.0
        return Lag(max(0, newest_known - cursor), seconds)


_lags: WeakKeyDictionary[Runtime, HubLag] = WeakKeyDictionary()


async def watch(run: Runtime) -> None:
    """Look until cancelled."""
    watched = _lags[run] = HubLag(run.hub)
    while True:
        watched.sample(run.loop.time())
        await asyncio.sleep(LOOK_SECONDS)


def lag_of(run: Runtime) -> Lag:
    watched = _lags.get(run)
    return watched.sample(run.loop.time()) if watched else Lag(0, 0.0)
