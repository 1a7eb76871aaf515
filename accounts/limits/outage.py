"""Logs outages of Redis once per process, whatever Redis is used for."""

import logging
from threading import Lock

logger = logging.getLogger(__name__)

# The uses of Redis.
LAYER, LIMITS = "channel layer", "limits"
# Used only on demand, so it would notice late that Redis is back.
_ON_DEMAND = frozenset({LIMITS})


class Outage:
    """Logs an outage when the first use of Redis fails, and its end when all uses work again. Thread-safe."""

    def __init__(self) -> None:
        self._broken: set[str] = set()
        self._lock = Lock()

    @property
    def is_on(self) -> bool:
        return bool(self._broken)

    def report_failure(self, part: str, error: Exception) -> None:
        with self._lock:
            is_new = not self._broken
            self._broken.add(part)
        if is_new:
            logger.warning(
                "Redis is away, messages between processes come by polling,"
                " and each process counts for itself what limits allow: %s",
                error,
            )

    def report_working(self, part: str) -> None:
        if part not in self._broken:
            return
        with self._lock:
            self._broken.discard(part)
            is_over = self._broken <= _ON_DEMAND
            if is_over:
                self._broken.clear()
        if is_over:
            logger.warning("Redis is back.")


# The outage of this process.
OURS = Outage()
