"""What a login on one connection must pass before a session is opened: limits, and the proof."""

import asyncio
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from functools import partial

from accounts.authentication.authentication import Claim, after_proof, claim_asks_database
from accounts.authentication.proving import Proven
from accounts.limits import limits
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


class LoginCheck:
    """`address`: where the client is. `earlier`: the people who were logged in on the connection before.
    `is_busy`: a login is being checked, so it is the database that is slow."""

    def __init__(self, client: ClientLink, address: str, earlier: Container[str]) -> None:
        self.is_busy = False
        self._limits = limits.current()
        # What stands for this connection where limits are counted.
        self._counted = object()
        self._socket = client.socket
        self._newest_only = client.needs.newest_only
        self._address = address
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
