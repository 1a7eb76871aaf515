"""Counts and logs refusals because of rate limits."""

import logging
from collections import defaultdict
from collections.abc import Callable, Hashable
from time import monotonic

logger = logging.getLogger(__name__)

# In each period, one refusal is logged for each key, and at most MAX_LOGGED_KEYS in total.
LOG_PERIOD_SECONDS, MAX_LOGGED_KEYS = 60.0, 100


class RefusalLog:
    """Counts refusals, and logs each key once in a period."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._since = -LOG_PERIOD_SECONDS
        self._logged: set[tuple[str, Hashable]] = set()
        self.counted: defaultdict[str, int] = defaultdict(int)

    def log(self, what: str, key: Hashable, seconds: int) -> None:
        self.counted[what] += 1
        if self._clock() - self._since >= LOG_PERIOD_SECONDS:
            self.forget()
            self._since = self._clock()
        if (what, key) in self._logged or len(self._logged) >= MAX_LOGGED_KEYS:
            return
        self._logged.add((what, key))
        who = repr(key) if isinstance(key, str) else "one connection"
        logger.warning("Too many %s by %s: refused for %d s.", what, who, seconds)

    def forget(self) -> None:
        self._since = -LOG_PERIOD_SECONDS
        self._logged.clear()
