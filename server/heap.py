"""Memory that was freed goes back to the system.

The C library keeps large blocks for itself once one of their size was freed, and has each thread keep its
own. What somebody made a server hold for a moment would stay with it.
"""

import ctypes

# From <malloc.h>.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
# A block of so many bytes is asked of the system, and given back to it. More than a read from a socket takes.
LARGE_BLOCK = 512 * 1024
SPARE = 1024 * 1024
ARENAS = 2


def give_back() -> None:
    """From here on. Where there is no glibc, nothing is done."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK)
    mallopt(M_TRIM_THRESHOLD, SPARE)
    mallopt(M_ARENA_MAX, ARENAS)
