"""Whether this process is draining: it is about to end, and should get no new clients."""

import asyncio
import signal
import threading
from types import FrameType

_is_draining = False


def begin() -> None:
    """Begin to drain: /readyz fails from now on, so that load balancers choose other processes."""
    global _is_draining
    _is_draining = True


def is_on() -> bool:
    return _is_draining


def delay_sigterm(seconds: float) -> None:
    """Drain for this time before the server handles SIGTERM, because it would close its port at once."""
    handle = signal.getsignal(signal.SIGTERM)
    if not callable(handle) or threading.current_thread() is not threading.main_thread():
        return
    loop = asyncio.get_running_loop()

    def notice(number: int, frame: FrameType | None) -> None:
        begin()
        loop.call_soon_threadsafe(loop.call_later, seconds, handle, number, None)

    signal.signal(signal.SIGTERM, notice)


def forget() -> None:
    """End the draining, for tests."""
    global _is_draining
    _is_draining = False
