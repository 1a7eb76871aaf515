"""The ends of the steps of an event loop. What sockets are sent in a step leaves at its end, in one go."""

import asyncio
from typing import Protocol
from weakref import WeakKeyDictionary


class Leaving(Protocol):
    def flush(self) -> None:
        """Give everything that was sent so far to the kernel."""


class Departures:
    """Those of one event loop."""

    def __init__(self) -> None:
        self._leaving: list[Leaving] = []

    def add(self, leaving: Leaving) -> None:
        """Flush it at the end of this step."""
        if not self._leaving:
            asyncio.get_running_loop().call_soon(self._leave)
        self._leaving.append(leaving)

    def _leave(self) -> None:
        leaving, self._leaving = self._leaving, []
        for one in leaving:
            one.flush()


_departures: WeakKeyDictionary[asyncio.AbstractEventLoop, Departures] = WeakKeyDictionary()


def departures_here() -> Departures:
    """Those of the running loop."""
    loop = asyncio.get_running_loop()
    found = _departures.get(loop)
    if found is None:
        found = _departures[loop] = Departures()
    return found
