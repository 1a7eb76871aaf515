"""How fast people, connections and addresses may do things.

A person has the limit itself, and so has a connection; an address has it as often as people may share one. A
network of IPv6 (/48), in which a customer has as many addresses as they like, has some of them as often as
ADDRESSES_PER_NETWORK addresses. A connection, an address or a network is charged before somebody has proved
who they are, a person only afterwards, so nobody can use up the limit of somebody else.
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

# So many times as much as an address: a mobile operator may give each phone an address of its own.
ADDRESSES_PER_NETWORK = 16


class TooFast(Failed):
    """A limit is used up. `seconds`: how long to wait. As a string, it says which limit."""

    cause = Cause.TOO_FAST

    def __init__(self, what: str, wait: float) -> None:
        self.seconds = self.retry = max(1, math.ceil(wait))
        super().__init__(seconds=self.seconds)
        self._what = what

    def __str__(self) -> str:
        return f"too many {self._what}, wait {self.seconds} second{'s' * (self.seconds > 1)}"


# The limits that have counted something in this context, with whom they charged; None: it is not noted.
_charged_limits: ContextVar["dict[Limit, tuple[str | None, Hashable]] | None"] = ContextVar(
    "charged_limits", default=None
)


class Limit:
    """One kind of thing. Counts what this process sees. Without a rate there is no limit. `by_network`:
    whether networks have one too."""

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
        """Charge the address and, unless it is empty, `who`: a userid, or whatever stands for a connection.
        Raises TooFast; then nothing is charged."""
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
        """Raises TooFast if `take_alone` would. Charges nobody."""
        self._note(None, who)
        if self._is_on and (wait := self._people.wait(who)):
            raise self._refusal(who, wait)

    def check(self, address: str, who: Hashable = "", cost: float = 1.0) -> None:
        """Raises TooFast if `take` would, as far as this process knows. Charges nobody."""
        if not self._is_on:
            return
        for buckets, key in self._charged(address, who):
            if wait := buckets.wait(key, cost):
                raise self._refusal(key, wait)

    def charge(self, address: str, who: Hashable, cost: float) -> None:
        """Charge for what has happened already, or give back if `cost` is negative."""
        if self._is_on:
            self._charge_here(address, who, cost)

    def state(self, address: str | None, who: Hashable) -> tuple[Rate, int, float]:
        """The rate that somebody has, how much of it is left, and the seconds until that is one more: of the
        buckets that are charged, of the one with the least."""
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
        """What is charged, and by which key. IPv4 has no networks here: see `callers.by_network`."""
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
    """A limit that all processes share, by way of Redis. While Redis is away each counts by itself.

    It waits for Redis, so it is for threads, not for an event loop.
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
        self._people.learn(who, answer.full_in[0])
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
        self._addresses.learn(address, full_in[0])
        if who:
            self._people.learn(who, full_in[1])


class _Kind(NamedTuple):
    """`what`: what the limit is called towards people. `is_shared`: by the processes. `by_network`: what is
    charged before somebody has proved who they are, or lets people be created, networks have too. `refuses`:
    or else it only slows down."""

    what: str
    is_shared: bool = False
    by_network: bool = False
    refuses: bool = True


class RateLimits(NamedTuple):
    """All of them, each after its setting."""

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
    # The log's writer creates people, and nobody's messages may wait for Redis.
    users: Annotated[Limit, _Kind("new people", by_network=True)]
    reports: Annotated[Limit, _Kind("reports", is_shared=True)]
    resets: Annotated[Limit, _Kind("mails", is_shared=True)]
    refusals: Annotated[Limit, _Kind("refusals", refuses=False)]

    def take_message(self, address: str, person: str, size: int, number: int = 1) -> None:
        """So many messages of so many bytes together. Raises TooFast; then nothing is charged."""
        self.messages.take(address, person, number)
        try:
            self.bytes.take(address, person, size)
        except TooFast:
            self.messages.charge(address, person, -number)
            raise

    def close(self) -> None:
        """Close connections to Redis. They are opened again when they are needed."""
        for limit in self:
            limit.close()


_KINDS: dict[str, _Kind] = {
    name: type_.__metadata__[0] for name, type_ in get_type_hints(RateLimits, include_extras=True).items()
}


def current() -> RateLimits:
    """The limits that the settings give."""
    return _cache.get(settings.IM66)


class LimitState(NamedTuple):
    """What is left of a limit for whom it was charged. `name`: of its setting. `seconds`: until `left` is one
    more; 0.0 if all of it is left."""

    name: str
    rate: Rate
    left: int
    seconds: float


def begin_noting() -> None:
    """From now on `noted` tells in this context which limits have counted something."""
    _charged_limits.set({})


def noted() -> list[LimitState]:
    """What is left of each limit that has counted something, or refused it, since `begin_noting`. Ends it."""
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
    """How often this process refused something because of each limit."""
    return {name: _refusals.counted[kind.what] for name, kind in _KINDS.items()}


def forget() -> None:
    """All start again."""
    _cache.drop()
    _refusals.forget()


def name_installation(name: Callable[[], str]) -> None:
    """`name()` tells what begins the keys of this installation in Redis. It is called when that is needed."""
    _installation.name = name


def is_refused_often(address: str, who: Hashable = "", cost: float = 1.0) -> bool:
    """Count that something was refused. Returns whether `who`, or those of the address, were refused too
    often, and must be slowed down. `cost`: for how many it counts."""
    try:
        current().refusals.take(address, who, cost)
    except TooFast:
        return True
    return False


@contextmanager
def counted(limit: Limit, address: str, who: Hashable = "", cost: float = 1.0) -> Iterator[None]:
    """Counts what is done inside the block, unless it fails. Raises TooFast."""
    limit.take(address, who, cost)
    try:
        yield
    except BaseException:
        limit.charge(address, who, -cost)
        raise


def sign_up(address: str) -> None:
    """Somebody at that address makes an account for themselves. Raises TooFast."""
    current().users.take(address)


_Chosen = tuple[tuple[Rate | None, ...], int, str]


class _LimitsCache:
    """The limits, made again when settings change."""

    def __init__(self) -> None:
        self._settings: Any = None
        self._limits: RateLimits | None = None
        self._lock = Lock()

    def get(self, ours: Any) -> RateLimits:
        """`ours`: the project's settings, an object that does not change."""
        with self._lock:
            if self._limits is None or self._are_others(ours):
                self._limits = _composed(*_chosen_in(ours))
            self._settings = ours
            return self._limits

    def _are_others(self, ours: Any) -> bool:
        # Every login asks several times, so the same object's limits are not compared.
        return self._settings is not ours and _chosen_in(self._settings) != _chosen_in(ours)

    def drop(self) -> None:
        with self._lock:
            if self._limits:
                self._limits.close()
            self._limits = None


def _chosen_in(ours: Any) -> _Chosen:
    rates = tuple(getattr(ours, f"limit_{name}") for name in _KINDS)
    return rates, ours.people_per_address, ours.redis_url


def _composed(rates: tuple[Rate | None, ...], people_per_address: int, redis_url: str) -> RateLimits:
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
