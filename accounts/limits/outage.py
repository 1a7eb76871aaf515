"""That Redis is away: a process says so once, whatever it needs Redis for."""

import logging
from threading import Lock

logger = logging.getLogger(__name__)

# What Redis is needed for.
LAYER, LIMITS = "channel layer", "limits"
# Tried only when somebody asks for it, so it says late that Redis is back.
_NOW_AND_THEN = frozenset({LIMITS})


class Outage:
    """Logs that Redis is away when the first part fails, and that it is back when all work again. May be used
    from several threads."""

    def __init__(self) -> None:
        self._broken: set[str] = set()
        self._lock = Lock()

    @property
    def is_on(self) -> bool:
        return bool(self._broken)

    def fails(self, part: str, error: Exception) -> None:
        with self._lock:
            is_new = not self._broken
            self._broken.add(part)
        if is_new:
            logger.warning(
                "Redis is away, messages between processes come by polling,"
                " and each process counts for itself what limits allow: %s",
                error,
            )

    def works(self, part: str) -> None:
        if part not in self._broken:
            return
        with self._lock:
            self._broken.discard(part)
            is_over = self._broken <= _NOW_AND_THEN
            if is_over:
                self._broken.clear()
        if is_over:
            logger.warning("Redis is back.")


# What this process says.
OURS = Outage()
