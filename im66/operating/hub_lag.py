"""Measures how far the hub of an event loop is behind the log."""

import asyncio
from typing import NamedTuple
from weakref import WeakKeyDictionary

from chat.delivery.loop.hub import Hub
from chat.delivery.runtime import Runtime

SAMPLE_SECONDS = 1.0


class Lag(NamedTuple):
    """`rows`: the ids between the last applied row and the newest known one. `seconds`: how long the hub has
    known of a row that it has not applied."""

    rows: int
    seconds: float


class HubLag:
    """Samples the hub regularly. Writers are always slightly ahead of it, so the lag is the time since an
    earlier sample whose newest row the hub has not applied yet."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._awaited = hub.newest_known
        self._since = 0.0

    def sample(self, now: float) -> Lag:
        """Return the present lag. `now`: the time of the loop's clock."""
        cursor, newest_known = self._hub.cursor, self._hub.newest_known
        if cursor >= self._awaited:
            self._awaited, self._since = newest_known, now
        seconds = now - self._since if cursor < self._awaited else 0.0
        return Lag(max(0, newest_known - cursor), seconds)


_lags: WeakKeyDictionary[Runtime, HubLag] = WeakKeyDictionary()


async def watch(run: Runtime) -> None:
    """Sample the hub until cancelled."""
    lag = _lags[run] = HubLag(run.hub)
    while True:
        lag.sample(run.loop.time())
        await asyncio.sleep(SAMPLE_SECONDS)


def lag_of(run: Runtime) -> Lag:
    lag = _lags.get(run)
    return lag.sample(run.loop.time()) if lag else Lag(0, 0.0)
