"""Decides which pushes may be attempted concurrently. Pure.

A lane holds all pushes to one host. Hosts that answer promptly are healthy and share the fast places; new and
failing hosts share the slow places. So a push to a healthy host never waits for a host that hangs. Nor does
it wait for a host that answers slowly: an attempt that takes longer than QUICK_SECONDS leaves its fast place,
and hosts whose attempts do so share the late places. A failing lane rests after each attempt, longer each
time (a circuit breaker). One prompt answer makes it healthy.

A host that answers for some people and fails for others stays healthy: people for whom it fails get their own
lanes at that host, in slow places.
"""

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum
from ipaddress import ip_address, ip_network
from typing import TypeVar

from notifications.addresses import host_of

FAST_PLACES, LATE_PLACES, SLOW_PLACES = 32, 16, 16
# Concurrent attempts at healthy hosts, including those that have left their fast places.
MAX_HEALTHY_ATTEMPTS = 128
# The part of the slow places that failing lanes may use.
MAX_PROBES = 8
# An answer within this time is prompt. Attempts at healthy hosts time out after it.
PROMPT_SECONDS = 3.0
# An attempt holds a fast place for at most this time. A host is late if its attempts take longer on average,
# or if one of them takes longer now.
QUICK_SECONDS = 0.5
# The weight of an attempt in the running mean of its lane.
_WEIGHT = 0.2
# Concurrent attempts in a lane: the limit grows with each answer, and shrinks with each failure.
BEGIN_FAST_ATTEMPTS, MAX_FAST_ATTEMPTS, MAX_SLOW_ATTEMPTS = 4, 16, 4
# Concurrent attempts for one person; one if the last attempt failed.
MAX_PERSON_ATTEMPTS = 2
# Concurrent attempts in slow places at the hosts of one domain, and of one network.
MAX_SITE_ATTEMPTS, MAX_NETWORK_ATTEMPTS = 4, 4
# A host has failed if it fails for this many people without an answer in between, however many it has served.
MAX_FAILED_PEOPLE = 3
# How long a lane rests after an attempt that was not made.
CROWDED_SECONDS = 1.0
# Bounds of memory. Forgotten lanes and people count as new.
MAX_LANES, MAX_HEALTHY, MAX_PEOPLE = 4096, 256, 4096

_IPV4_BITS, _IPV6_BITS = 24, 48

T = TypeVar("T")


class AttemptEnd(Enum):
    """The result of an attempt. CROWDED: it was not made, because too many others were running."""

    ANSWERED, FAILED, CROWDED = "answered", "failed", "crowded"


class Crowded(Exception):
    """MAX_NETWORK_ATTEMPTS attempts are running at hosts in this network."""


@dataclass(slots=True)
class _Lane:
    """`served`: people for whom it has answered. `failed`: people for whom it has failed since its last
    answer. `seconds`: the running mean of the durations of its attempts."""

    limit: int = 1
    under_way: int = 0
    failures: int = 0
    failed_at: float = 0.0
    rests_until: float = 0.0
    network: str = ""
    seconds: float = 0.0
    served: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)


@dataclass(slots=True, eq=False)
class Attempt:
    """A running attempt, until `Lanes.end`. `is_fast`: at a healthy host. `is_late`: it began in a late
    place. `is_probe`: in a failing lane."""

    lane: str
    person: str
    is_fast: bool
    is_late: bool
    is_probe: bool
    began: float
    network: str = ""


class Lanes:
    """`now()`: the time in seconds. `rest_seconds(failures)`: how long a lane rests after that many failures
    in a row."""

    def __init__(self, now: Callable[[], float], rest_seconds: Callable[[int], float]) -> None:
        self._now = now
        self._rest_seconds = rest_seconds
        self._lanes: OrderedDict[str, _Lane] = OrderedDict()
        self._healthy: OrderedDict[str, None] = OrderedDict()
        # How often in a row each person was not reached.
        self._failing: OrderedDict[str, int] = OrderedDict()
        self._under_way: set[Attempt] = set()
        self._people: Counter[tuple[bool, str]] = Counter()
        self._sites: Counter[str] = Counter()
        self._networks: Counter[str] = Counter()

    def mark_known_hosts(self, served: Iterable[tuple[str, int]]) -> None:
        """Mark hosts as healthy that have answered before. `served`: each host with the number of its
        people."""
        for host, people in served:
            lane = self._lane(host)
            lane.served = {f" {number}" for number in range(min(people, MAX_FAILED_PEOPLE))}
            self._recover(host, lane)

    @property
    def free_healthy(self) -> int:
        """The number of free fast and late places."""
        return max(0, self._free_places(is_late=False)) + max(0, self._free_places(is_late=True))

    @property
    def free_slow(self) -> int:
        return SLOW_PLACES - sum(not attempt.is_fast for attempt in self._under_way)

    def healthy(self) -> dict[str, int]:
        """Return the healthy lanes in which attempts may begin now, with their numbers, the quickest lane
        first."""
        lanes = [(host, self._lanes[host]) for host in self._healthy]
        now, with_long_attempts = self._now(), self._lanes_of_long_attempts()
        is_free = {is_late: self._free_places(is_late=is_late) > 0 for is_late in (False, True)}
        return {
            host: lane.limit - lane.under_way
            for host, lane in sorted(lanes, key=lambda named_lane: named_lane[1].seconds)
            if lane.under_way < lane.limit
            and now >= lane.rests_until
            and is_free[host in with_long_attempts or lane.seconds > QUICK_SECONDS]
        }

    def full_people(self) -> list[str]:
        """Return the people for whom no other attempt at a healthy host may begin now."""
        return [person for (is_fast, person) in self._people if is_fast and not self._may_start_for(person)]

    def slow_people(self) -> list[str]:
        """Return the people with a running attempt in a slow place, who get no second one."""
        return [person for (is_fast, person) in self._people if not is_fast]

    def failures_of(self, person: str) -> int:
        """Return the number of failures in a row for the person."""
        return self._failing.get(person, 0)

    def may_try(self, name: str) -> bool:
        """Whether an attempt in this lane may begin in a slow place now."""
        lane = self._lanes.get(name)
        if name in self._healthy or self._sites[_site(name)] >= MAX_SITE_ATTEMPTS:
            return False
        if lane is None:
            return True
        if lane.failures and sum(attempt.is_probe for attempt in self._under_way) >= MAX_PROBES:
            return False
        has_room = lane.under_way < min(lane.limit, MAX_SLOW_ATTEMPTS)
        return has_room and self._now() >= lane.rests_until and self._has_free_place(lane.network)

    def start(self, name: str, person: str) -> Attempt | None:
        """Begin an attempt. Return None if there is no free place for it now."""
        is_fast, is_late = name in self._healthy, False
        if is_fast:
            lane = self._lanes[name]
            is_late = lane.seconds > QUICK_SECONDS or name in self._lanes_of_long_attempts()
            has_place = self._free_places(is_late=is_late) > 0
            may_begin = has_place and lane.under_way < lane.limit and self._may_start_for(person)
        else:
            may_begin = self.free_slow > 0 and not self._people[False, person] and self.may_try(name)
        if not may_begin:
            return None
        lane = self._lane(name)
        attempt = Attempt(name, person, is_fast, is_late, not is_fast and lane.failures > 0, self._now())
        lane.under_way += 1
        self._under_way.add(attempt)
        self._people[is_fast, person] += 1
        if not is_fast:
            self._sites[_site(name)] += 1
            self._join_network(attempt, lane.network)
        return attempt

    def connect(self, attempt: Attempt, address: str) -> None:
        """Note that the attempt connects to this address. Raises Crowded if its network has no free place."""
        if attempt.is_fast:
            return
        network = _network(address)
        self._lane(attempt.lane).network = network
        if network != attempt.network:
            if not self._has_free_place(network):
                raise Crowded
            self._leave_network(attempt)
            self._join_network(attempt, network)

    def end(self, attempt: Attempt, end: AttemptEnd) -> bool:
        """End the attempt. Return whether the host is healthy; then a failure concerns this person only."""
        lane = self._lane(attempt.lane)
        self._end_attempt(attempt, lane)
        if end is not AttemptEnd.CROWDED:
            lane.seconds += _WEIGHT * (self._now() - attempt.began - lane.seconds)
        if end is AttemptEnd.ANSWERED:
            _set_failures(self._failing, attempt.person, 0)
            self._note_answer(attempt, lane)
        elif end is AttemptEnd.FAILED:
            _set_failures(self._failing, attempt.person, self.failures_of(attempt.person) + 1)
            self._note_failure(attempt, lane)
        else:
            lane.rests_until = max(lane.rests_until, self._now() + CROWDED_SECONDS)
        return host_of(attempt.lane) in self._healthy

    def counts(self) -> dict[str, int]:
        """Return the numbers of healthy and of failing hosts."""
        failing = sum(lane.failures > 0 and host_of(name) == name for name, lane in self._lanes.items())
        return {"healthy": len(self._healthy), "failing": failing}

    def _note_answer(self, attempt: Attempt, lane: _Lane) -> None:
        lane.failures, lane.rests_until = 0, 0.0
        lane.failed.clear()
        lane.limit = min(lane.limit + 1, MAX_FAST_ATTEMPTS)
        host = host_of(attempt.lane)
        of_host = self._lane(host)
        if self._now() - attempt.began < PROMPT_SECONDS:
            of_host.failed.clear()
            if len(of_host.served) < MAX_FAILED_PEOPLE:
                of_host.served.add(attempt.person)
            self._recover(host, of_host)

    def _note_failure(self, attempt: Attempt, lane: _Lane) -> None:
        lane.failed.add(attempt.person)
        is_healthy = attempt.lane in self._healthy
        if is_healthy and len(lane.failed) < len(lane.served):
            lane.limit = max(1, lane.limit // 2)
            return
        if is_healthy:
            del self._healthy[attempt.lane]
        lane.limit = 1
        lane.failed.clear()
        # Failures of concurrent attempts count once for the lane.
        if not lane.failures or attempt.began >= lane.failed_at:
            lane.failures, lane.failed_at = lane.failures + 1, self._now()
            lane.rests_until = lane.failed_at + self._rest_seconds(lane.failures)

    def _recover(self, host: str, lane: _Lane) -> None:
        if host not in self._healthy:
            lane.limit, lane.failures, lane.rests_until = BEGIN_FAST_ATTEMPTS, 0, 0.0
        self._healthy[host] = None
        self._healthy.move_to_end(host)
        if len(self._healthy) > MAX_HEALTHY:
            # Forget the host that serves the fewest people; among equals, the one with the oldest answer.
            least_used = min(self._healthy, key=lambda name: len(self._lanes[name].served))
            del self._healthy[least_used]

    def _lane(self, name: str) -> _Lane:
        lane = self._lanes.setdefault(name, _Lane())
        self._lanes.move_to_end(name)
        if len(self._lanes) > MAX_LANES:
            del self._lanes[next(filter(self._may_be_forgotten, self._lanes))]
        return lane

    def _may_be_forgotten(self, name: str) -> bool:
        return not self._lanes[name].under_way and name not in self._healthy

    def _free_places(self, *, is_late: bool) -> int:
        """Return the number of free late or fast places."""
        begun = [attempt for attempt in self._under_way if attempt.is_fast]
        late = sum(attempt.is_late or self._has_left_fast_place(attempt) for attempt in begun)
        free = LATE_PLACES - late if is_late else FAST_PLACES - (len(begun) - late)
        return min(free, MAX_HEALTHY_ATTEMPTS - len(begun))

    def _lanes_of_long_attempts(self) -> set[str]:
        """Return the healthy lanes with an attempt that has left its fast place."""
        fast = (attempt for attempt in self._under_way if attempt.is_fast)
        return {attempt.lane for attempt in fast if self._has_left_fast_place(attempt)}

    def _has_left_fast_place(self, attempt: Attempt) -> bool:
        return self._now() - attempt.began >= QUICK_SECONDS

    def _may_start_for(self, person: str) -> bool:
        return self._people[True, person] < (1 if person in self._failing else MAX_PERSON_ATTEMPTS)

    def _has_free_place(self, network: str) -> bool:
        return not network or self._networks[network] < MAX_NETWORK_ATTEMPTS

    def _join_network(self, attempt: Attempt, network: str) -> None:
        attempt.network = network
        if network:
            self._networks[network] += 1

    def _leave_network(self, attempt: Attempt) -> None:
        if attempt.network:
            _decrement(self._networks, attempt.network)

    def _end_attempt(self, attempt: Attempt, lane: _Lane) -> None:
        self._under_way.remove(attempt)
        lane.under_way -= 1
        _decrement(self._people, (attempt.is_fast, attempt.person))
        if not attempt.is_fast:
            _decrement(self._sites, _site(attempt.lane))
            self._leave_network(attempt)


def _decrement(counter: "Counter[T]", name: T) -> None:
    """Decrement the count, and remove the key at zero."""
    counter[name] -= 1
    if not counter[name]:
        del counter[name]


def _set_failures(failing: OrderedDict[str, int], person: str, failures: int) -> None:
    failing.pop(person, None)
    if failures:
        failing[person] = failures
        if len(failing) > MAX_PEOPLE:
            failing.popitem(last=False)


def _site(lane: str) -> str:
    """Return the registered domain of the lane's host, approximately: two labels, or three under domains like
    co.uk."""
    host = host_of(lane)
    name, _, port = host.rpartition(":")
    host = name if port.isdigit() else host
    labels = host.split(".")
    if labels[-1].isdigit() or ":" in host:
        return host
    is_below = len(labels) > 2 and len(labels[-1]) == 2 and len(labels[-2]) <= 3
    return ".".join(labels[-3 if is_below else -2 :])


def _network(address: str) -> str:
    """Return the /24 network of an IPv4 address, or the /48 network of an IPv6 address."""
    version = ip_address(address).version
    bits = _IPV4_BITS if version == 4 else _IPV6_BITS
    return str(ip_network(f"{address.partition('%')[0]}/{bits}", strict=False))
