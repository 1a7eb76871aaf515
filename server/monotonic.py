"""Measures durations so that a change of the wall clock does not change them.

Daphne and Twisted measure durations with the time of day. If the clock steps back an hour, they would send no
ping for an hour, and a client that is gone would look alive. If it steps ahead, all clients that were just
pinged would look late.
"""

import time
from types import SimpleNamespace
from typing import Any

# Installs the reactor, so it comes first.
import daphne.server  # isort: skip
import daphne.http_protocol
from twisted.internet import reactor

_STEADY = SimpleNamespace(time=time.monotonic)


def measure_steadily() -> None:
    """Give both the monotonic clock. They use the clock for durations only."""
    measuring: tuple[Any, ...] = (daphne.server, daphne.http_protocol)
    for module in measuring:
        module.time = _STEADY
    timing: Any = reactor
    timing.seconds = time.monotonic
