"""Waiting for what happens in the background."""

import time
from collections.abc import Callable

SECONDS = 30.0


def until(condition: Callable[[], bool]) -> None:
    """Return when it comes true."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, "It did not come true."
        time.sleep(0.02)
