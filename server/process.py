"""Tunes a process that serves many clients: its event loop, memory allocator and garbage collector."""

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
# A block of this size is taken directly from the system and returned to it when it is freed. It is larger
# than a read from a socket.
LARGE_BLOCK_BYTES = 512 * 1024
SPARE_BYTES = 1024 * 1024
MAX_ARENAS = 2
# How often the free memory of the heap is checked, and how much of it is kept.
CHECK_SECONDS = 5.0
MAX_FREE_BYTES = 4 * 1024 * 1024


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
    """Install Twisted's reactor on uvloop's event loop. Call this before any import that uses a reactor.
    Without uvloop (on Windows and PyPy), daphne.server installs the reactor on asyncio's own loop."""
    try:
        import uvloop
    except ImportError:
        logger.warning("uvloop is not installed: serving on asyncio's event loop, which is slower.")
        return
    # Imported here, because the other functions of this module need no Twisted.
    from twisted.internet import asyncioreactor

    asyncioreactor.install(uvloop.new_event_loop())  # type: ignore[no-untyped-call]


def return_large_blocks() -> None:
    """Make the allocator return large freed blocks to the system. Do nothing without glibc."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK_BYTES)
    mallopt(M_TRIM_THRESHOLD, SPARE_BYTES)
    mallopt(M_ARENA_MAX, MAX_ARENAS)


def start_trimming() -> None:
    """Start a thread that returns the free memory of the heap to the system every few seconds, if there is
    much of it. Do nothing without a recent glibc."""
    try:
        library = ctypes.CDLL(None)
        measure, trim = library.mallinfo2, library.malloc_trim
    except (OSError, AttributeError):
        return
    measure.restype = _Info
    # A daemon thread: it may end with the process at any time.
    threading.Thread(target=_trim_regularly, args=(measure, trim), name="im66-heap", daemon=True).start()


def _trim_regularly(measure: Callable[[], _Info], trim: Callable[[int], int]) -> None:
    while True:
        time.sleep(CHECK_SECONDS)
        if measure().fordblks > MAX_FREE_BYTES:
            trim(SPARE_BYTES)


# When the event loop wakes up, a computing thread keeps the interpreter for this long, and a message wakes
# the loop several times. With Python's default of 5 ms, sixty callers of grpinfo delayed others by 300 ms.
SWITCH_SECONDS = 0.0005
GC_THRESHOLDS = (10_000, 10, 100)


def tune_interpreter() -> None:
    """Tune thread switches and the garbage collector. Call this once, when everything is loaded and before
    the first client is served."""
    sys.setswitchinterval(SWITCH_SECONDS)
    # Everything that is loaded by now stays, so the collector need not examine it. Connections hold many
    # objects and leave no cycles behind, so there is little to collect, and a collection stops the whole
    # process: with Python's defaults for a tenth of a second several times a minute, with these for 3 ms
    # while people log in, and for 20 ms after about 1,400 logins (docs/performance.md).
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
