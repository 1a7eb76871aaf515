"""Token buckets in Redis, for the processes of one installation.

A bucket is a key that expires when the bucket is full again. Its value is not used, and only the clock of
Redis matters. If that clock is set back, keys live longer; so the debt of a bucket is limited to twice its
size. Keys that others write can only make limits wrong.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from time import monotonic
from typing import Any, NamedTuple

import redis

from accounts import redis_hosts
from accounts.limits.buckets import Rate
from accounts.limits.outage import LIMITS, OURS, Outage

# The timeout of a call, and the time without calls after a failure.
ANSWER_SECONDS, AWAY_SECONDS = 0.25, 5.0

# KEYS: the buckets. ARGV: whether to charge in any case, then for each bucket the milliseconds in which the
# cost is refilled, and those in which the whole bucket is. An excess of a thousandth is accepted, because
# milliseconds are rounded up each time.
_SCRIPT = """
local left, wait, refused = {}, 0, 0
for i, key in ipairs(KEYS) do
    left[i] = math.max(redis.call('PTTL', key), 0)
    if left[i] > 2 * ARGV[2 * i + 1] then
        left[i] = 2 * ARGV[2 * i + 1]
        redis.call('PEXPIRE', key, string.format('%.0f', left[i]))
    end
    local missing = left[i] + math.min(ARGV[2 * i] - ARGV[2 * i + 1], 0)
    if ARGV[1] == '0' and missing > math.max(wait, ARGV[2 * i + 1] / 1000) then
        wait, refused = missing, i
    end
end
if refused == 0 then
    for i, key in ipairs(KEYS) do
        left[i] = math.min(math.ceil(left[i] + ARGV[2 * i]), 2 * ARGV[2 * i + 1])
        if left[i] > 0 then
            redis.call('PSETEX', key, string.format('%.0f', left[i]), '')
        else
            redis.call('DEL', key)
        end
    end
end
local answer = {refused, math.ceil(wait)}
for i = 1, #KEYS do answer[i + 2] = left[i] end
return answer
"""

# The name of a bucket, the cost to take from it, and its rate.
Part = tuple[str, float, Rate]


class BucketAnswer(NamedTuple):
    """The result of a call. `wait`: 0 if the costs were taken, else the seconds to wait. `refused`: the
    index of the bucket that held too little. `full_in`: the seconds until each bucket is full."""

    wait: float
    refused: int
    full_in: list[float]


class SharedBuckets:
    """The buckets of an installation, whose keys begin with the result of `name()`. Thread-safe."""

    def __init__(
        self,
        url: str,
        name: Callable[[], str],
        clock: Callable[[], float] = monotonic,
        outage: Outage = OURS,
    ) -> None:
        self._url = url
        self._name = name
        self._clock = clock
        self._away_until = 0.0
        self._outage = outage

    def take(self, parts: Sequence[Part]) -> BucketAnswer | None:
        """Take all costs, or none. Return None if Redis does not answer."""
        return self._run(parts, is_forced=False)

    def charge(self, parts: Sequence[Part]) -> BucketAnswer | None:
        """Take all costs, whether or not they are available. Return None if Redis does not answer."""
        return self._run(parts, is_forced=True)

    def close(self) -> None:
        """Close the connections. They are reopened on demand."""
        self._client.close()

    def _run(self, parts: Sequence[Part], *, is_forced: bool) -> BucketAnswer | None:
        """Call the script. Return None without a call for AWAY_SECONDS after a failure."""
        if self._clock() < self._away_until:
            return None
        try:
            keys = [f"{self._prefix}.limits.{name}" for name, _, _ in parts]
            refused, wait, *full_in = map(int, self._script(keys, [int(is_forced), *_arguments(parts)]))
            if len(full_in) != len(parts):
                raise redis.ResponseError("an answer of a wrong length")
            # The script counts from 1, and says 0 if no bucket refused.
            answer = BucketAnswer(wait / 1000, refused - 1, [left / 1000 for left in full_in])
        # Redis may answer anything, and the database query for the prefix may fail.
        except Exception as error:
            self._fail(error)
            return None
        self._outage.report_working(LIMITS)
        return answer

    @cached_property
    def _prefix(self) -> str:
        return self._name()

    @cached_property
    def _client(self) -> redis.Redis:
        return redis_hosts.connect(self._url, ANSWER_SECONDS)

    @cached_property
    def _script(self) -> Any:
        return self._client.register_script(_SCRIPT)

    def _fail(self, error: Exception) -> None:
        self._away_until = self._clock() + AWAY_SECONDS
        self._outage.report_failure(LIMITS, error)


def _arguments(parts: Sequence[Part]) -> list[float]:
    arguments: list[float] = []
    for _, cost, rate in parts:
        arguments += (1000 * cost * rate.seconds / rate.burst, 1000 * rate.seconds)
    return arguments
