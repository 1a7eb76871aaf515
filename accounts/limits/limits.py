"""Rate limits of people, connections and addresses.

A person and a connection have the configured rate. An address has a multiple of it, because people share
addresses. For some limits, an IPv6 network (/48), in which one customer may use any address, has the rate of
ADDRESSES_PER_NETWORK addresses. Connections, addresses and networks are charged before authentication, people
only afterwards, so nobody can use up the limit of another person.
"""

import math
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, get_type_hints

from django.conf import settings

from accounts.codes import Cause, Failed
from accounts.limits.buckets import Buckets, Rate
from accounts.limits.callers import network_of
from accounts.limits.refusal_log import RefusalLog

if TYPE_CHECKING:
    from accounts.limits.shared_buckets import Part, SharedBuckets

# The limit of a network in addresses: a mobile operator may give each phone its own address.
ADDRESSES_PER_NETWORK = 16


class TooFast(Failed):
    """A rate limit is used up. `seconds`: how long to wait. `str` names the limit."""

    cause = Cause.TOO_FAST

    def __init__(self, what: str, wait: float) -> None:
        self.seconds = self.retry = max(1, math.ceil(wait))
        super().__init__(seconds=self.seconds)
        self._what = what

    def __str__(self) -> str:
        return f"too many {self._what}, wait {self.seconds} second{'s' * (self.seconds > 1)}"


# The limits charged in this context, with the charged address and key; None: charges are not recorded.
_charged_limits: ContextVar["dict[Limit, tuple[str | None, Hashable]] | None"] = ContextVar(
    "charged_limits", default=None
)


class Limit:
    """A rate limit within this process. Without a rate, there is no limit. `by_network`: networks are
    limited too."""

    def __init__(
        self, what: str, rate: Rate | None, people_per_address: int, *, by_network: bool = False
    ) -> None:
        self._what = what
        self._is_on = rate is not None
        counted_rate = rate or Rate(1, 1)
        self._people = Buckets(counted_rate)
        self._addresses = Buckets(counted_rate.times(people_per_address))
        of_network = counted_rate.times(people_per_address * ADDRESSES_PER_NETWORK)
        self._networks = Buckets(of_network) if by_network else None

    def take(self, address: str, who: Hashable = "", cost: float = 1.0) -> None:
        """Charge the address and, unless it is empty, `who`: a userid, or the key of a connection. If one
        of them is at its limit, charge nothing and raise TooFast."""
        if not self._is_on:
            return
        self._note(address, who)
        charged: list[tuple[Buckets, Hashable]] = []
        for buckets, key in self._charged(address, who):
            if wait := buckets.take(key, cost):
                for others, other in charged:
                    others.charge(other, -cost)
                raise self._refusal(key, wait)
            charged.append((buckets, key))

    def take_alone(self, who: Hashable, cost: float = 1.0) -> None:
        """Charge `who` and no address. Raises TooFast."""
        self._note(None, who)
        if self._is_on and (wait := self._people.take(who, cost)):
            raise self._refusal(who, wait)

    def check_alone(self, who: Hashable) -> None:
        """Raise TooFast if `take_alone` would. Charge nothing."""
        self._note(None, who)
        if self._is_on and (wait := self._people.wait(who)):
            raise self._refusal(who, wait)

    def check(self, address: str, who: Hashable = "", cost: float = 1.0) -> None:
        """Raise TooFast if `take` would, as far as this process knows. Charge nothing."""
        if not self._is_on:
            return
        for buckets, key in self._charged(address, who):
            if wait := buckets.wait(key, cost):
                raise self._refusal(key, wait)

    def charge(self, address: str, who: Hashable, cost: float) -> None:
        """Charge for what has already happened, or refund if `cost` is negative."""
        if self._is_on:
            self._charge_here(address, who, cost)

    def state(self, address: str | None, who: Hashable) -> tuple[Rate, int, float]:
        """Return the rate, the units left, and the seconds until there is one more. The last two are of the
        charged bucket with the fewest units left."""
        charged = [(self._people, who)] if address is None else list(self._charged(address, who))
        left, seconds = min(buckets.left(key) for buckets, key in charged)
        return charged[0][0].rate, left, seconds

    def close(self) -> None:
        """Close connections to Redis."""

    def _note(self, address: str | None, who: Hashable) -> None:
        if self._is_on and (noted := _charged_limits.get()) is not None:
            noted[self] = address, who

    def _charge_here(self, address: str, who: Hashable, cost: float) -> None:
        for buckets, key in self._charged(address, who):
            buckets.charge(key, cost)

    def _charged(self, address: str, who: Hashable) -> Iterator[tuple[Buckets, Hashable]]:
        """Yield the buckets to charge, with their keys. IPv4 has no networks here: see
        `callers.by_network`."""
        if who:
            yield self._people, who
        yield self._addresses, address
        if self._networks is not None and address.isdecimal():
            yield self._networks, network_of(address)

    def _refusal(self, key: Hashable, wait: float) -> TooFast:
        refusal = TooFast(self._what, wait)
        _refusals.log(self._what, key, refusal.seconds)
        return refusal


class SharedLimit(Limit):
    """A rate limit that all processes share in Redis. During an outage of Redis, each process counts by
    itself.

    Calls block until Redis answers, so use it in threads, not on an event loop.
    """

    def __init__(
        self, kind: str, what: str, rate: Rate, people_per_address: int, shared: "SharedBuckets"
    ) -> None:
        super().__init__(what, rate, people_per_address)
        self._kind = kind
        self._shared = shared

    def take(self, address: str, who: Hashable = "", cost: float = 1.0) -> None:
        self._note(address, who)
        answer = self._shared.take(self._parts(address, who, cost))
        if answer is None:
            super().take(address, who, cost)
            return
        self._learn(address, who, answer.full_in)
        if answer.wait:
            raise self._refusal(who if answer.refused else address, answer.wait)

    def take_alone(self, who: Hashable, cost: float = 1.0) -> None:
        self._note(None, who)
        answer = self._shared.take([self._of_person(who, cost)])
        if answer is None:
            super().take_alone(who, cost)
            return
        self._people.set_full_in(who, answer.full_in[0])
        if answer.wait:
            raise self._refusal(who, answer.wait)

    def charge(self, address: str, who: Hashable, cost: float) -> None:
        self._charge_here(address, who, cost)
        if answer := self._shared.charge(self._parts(address, who, cost)):
            self._learn(address, who, answer.full_in)

    def close(self) -> None:
        self._shared.close()

    def _parts(self, address: str, who: Hashable, cost: float) -> "list[Part]":
        parts = [(f"{self._kind}.address.{address}", cost, self._addresses.rate)]
        if who:
            parts.append(self._of_person(who, cost))
        return parts

    def _of_person(self, who: Hashable, cost: float) -> "Part":
        return f"{self._kind}.person.{who}", cost, self._people.rate

    def _learn(self, address: str, who: Hashable, full_in: list[float]) -> None:
        self._addresses.set_full_in(address, full_in[0])
        if who:
            self._people.set_full_in(who, full_in[1])


class _Kind(NamedTuple):
    """The properties of a limit. `what`: its name in error texts. `is_shared`: processes share it in Redis.
    `by_network`: networks are limited too, for what is charged before authentication or creates people.
    `refuses`: False if the limit only delays replies."""

    what: str
    is_shared: bool = False
    by_network: bool = False
    refuses: bool = True


class RateLimits(NamedTuple):
    """All rate limits, each named like its setting."""

    connects: Annotated[Limit, _Kind("connections", by_network=True)]
    logins: Annotated[Limit, _Kind("logins", by_network=True)]
    messages: Annotated[Limit, _Kind("messages")]
    bytes: Annotated[Limit, _Kind("bytes")]
    groups: Annotated[Limit, _Kind("new groups", is_shared=True)]
    memberships: Annotated[Limit, _Kind("new members", is_shared=True)]
    queries: Annotated[Limit, _Kind("queries")]
    uploads: Annotated[Limit, _Kind("uploads", is_shared=True)]
    upload_bytes: Annotated[Limit, _Kind("bytes of uploads", is_shared=True)]
    files: Annotated[Limit, _Kind("files", is_shared=True)]
    file_pieces: Annotated[Limit, _Kind("pieces of files", is_shared=True)]
    file_bytes: Annotated[Limit, _Kind("bytes of files", is_shared=True)]
    # Not shared: the log's writer creates people, and must not wait for Redis.
    users: Annotated[Limit, _Kind("new people", by_network=True)]
    reports: Annotated[Limit, _Kind("reports", is_shared=True)]
    resets: Annotated[Limit, _Kind("mails", is_shared=True)]
    refusals: Annotated[Limit, _Kind("refusals", refuses=False)]

    def take_message(self, address: str, person: str, size: int, number: int = 1) -> None:
        """Charge `number` messages of `size` bytes in total. If a limit is reached, charge nothing and raise
        TooFast."""
        self.messages.take(address, person, number)
        try:
            self.bytes.take(address, person, size)
        except TooFast:
            self.messages.charge(address, person, -number)
            raise

    def close(self) -> None:
        """Close connections to Redis. They are reopened on demand."""
        for limit in self:
            limit.close()


_KINDS: dict[str, _Kind] = {
    name: type_.__metadata__[0] for name, type_ in get_type_hints(RateLimits, include_extras=True).items()
}


def current() -> RateLimits:
    """Return the limits of the current settings."""
    return _cache.get(settings.IM66)


class LimitState(NamedTuple):
    """The state of a limit for the charged caller. `name`: of its setting, without the prefix. `seconds`:
    until `left` grows by one; 0.0 if the limit is unused."""

    name: str
    rate: Rate
    left: int
    seconds: float


def begin_noting() -> None:
    """Start to record which limits are charged in this context, for `noted`."""
    _charged_limits.set({})


def noted() -> list[LimitState]:
    """Return the state of each limit charged since `begin_noting`, and stop recording."""
    charged = _charged_limits.get()
    _charged_limits.set(None)
    if not charged:
        return []
    return [
        LimitState(name, *limit.state(*charged[limit]))
        for (name, kind), limit in zip(_KINDS.items(), current(), strict=True)
        if limit in charged and kind.refuses
    ]


def hits() -> dict[str, int]:
    """Return the number of refusals of this process for each limit."""
    return {name: _refusals.counted[kind.what] for name, kind in _KINDS.items()}


def forget() -> None:
    """Reset all limits and the log of refusals."""
    _cache.drop()
    _refusals.forget()


def name_installation(name: Callable[[], str]) -> None:
    """Set the function that returns the prefix of this installation's keys in Redis. It is called on
    demand."""
    _installation.name = name


def is_refused_often(address: str, who: Hashable = "", cost: float = 1.0) -> bool:
    """Count a refusal. Return whether `who` or the address was refused too often, so that replies are
    delayed. `cost`: the number of refusals that it counts as."""
    try:
        current().refusals.take(address, who, cost)
    except TooFast:
        return True
    return False


@contextmanager
def counted(limit: Limit, address: str, who: Hashable = "", cost: float = 1.0) -> Iterator[None]:
    """Charge the limit for the block, and refund it if the block fails. Raises TooFast."""
    limit.take(address, who, cost)
    try:
        yield
    except BaseException:
        limit.charge(address, who, -cost)
        raise


def sign_up(address: str) -> None:
    """Charge the address for a new account by sign-up. Raises TooFast."""
    current().users.take(address)


_LimitSettings = tuple[tuple[Rate | None, ...], int, str]


class _LimitsCache:
    """Caches the limits, and rebuilds them when settings change."""

    def __init__(self) -> None:
        self._settings: Any = None
        self._limits: RateLimits | None = None
        self._lock = Lock()

    def get(self, ours: Any) -> RateLimits:
        """Return the limits. `ours`: the project's settings, an immutable object."""
        with self._lock:
            if self._limits is None or self._has_changed(ours):
                self._limits = _make_limits(*_limit_settings(ours))
            self._settings = ours
            return self._limits

    def _has_changed(self, ours: Any) -> bool:
        # Called several times for each login, so the identity of the settings is compared first.
        return self._settings is not ours and _limit_settings(self._settings) != _limit_settings(ours)

    def drop(self) -> None:
        with self._lock:
            if self._limits:
                self._limits.close()
            self._limits = None


def _limit_settings(ours: Any) -> _LimitSettings:
    rates = tuple(getattr(ours, f"limit_{name}") for name in _KINDS)
    return rates, ours.people_per_address, ours.redis_url


def _make_limits(rates: tuple[Rate | None, ...], people_per_address: int, redis_url: str) -> RateLimits:
    shared = _shared(redis_url) if redis_url else None
    return RateLimits(
        *(
            SharedLimit(name, kind.what, rate, people_per_address, shared)
            if shared and kind.is_shared and rate
            else Limit(kind.what, rate, people_per_address, by_network=kind.by_network)
            for (name, kind), rate in zip(_KINDS.items(), rates, strict=True)
        )
    )


def _shared(url: str) -> "SharedBuckets":
    # Imported here, because most installations have no Redis.
    from accounts.limits.shared_buckets import SharedBuckets

    return SharedBuckets(url, _installation.name)


class _Installation:
    name: Callable[[], str] = staticmethod(lambda: "im66")


_installation = _Installation()
_cache = _LimitsCache()
_refusals = RefusalLog()
