"""Admission on a connection: the rate limits and the proof that a login must pass before a session is opened,
how long a connection may stay open without a login, and when a login expires.

If no login comes in time, the connection is closed, or kept as an idle connection: when the shipped Android
app opens several connections at the same time, it logs in on one of them only, and reopens each that is
closed. The number of idle connections is bounded, so that strangers cannot exhaust the process with them.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Container, Hashable, Iterator
from contextlib import contextmanager
from functools import partial

from accounts.authentication.authentication import Claim, after_proof, claim_asks_database
from accounts.authentication.proving import Proven
from accounts.limits import limits
from accounts.limits.callers import network_of
from chat import access
from chat.delivery import runtime
from chat.delivery.connection.client_link import ClientLink
from chat.failures import CommandRefused

# The cost of a login of a person who was logged in on the same connection before, as a part of a usual one.
# The Android app logs out and in on its newest connection whenever another one opens, and it may have many.
REPEATED_LOGIN_COST = 0.1
# How long a throttled login may wait.
MAX_THROTTLED_SECONDS = 60.0
# How often a throttled login checks whether the client is still connected.
CHECK_SECONDS = 1.0
# The idle connections of a network, and of an address, may be at most one part in this many of the limit.
NETWORK_DIVISOR, ADDRESS_DIVISOR = 4, 10
# How often the wall clock is checked at least: it may be set, and the machine may sleep.
CLOCK_SECONDS = 60.0


class LoginCheck:
    """Checks the logins on a connection. `earlier`: the people who were logged in on it before. `is_busy`:
    a login is being checked, so a delay is due to the database and not to the client."""

    def __init__(self, client: ClientLink, earlier: Container[str]) -> None:
        self.is_busy = False
        self._limits = limits.current()
        # The key of this connection in the rate limits.
        self._limit_key = object()
        self._socket = client.socket
        self._newest_only = client.needs.newest_only
        self._address = client.address
        self._earlier = earlier

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Mark that a login is being checked, for the time of the block."""
        self.is_busy = True
        try:
            yield
        finally:
            self.is_busy = False

    async def prove(self, claim: Claim) -> tuple[Claim, Proven]:
        """Check the limits and the proof of `claim`. Return it with the person's userid, and the result of
        the proof. Raises CommandRefused and DatabaseError."""
        cost = self._cost_of(claim.userid)
        await self._throttled(partial(access.may_try_to_log_in, self._limits, claim, self._limit_key, cost))
        proven = await self._prove(claim)
        claim = after_proof(claim, proven)
        claim = claim._replace(userid=claim.userid or proven.profile.userid)
        cost = self._cost_of(claim.userid)
        await self._throttled(partial(access.may_log_in_again, self._limits, claim.userid, cost))
        return claim, proven

    def _cost_of(self, userid: str) -> float:
        return REPEATED_LOGIN_COST if self._newest_only and userid in self._earlier else 1.0

    async def _prove(self, claim: Claim) -> Proven:
        try:
            if not claim_asks_database(claim):
                return access.may_claim(claim)
            run = await runtime.current()
            return await run.threads.read(partial(access.may_claim, claim))
        except CommandRefused:
            access.may_fail_to_log_in(self._limits, self._address)
            raise

    async def _throttled(self, check: Callable[[], None]) -> None:
        """Call `check`, which raises CommandRefused if the client is too fast. If only the newest connection
        of a person is fed, wait and try again instead: a refused app would get no more messages."""
        deadline = asyncio.get_running_loop().time() + MAX_THROTTLED_SECONDS
        while True:
            try:
                return check()
            except CommandRefused as refused:
                seconds = refused.failure.retry or MAX_THROTTLED_SECONDS
                is_late = asyncio.get_running_loop().time() + seconds > deadline
                if is_late or not (self._newest_only and await self._wait_while_connected(seconds)):
                    raise

    async def _wait_while_connected(self, seconds: float) -> bool:
        """Wait for `seconds`, or until the client is gone. Return whether it is still connected: the login of
        a gone client would take the messages from a newer connection. Meanwhile, the connection counts as one
        without a login."""
        until = asyncio.get_running_loop().time() + seconds
        self.is_busy = False
        # No server reports when `is_served` becomes false.
        while self._socket.is_served and (left := until - asyncio.get_running_loop().time()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(min(left, CHECK_SECONDS))
        self.is_busy = True
        return self._socket.is_served


class LoginTimeout:
    """The login timeout of a connection, unless `stop` is called before. After `seconds`, `hang_up()` is
    called; or, with `max_idle`, the connection is kept among at most so many idle ones of this process, and
    `hang_up()` is called when a newer one takes its place. While `is_logging_in()`, the timeout starts again:
    then it is the database that is slow."""

    __slots__ = ("_address", "_hang_up", "_idle", "_is_logging_in", "_max_idle", "_seconds", "_timer")

    def __init__(
        self,
        seconds: float,
        hang_up: Callable[[], None],
        is_logging_in: Callable[[], bool],
        address: str,
        max_idle: int,
        idle: "IdleConnections | None" = None,
    ) -> None:
        self._seconds = seconds
        self._hang_up = hang_up
        self._is_logging_in = is_logging_in
        self._address = address
        self._max_idle = max_idle
        self._idle = _idle if idle is None else idle
        self._begin()

    def stop(self) -> None:
        """Stop the timeout. Idempotent."""
        self._timer.cancel()
        self._idle.remove(self, self._address)

    def _begin(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self._seconds, self._end)

    def _end(self) -> None:
        if self._is_logging_in():
            self._begin()
        elif self._max_idle:
            for other in self._idle.add(self, self._address, self._max_idle):
                other._hang_up()
        else:
            self._hang_up()


class IdleConnections:
    """The connections that are kept without a login."""

    def __init__(self) -> None:
        # Those of each address, of each network, and all; the oldest first.
        self._groups: dict[Hashable, OrderedDict[LoginTimeout, None]] = {}

    def __len__(self) -> int:
        return len(self._groups.get(None, ()))

    def add(self, timeout: LoginTimeout, address: str, max_idle: int) -> list[LoginTimeout]:
        """Keep one more connection. Return those that are dropped in exchange."""
        divisors = (ADDRESS_DIVISOR, NETWORK_DIVISOR, 1)
        dropped: list[LoginTimeout] = []
        for key, divisor in zip(_keys(address), divisors, strict=True):
            group = self._groups.setdefault(key, OrderedDict())
            group[timeout] = None
            if len(group) > max(1, max_idle // divisor):
                oldest = next(iter(group))
                self.remove(oldest, oldest._address)
                dropped.append(oldest)
        return dropped

    def remove(self, timeout: LoginTimeout, address: str) -> None:
        for key in _keys(address):
            group = self._groups.get(key)
            if group and timeout in group:
                del group[timeout]
                if not group:
                    del self._groups[key]


def _keys(address: str) -> tuple[Hashable, Hashable, Hashable]:
    return ("address", address), ("network", network_of(address)), None


_idle = IdleConnections()


class Expiry:
    """A timer on the wall clock. Setting it again replaces the time that was set before."""

    __slots__ = ("_timer",)

    def __init__(self) -> None:
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_set(self) -> bool:
        """Whether the timer is running."""
        return self._timer is not None

    def set(self, second: float, call: Callable[[], None]) -> None:
        """Call `call` once when the wall clock reaches `second`, in seconds since the epoch."""
        self.cancel()
        wait = min(max(0.0, second - time.time()), CLOCK_SECONDS)
        self._timer = asyncio.get_running_loop().call_later(wait, self._check, second, call)

    def cancel(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _check(self, second: float, call: Callable[[], None]) -> None:
        self._timer = None
        if time.time() >= second:
            call()
        else:
            self.set(second, call)
