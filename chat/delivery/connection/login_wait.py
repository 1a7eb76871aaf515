"""How long a connection may stay open on which nobody has logged in.

A client that does not log in in time is hung up on, or its connection is kept: When the shipped Android app
opens several connections at the same time, it logs in on one of them only, and opens each again that is
closed. What is kept is bounded, so that strangers cannot fill the process by opening connections.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Hashable

from accounts.limits.callers import network_of

# The parts of all kept connections that those of one network, and of one address, may be.
NETWORK_PART, ADDRESS_PART = 4, 10


class LoginWait:
    """The wait of one connection. After `seconds`, `hang_up()` is called, or the connection is kept among at
    most `max_kept` of this process; then `hang_up()` is called when newer ones need its place.
    `is_logging_in()`: a login is being checked, so it is the database that is slow. `stop` ends the wait."""

    __slots__ = ("_address", "_hang_up", "_is_logging_in", "_kept", "_max_kept", "_seconds", "_timer")

    def __init__(
        self,
        seconds: float,
        hang_up: Callable[[], None],
        is_logging_in: Callable[[], bool],
        address: str,
        max_kept: int,
        kept: "KeptConnections | None" = None,
    ) -> None:
        self._seconds = seconds
        self._hang_up = hang_up
        self._is_logging_in = is_logging_in
        self._address = address
        self._max_kept = max_kept
        self._kept = _kept if kept is None else kept
        self._begin()

    def stop(self) -> None:
        """Stopping twice does no harm."""
        self._timer.cancel()
        self._kept.remove(self, self._address)

    def _begin(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self._seconds, self._end)

    def _end(self) -> None:
        if self._is_logging_in():
            self._begin()
        elif self._max_kept:
            for other in self._kept.add(self, self._address, self._max_kept):
                other._hang_up()
        else:
            self._hang_up()


class KeptConnections:
    """The connections that are kept though nobody has logged in on them."""

    def __init__(self) -> None:
        # Of each address, of each network, and all: the oldest first.
        self._groups: dict[Hashable, OrderedDict[LoginWait, None]] = {}

    def __len__(self) -> int:
        return len(self._groups.get(None, ()))

    def add(self, wait: LoginWait, address: str, max_kept: int) -> list[LoginWait]:
        """Keep one more. Returns those that give up their places for it, which are not kept any more."""
        parts = (ADDRESS_PART, NETWORK_PART, 1)
        given_up: list[LoginWait] = []
        for key, part in zip(_keys(address), parts, strict=True):
            group = self._groups.setdefault(key, OrderedDict())
            group[wait] = None
            if len(group) > max(1, max_kept // part):
                oldest = next(iter(group))
                self.remove(oldest, oldest._address)
                given_up.append(oldest)
        return given_up

    def remove(self, wait: LoginWait, address: str) -> None:
        for key in _keys(address):
            group = self._groups.get(key)
            if group and wait in group:
                del group[wait]
                if not group:
                    del self._groups[key]


def _keys(address: str) -> tuple[Hashable, Hashable, Hashable]:
    return ("address", address), ("network", network_of(address)), None


_kept = KeptConnections()
