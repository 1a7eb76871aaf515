"""Who is let in on a connection, and for how long: what a login must pass before a session is opened (limits,
and the proof), how long a connection may stay open on which nobody has logged in, and when a login runs out.

A client that does not log in in time is hung up on, or its connection is kept: when the shipped Android app
opens several connections at the same time, it logs in on one of them only, and opens each again that is
closed. What is kept is bounded, so that strangers cannot fill the process by opening connections.
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

# For how many logins it counts if a person logs in once more on the same connection. The Android app logs out
# and in on its newest connection for each of its connections that opens, and it may have many.
AGAIN_COST = 0.1
# How long a login may wait until it is not too fast.
MAX_TURN_SECONDS = 60.0
# How often it is checked meanwhile whether the client is still there.
CHECK_SECONDS = 1.0
# The parts of all kept connections that those of one network, and of one address, may be.
NETWORK_PART, ADDRESS_PART = 4, 10
# The clock is checked this often: it may be set, and a machine may sleep.
CLOCK_SECONDS = 60.0


class LoginCheck:
    """`earlier`: the people who were logged in on the connection before.
    `is_busy`: a login is being checked, so it is the database that is slow."""

    def __init__(self, client: ClientLink, earlier: Container[str]) -> None:
        self.is_busy = False
        self._limits = limits.current()
        # What stands for this connection where limits are counted.
        self._counted = object()
        self._socket = client.socket
        self._newest_only = client.needs.newest_only
        self._address = client.address
        self._earlier = earlier

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """A login is made in the block."""
        self.is_busy = True
        try:
            yield
        finally:
            self.is_busy = False

    async def prove(self, claim: Claim) -> tuple[Claim, Proven]:
        """The claim with the person's userid, and what its proof shows. Raises CommandRefused and
        DatabaseError."""
        cost = self._cost_of(claim.userid)
        await self._in_turn(partial(access.may_try_to_log_in, self._limits, claim, self._counted, cost))
        proven = await self._prove(claim)
        claim = after_proof(claim, proven)
        claim = claim._replace(userid=claim.userid or proven.profile.userid)
        cost = self._cost_of(claim.userid)
        await self._in_turn(partial(access.may_log_in_again, self._limits, claim.userid, cost))
        return claim, proven

    def _cost_of(self, userid: str) -> float:
        """For how many logins one of this person counts."""
        return AGAIN_COST if self._newest_only and userid in self._earlier else 1.0

    async def _prove(self, claim: Claim) -> Proven:
        try:
            if not claim_asks_database(claim):
                return access.may_claim(claim)
            run = await runtime.current()
            return await run.threads.read(partial(access.may_claim, claim))
        except CommandRefused:
            access.may_fail_to_log_in(self._limits, self._address)
            raise

    async def _in_turn(self, check: Callable[[], None]) -> None:
        """Call `check`, which raises CommandRefused if the client is too fast. Where only the newest
        connection is fed, wait instead: an app that was refused there would get no more messages."""
        deadline = asyncio.get_running_loop().time() + MAX_TURN_SECONDS
        while True:
            try:
                return check()
            except CommandRefused as refused:
                seconds = refused.failure.retry or MAX_TURN_SECONDS
                is_late = asyncio.get_running_loop().time() + seconds > deadline
                if is_late or not (self._newest_only and await self._stays(seconds)):
                    raise

    async def _stays(self, seconds: float) -> bool:
        """Whether the client is still there in so many seconds. Nobody who is gone may log in, and so take
        the messages from a newer connection. Meanwhile it counts as a connection without a login."""
        until = asyncio.get_running_loop().time() + seconds
        self.is_busy = False
        # No server reports when it becomes false.
        while self._socket.is_served and (left := until - asyncio.get_running_loop().time()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(min(left, CHECK_SECONDS))
        self.is_busy = True
        return self._socket.is_served


class LoginWait:
    """The wait of one connection. After `seconds`, `hang_up()` is called, or the connection is kept among at
    most `max_idle` of this process; then `hang_up()` is called when newer ones need its place.
    `is_logging_in()`: a login is being checked, so it is the database that is slow. `stop` ends the wait."""

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
        """Stopping twice does no harm."""
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
    """The connections that are kept though nobody has logged in on them."""

    def __init__(self) -> None:
        # Of each address, of each network, and all: the oldest first.
        self._groups: dict[Hashable, OrderedDict[LoginWait, None]] = {}

    def __len__(self) -> int:
        return len(self._groups.get(None, ()))

    def add(self, wait: LoginWait, address: str, max_idle: int) -> list[LoginWait]:
        """Keep one more. Returns those that give up their places for it, which are not kept any more."""
        parts = (ADDRESS_PART, NETWORK_PART, 1)
        dropped: list[LoginWait] = []
        for key, part in zip(_keys(address), parts, strict=True):
            group = self._groups.setdefault(key, OrderedDict())
            group[wait] = None
            if len(group) > max(1, max_idle // part):
                oldest = next(iter(group))
                self.remove(oldest, oldest._address)
                dropped.append(oldest)
        return dropped

    def remove(self, wait: LoginWait, address: str) -> None:
        for key in _keys(address):
            group = self._groups.get(key)
            if group and wait in group:
                del group[wait]
                if not group:
                    del self._groups[key]


def _keys(address: str) -> tuple[Hashable, Hashable, Hashable]:
    return ("address", address), ("network", network_of(address)), None


_idle = IdleConnections()


class Expiry:
    """Calls once when a second of the wall clock has come. Setting it again forgets the second before."""

    __slots__ = ("_timer",)

    def __init__(self) -> None:
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_set(self) -> bool:
        """Whether the call is still to come."""
        return self._timer is not None

    def set(self, second: float, call: Callable[[], None]) -> None:
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
