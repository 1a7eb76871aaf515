"""Settings of a process that serves many clients at once."""

import ctypes
import gc
import logging
import sys
import threading
import time
from collections.abc import Callable
from typing import ClassVar

logger = logging.getLogger(__name__)

# From <malloc.h>.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
# A block of this size is taken from the system, and returned to it. It is larger than a read from a socket.
LARGE_BLOCK = 512 * 1024
SPARE = 1024 * 1024
ARENAS = 2
# How often it is looked how much is free, and how much may be.
LOOK_SECONDS = 5.0
MAX_FREE = 4 * 1024 * 1024


class _Info(ctypes.Structure):
    """The `struct mallinfo2` of <malloc.h>."""

    _fields_: ClassVar = [
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    ]


def install_reactor() -> None:
    """Install Twisted's reactor on uvloop's event loop. Call this before anything is imported that uses a
    reactor. Where there is no wheel of uvloop (Windows, PyPy), daphne.server installs the reactor on
    asyncio's own loop."""
    try:
        import uvloop
    except ImportError:
        logger.warning("uvloop is not installed: serving on asyncio's event loop, which is slower.")
        return
    # Imported here: what else a process needs of this module needs no Twisted.
    from twisted.internet import asyncioreactor

    asyncioreactor.install(uvloop.new_event_loop())  # type: ignore[no-untyped-call]


def give_back() -> None:
    """Return large freed blocks from now on. Without glibc, nothing is done."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK)
    mallopt(M_TRIM_THRESHOLD, SPARE)
    mallopt(M_ARENA_MAX, ARENAS)


def give_back_regularly() -> None:
    """Look every few seconds, in a thread, whether much is free between blocks in use, and return it. Without
    a recent glibc, nothing is done."""
    try:
        library = ctypes.CDLL(None)
        measure, trim = library.mallinfo2, library.malloc_trim
    except (OSError, AttributeError):
        return
    measure.restype = _Info
    # A daemon: nothing is lost when it ends with the process.
    threading.Thread(target=_trim_regularly, args=(measure, trim), name="im66-heap", daemon=True).start()


def _trim_regularly(measure: Callable[[], _Info], trim: Callable[[int], int]) -> None:
    while True:
        time.sleep(LOOK_SECONDS)
        if measure().fordblks > MAX_FREE:
            trim(SPARE)


# Each time the event loop wakes, a thread that computes keeps the interpreter for this long, and one message
# wakes the loop several times. With Python's default of 5 ms, sixty callers of grpinfo made others wait for
# 300 ms.
SWITCH_SECONDS = 0.0005
THRESHOLDS = (10_000, 10, 100)


def settle() -> None:
    """Call this once, when everything is loaded and before anybody is served."""
    sys.setswitchinterval(SWITCH_SECONDS)
    # What is loaded by now stays for ever, so the collector need not walk through it again and again.
    # Connections hold many objects and leave no cycles behind, so there is little to find, and a search stops
    # the whole process: with Python's defaults for a tenth of a second several times a minute, with these for
    # 3 ms while people log in, and for 20 ms after some 1,400 of them (docs/performance.md).
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
