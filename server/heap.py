"""Returns freed memory to the system.

Once a large block was freed, the C library keeps blocks of that size for itself, and each thread keeps its
own. Smaller blocks stay with it if any block behind them is in use. So memory that a client made the server
use for a moment would stay with the server.
"""

import ctypes
import threading
import time
from collections.abc import Callable
from typing import ClassVar

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
