"""Token buckets: rate limits that allow a burst. Pure.

A bucket is stored as the time at which it will be full again, so full buckets need no memory.
"""

import math
import re
from collections.abc import Callable, Hashable
from threading import Lock
from time import monotonic
from typing import NamedTuple, Self

# The maximum of stored buckets for one limit: 3 MB.
MAX_KEYS = 20_000
# At that maximum, callers without a bucket share SLOTS buckets. A shared bucket holds as much as SHARERS
# own ones.
SLOTS, SHARERS = 1000, 10
# Full buckets are deleted when the number has doubled since the last sweep, and is at least this.
_MIN_SWEEP_KEYS = 512
# The time between two sweeps at the maximum.
SWEEP_SECONDS = 1.0

# The tolerance for rounding errors of sums, in seconds.
_ROUNDING = 1e-6

# The longest period, a month, and the largest count of a rate.
_MAX_SECONDS, _MAX_BURST = 31 * 24 * 3600, 10**15
_RATE = re.compile(r"([0-9]{1,16})/([0-9]{1,16})")


class Rate(NamedTuple):
    """A rate limit: a burst, which is available again after `seconds`."""

    burst: int
    seconds: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse a rate such as `600/60`. Raises ValueError."""
        match = _RATE.fullmatch(text)
        rate = cls(int(match[1]), int(match[2])) if match else cls(0, 0)
        if not (0 < rate.burst <= _MAX_BURST and 0 < rate.seconds <= _MAX_SECONDS):
            raise ValueError(text)
        return rate

    def times(self, number: int) -> "Rate":
        """Return the rate for `number` callers together."""
        return Rate(self.burst * number, self.seconds)

    def __str__(self) -> str:
        return f"{self.burst}/{self.seconds}"


class Buckets:
    """The buckets of one limit, one for each key. Thread-safe.

    A cost above the burst is accepted if the bucket is full, and leaves it in debt.
    """

    def __init__(self, rate: Rate, clock: Callable[[], float] = monotonic, max_keys: int = MAX_KEYS) -> None:
        self.rate = rate
        self._clock = clock
        self._max_keys = max_keys
        # The seconds in which one unit is refilled, and in which a whole bucket is.
        self._unit = rate.seconds / rate.burst
        self._burst = float(rate.seconds)
        self._full_at: dict[Hashable, float] = {}
        self._sweep_above = min(_MIN_SWEEP_KEYS, max_keys)
        self._sweep_at = 0.0
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._full_at)

    def take(self, key: Hashable, cost: float = 1.0) -> float:
        """Take `cost` from the bucket, or nothing. Return 0 if it was taken, else the seconds to wait."""
        with self._lock:
            now = self._clock()
            full_at = self._full_at.get(key)
            if full_at is None:
                return self._take_first(key, cost, now)
            if full_at < now:
                full_at = now
            full_at += cost * self._unit
            if full_at - now > self._burst and (wait := self._lacks(full_at - now, cost * self._unit)):
                return wait
            self._full_at[key] = full_at
            return 0.0

    def wait(self, key: Hashable, cost: float = 1.0) -> float:
        """Return what `take` would return, and take nothing."""
        with self._lock:
            now = self._clock()
            key, full_at, share = self._find(key, now)
            lasts = cost * self._unit / share
            return self._lacks(max(full_at - now, 0.0) + lasts, lasts)

    def left(self, key: Hashable) -> tuple[int, float]:
        """Return the available units, and the seconds until there is one more; 0.0 if the bucket is full."""
        with self._lock:
            now = self._clock()
            _, full_at, share = self._find(key, now)
        unit = self._unit / share
        lacking = max(full_at - now, 0.0) / unit
        if lacking < _ROUNDING:
            return self.rate.burst, 0.0
        held = self.rate.burst * share - lacking
        left = max(0, math.floor(held + _ROUNDING))
        return left, (left + 1 - held) * unit

    def charge(self, key: Hashable, cost: float) -> None:
        """Take `cost` whether or not it is available. A negative cost is refunded."""
        with self._lock:
            now = self._clock()
            key, full_at, share = self._find(key, now)
            self._full_at[key] = max(full_at, now) + cost * self._unit / share

    def set_full_in(self, key: Hashable, seconds: float) -> None:
        """Set the bucket to be full in `seconds`, as another source such as Redis says."""
        with self._lock:
            now = self._clock()
            key, _, _ = self._find(key, now)
            self._full_at[key] = now + seconds

    def _take_first(self, key: Hashable, cost: float, now: float) -> float:
        key, full_at, share = self._find(key, now)
        lasts = cost * self._unit / share
        full_in = max(full_at - now, 0.0) + lasts
        if wait := self._lacks(full_in, lasts):
            return wait
        self._full_at[key] = now + full_in
        return 0.0

    def _lacks(self, full_in: float, lasts: float) -> float:
        """Return the seconds to wait before taking a cost that is refilled in `lasts` seconds, if the
        bucket would then be full in `full_in` seconds."""
        wait = full_in - max(lasts, self._burst)
        return wait if wait > _ROUNDING else 0.0

    def _find(self, key: Hashable, now: float) -> tuple[Hashable, float, int]:
        """Return the key of the bucket, the time at which it is full, and the number of callers it stands
        for."""
        if key not in self._full_at:
            if len(self._full_at) >= self._sweep_above:
                self._forget_full(now)
            if len(self._full_at) >= self._max_keys:
                slot = hash(key) % SLOTS
                return slot, self._full_at.get(slot, now), SHARERS
        return key, self._full_at.get(key, now), 1

    def _forget_full(self, now: float) -> None:
        if now < self._sweep_at:
            return
        self._full_at = {key: full_at for key, full_at in self._full_at.items() if full_at > now}
        left = len(self._full_at)
        self._sweep_above = min(max(_MIN_SWEEP_KEYS, 2 * left), self._max_keys)
        if left >= self._max_keys:
            self._sweep_at = now + SWEEP_SECONDS
