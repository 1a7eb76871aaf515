"""Whether all processes behind one address use one database.

Two that use different ones both work, and what people write in one does not reach those in the other. So each
process claims in Redis, once a second, which database it uses. A process that finds the claim of another
database says so in the log, and at /readyz.

A claim holds for some seconds, by Redis' clock. Without Redis, nobody claims anything, and nobody is doubted.
In production, claims carry a proof made with IM66_SECRET_KEY, which all processes behind one address have.
"""

import asyncio
import hmac
import json
import logging
from collections.abc import Collection, Mapping
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from django.conf import settings

from chat.delivery.cluster.installation import Database, database
from chat.delivery.runtime import Runtime

if TYPE_CHECKING:
    from redis.asyncio import Redis

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
# Two claims of a process may be lost or late.
CLAIM_SECONDS = 3
# An end waits at most so long for Redis.
GOODBYE_SECONDS = 1.0
_PROOF_CHARACTERS = 32


class Claims:
    """Which databases are used behind the address of this process. `others` describes those that are not its
    own."""

    def __init__(self) -> None:
        self.others: Collection[str] = ()
        self.have_been_read = asyncio.Event()
        self._seen: dict[str, int] = {}
        # A process that ends takes back the claim of its database, which other processes renew within a
        # second.
        self._absences = 0
        self._warned: set[str] = set()

    def take(self, ours: Database, claimed: Mapping[Database, int]) -> None:
        """`claimed`: all databases that are claimed, each with the time of its last claim."""
        others = {other: at for other, at in claimed.items() if other.name != ours.name}
        self._absences = 0 if others else self._absences + 1
        if others or self._absences > 1:
            self.others = sorted(other.description for other in others)
        for other, at in others.items():
            # The first one may be that of a process which has just been killed.
            if at > self._seen.get(other.name, at) and other.name not in self._warned:
                self._warned.add(other.name)
                logger.error(
                    "Another process serves %s from another database: %s, and this one from %s. What people "
                    "write in one does not reach the other: stop one of them.",
                    _address() or "the same address",
                    other.description,
                    ours.description,
                )
        self._seen = {other.name: at for other, at in others.items()}
        if self._warned and not self.others:
            self._warned.clear()
            logger.warning("All processes behind this address use one database again.")


_claims: WeakKeyDictionary[Runtime, Claims] = WeakKeyDictionary()


async def watch(run: Runtime) -> None:
    """Claim the database of this process, and read the claims of the others, until cancelled."""
    if not settings.IM66.redis_url:
        return
    # Imported here, because most installations have no Redis.
    from accounts.redis_hosts import connect_async

    claims, ours, mine = _claims_of(run), None, ""
    async with connect_async(settings.IM66.redis_url) as client:
        try:
            while True:
                try:
                    ours = await run.threads.read(partial(database, ours))
                    mine = _sealed(ours)
                    claims.take(ours, await _exchange(client, mine))
                except Exception:  # others tell that Redis or the database is away
                    claims.others = ()
                _check_cancelled()
                claims.have_been_read.set()
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            with suppress(Exception):
                async with asyncio.timeout(GOODBYE_SECONDS):
                    await client.zrem(_key(), mine)


def _check_cancelled() -> None:
    """Raises CancelledError if the task has been cancelled. The client of Redis may lose that, as
    `asyncio.wait_for` does before Python 3.12."""
    task = asyncio.current_task()
    if task and task.cancelling():
        raise asyncio.CancelledError


def others_seen(run: Runtime) -> Collection[str]:
    """What `other_databases` returns, as far as this process has looked by now."""
    return _claims_of(run).others


async def other_databases(run: Runtime, until: float) -> Collection[str]:
    """Those that other processes behind this address use. Waits for the first answer of Redis, until that
    time of the loop: a process that has just started is not ready before it."""
    claims = _claims_of(run)
    if settings.IM66.redis_url:
        with suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                await claims.have_been_read.wait()
    return claims.others


def _claims_of(run: Runtime) -> Claims:
    return _claims.setdefault(run, Claims())


async def _exchange(client: "Redis", mine: str) -> Mapping[Database, int]:
    """Claim ours, and return all claims that hold. Raises RedisError."""
    microseconds = 10**6
    seconds, fraction = await client.time()
    now = seconds * microseconds + fraction
    key = _key()
    async with client.pipeline(transaction=False) as pipe:
        pipe.zadd(key, {mine: now})
        pipe.zremrangebyscore(key, "-inf", now - CLAIM_SECONDS * microseconds)
        pipe.expire(key, 2 * CLAIM_SECONDS)
        pipe.zrange(key, 0, -1, withscores=True)
        *_, members = await pipe.execute()
    opened = ((_opened(member), int(at)) for member, at in members)
    return {claim: at for claim, at in opened if claim}


def _sealed(claim: Database) -> str:
    text = json.dumps((claim.name, claim.description))
    return _proof(text) + text


def _opened(member: bytes) -> Database | None:
    """None: a stranger wrote this."""
    with suppress(ValueError, TypeError):
        text = member.decode()
        proof, claim = text[:_PROOF_CHARACTERS], text[_PROOF_CHARACTERS:]
        if hmac.compare_digest(proof, _proof(claim)):
            name, described = map(str, json.loads(claim))
            # Outside production, a stranger can make a proof, but no lines of the log.
            return Database(name, described) if described.isprintable() else None
    return None


def _key() -> str:
    return f"im66.databases.{_proof(_address())}"


def _proof(text: str) -> str:
    # Outside production, each data folder has a key of its own.
    secret = settings.SECRET_KEY if settings.IM66.production else ""
    return hmac.digest(secret.encode(), text.encode(), "sha256").hex()[:_PROOF_CHARACTERS]


def _address() -> str:
    """The address that clients see; empty if nobody has set it."""
    hosts = [host for host in settings.ALLOWED_HOSTS if host != "*"]
    return settings.IM66.public_url or ", ".join(sorted(hosts))
