"""Token buckets: how much may happen at once, and how much again after a while. Pure.

A bucket is kept as the moment at which it will be full again, so one that is full needs no memory.
"""

import math
import re
from collections.abc import Callable, Hashable
from threading import Lock
from time import monotonic
from typing import NamedTuple, Self

# No more buckets than these are kept for one limit: 3 MB.
MAX_KEYS = 20_000
# If so many are kept, callers without one share these. Such a bucket holds as much as SHARERS of its own.
SLOTS, SHARERS = 1000, 10
# Full buckets are looked for when there are twice as many buckets as after the last time, and at least these.
_FEW = 512
# When there are too many, they are looked for so often.
SWEEP_SECONDS = 1.0

# Seconds by which sums of times are off, and many times that.
_ROUNDING = 1e-6

# The seconds of a month, and the largest count, that a rate may have.
_MAX_SECONDS, _MAX_BURST = 31 * 24 * 3600, 10**15
_RATE = re.compile(r"([0-9]{1,16})/([0-9]{1,16})")


class Rate(NamedTuple):
    """So many at once, and as many again over so many seconds."""

    burst: int
    seconds: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads `600/60`. Raises ValueError."""
        match = _RATE.fullmatch(text)
        rate = cls(int(match[1]), int(match[2])) if match else cls(0, 0)
        if not (0 < rate.burst <= _MAX_BURST and 0 < rate.seconds <= _MAX_SECONDS):
            raise ValueError(text)
        return rate

    def times(self, number: int) -> "Rate":
        """The rate of so many together."""
        return Rate(self.burst * number, self.seconds)

    def __str__(self) -> str:
        return f"{self.burst}/{self.seconds}"


class Buckets:
    """The buckets of one limit, one for each key. May be used from several threads.

    What costs more than a bucket holds passes if the bucket is full, and leaves it in debt.
    """

    def __init__(self, rate: Rate, clock: Callable[[], float] = monotonic, most_keys: int = MAX_KEYS) -> None:
        self.rate = rate
        self._clock = clock
        self._most_keys = most_keys
        # How long a unit takes to come again, and a whole bucket.
        self._unit = rate.seconds / rate.burst
        self._burst = float(rate.seconds)
        self._full_at: dict[Hashable, float] = {}
        self._look_above = min(_FEW, most_keys)
        self._sweep_at = 0.0
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._full_at)

    def take(self, key: Hashable, cost: float = 1.0) -> float:
        """Take `cost` out of the bucket, or nothing. Returns 0 if it was taken, else the seconds until it
        could be."""
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
        """What `take` would return. Takes nothing."""
        with self._lock:
            now = self._clock()
            key, full_at, share = self._find(key, now)
            lasts = cost * self._unit / share
            return self._lacks(max(full_at - now, 0.0) + lasts, lasts)

    def left(self, key: Hashable) -> tuple[int, float]:
        """How much could be taken now, and the seconds until it is one more; 0.0 if the bucket is full."""
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
        """Take `cost` whether or not it is there. A negative cost is given back."""
        with self._lock:
            now = self._clock()
            key, full_at, share = self._find(key, now)
            self._full_at[key] = max(full_at, now) + cost * self._unit / share

    def learn(self, key: Hashable, seconds: float) -> None:
        """The bucket will be full in so many seconds, says somebody who knows it better."""
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
        """The seconds until something can be taken that comes again in `lasts` seconds and after which the
        bucket is full in `full_in`."""
        wait = full_in - max(lasts, self._burst)
        return wait if wait > _ROUNDING else 0.0

    def _find(self, key: Hashable, now: float) -> tuple[Hashable, float, int]:
        """The key under which the bucket is kept, when it is full, and how many buckets it stands for."""
        if key not in self._full_at:
            if len(self._full_at) >= self._look_above:
                self._forget_full(now)
            if len(self._full_at) >= self._most_keys:
                slot = hash(key) % SLOTS
                return slot, self._full_at.get(slot, now), SHARERS
        return key, self._full_at.get(key, now), 1

    def _forget_full(self, now: float) -> None:
        if now < self._sweep_at:
            return
        self._full_at = {key: full_at for key, full_at in self._full_at.items() if full_at > now}
        left = len(self._full_at)
        self._look_above = min(max(_FEW, 2 * left), self._most_keys)
        if left >= self._most_keys:
            self._sweep_at = now + SWEEP_SECONDS
