"""Whether this process is about to end."""

import asyncio
import signal
import threading
from types import FrameType

_ends = False


def begin() -> None:
    """From now on the process is draining: load balancers should send people to another one."""
    global _ends
    _ends = True


def is_on() -> bool:
    return _ends


def give_notice(seconds: float) -> None:
    """For servers that close their port as soon as they get the signal to end: they get it so many seconds
    later."""
    handle = signal.getsignal(signal.SIGTERM)
    if not callable(handle) or threading.current_thread() is not threading.main_thread():
        return
    loop = asyncio.get_running_loop()

    def notice(number: int, frame: FrameType | None) -> None:
        begin()
        loop.call_soon_threadsafe(loop.call_later, seconds, handle, number, None)

    signal.signal(signal.SIGTERM, notice)


def forget() -> None:
    """For tests, whose process goes on."""
    global _ends
    _ends = False
