"""Durations that no change of the wall clock stretches.

Daphne and Twisted take the time of day for measuring how long something takes. Where the clock steps back an
hour, they would ping nobody for an hour, and a client that is gone would pass for one that listens; where it
steps ahead, all who were just pinged would be late.
"""

import time
from types import SimpleNamespace
from typing import Any

# Installs the reactor, so it comes first.
import daphne.server  # isort: skip
import daphne.http_protocol
import daphne.ws_protocol
from twisted.internet import reactor

_STEADY = SimpleNamespace(time=time.monotonic)


def measure_steadily() -> None:
    """Give both the monotonic clock, which they use for nothing but durations."""
    measuring: tuple[Any, ...] = (daphne.server, daphne.http_protocol, daphne.ws_protocol)
    for module in measuring:
        module.time = _STEADY
    timing: Any = reactor
    timing.seconds = time.monotonic
