"""The moment at which a login runs out."""

import asyncio
import time
from collections.abc import Callable

# The clock is checked this often: it may be set, and a machine may sleep.
CHECK_SECONDS = 60.0


class Expiry:
    """Calls once when a second of the wall clock has come. Setting it again forgets the second before."""

    __slots__ = ("_timer",)

    def __init__(self) -> None:
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_set(self) -> bool:
        """Whether the call is still to come."""
        return self._timer is not None

    def set(self, second: float, call: Callable[[], None]) -> None:
        self.cancel()
        wait = min(max(0.0, second - time.time()), CHECK_SECONDS)
        self._timer = asyncio.get_running_loop().call_later(wait, self._check, second, call)

    def cancel(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _check(self, second: float, call: Callable[[], None]) -> None:
        self._timer = None
        if time.time() >= second:
            call()
        else:
            self.set(second, call)
