"""Returns freed memory to the system.

Once a large block was freed, the C library keeps blocks of that size for itself, and each thread keeps its
own. So memory that a client made the server use for a moment would stay with the server.
"""

import ctypes

# From <malloc.h>.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
# A block of this size is taken from the system, and returned to it. It is larger than a read from a socket.
LARGE_BLOCK = 512 * 1024
SPARE = 1024 * 1024
ARENAS = 2


def give_back() -> None:
    """Return freed memory from now on. Without glibc, nothing is done."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK)
    mallopt(M_TRIM_THRESHOLD, SPARE)
    mallopt(M_ARENA_MAX, ARENAS)
