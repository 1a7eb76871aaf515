"""Keeps descriptors free for what a process opens besides connections: its database, files, other servers."""

import logging
import resource
import time

logger = logging.getLogger(__name__)

# Bodies of requests are 512 files at most (uploads/arriving.py); all else takes fewer than the rest.
RESERVE = 512 + 64
LOG_SECONDS = 60.0
_next_log = 0.0


def are_short(descriptor: int) -> bool:
    """Whether the new connection that has this descriptor must be closed, because only the reserve is left.

    The system gives each the lowest number that is free, so as many are in use.
    """
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    is_short = limit != resource.RLIM_INFINITY and descriptor >= limit - min(RESERVE, limit // 2)
    if is_short:
        _log(limit)
    return is_short


def _log(limit: int) -> None:
    global _next_log
    if time.monotonic() >= _next_log:
        _next_log = time.monotonic() + LOG_SECONDS
        logger.error("Nearly all of %d descriptors are in use: connections are refused (ulimit -n).", limit)
