"""Detects processes behind one address that use different databases.

Such processes work, but messages that are written in one do not reach people in the other. So each process
writes a claim to Redis once a second, with the database that it uses. A process that finds the claim of
another database reports it in the log and at /readyz.

A claim is valid for some seconds, by Redis' clock. Without Redis nothing is detected. In production, claims
have an HMAC made with IM66_SECRET_KEY, which all processes behind one address share.
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

CLAIM_INTERVAL_SECONDS = 1.0
# How long a claim is valid: two claims of a process may be lost or late.
CLAIM_SECONDS = 3
# The end of a process waits at most this long for Redis.
MAX_REMOVE_SECONDS = 1.0
_HMAC_CHARACTERS = 32


class Claims:
    """The claims of the processes behind one address. `others`: descriptions of the databases other than this
    process's own."""

    def __init__(self) -> None:
        self.others: Collection[str] = ()
        self.have_been_read = asyncio.Event()
        self._seen: dict[str, int] = {}
        # How many times in a row no other database was claimed. One time does not count: a process that ends
        # removes the claim of its database, which other processes renew within a second.
        self._absences = 0
        self._warned: set[str] = set()

    def update(self, ours: Database, claimed: Mapping[Database, int]) -> None:
        """Process the present claims. `claimed`: the time of the last claim by database."""
        others = {other: time for other, time in claimed.items() if other.name != ours.name}
        self._absences = 0 if others else self._absences + 1
        if others or self._absences > 1:
            self.others = sorted(other.description for other in others)
        for other, time in others.items():
            # A claim that is not renewed may be that of a process which has just been killed.
            if time > self._seen.get(other.name, time) and other.name not in self._warned:
                self._warned.add(other.name)
                logger.error(
                    "Another process serves %s from another database: %s, and this one from %s. What people "
                    "write in one does not reach the other: stop one of them.",
                    _address() or "the same address",
                    other.description,
                    ours.description,
                )
        self._seen = {other.name: time for other, time in others.items()}
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

    claims, ours, member = _claims_of(run), None, ""
    async with connect_async(settings.IM66.redis_url) as client:
        try:
            while True:
                try:
                    ours = await run.threads.read(partial(database, ours))
                    member = _signed(ours)
                    claims.update(ours, await _exchange(client, member))
                except Exception:  # other checks report that Redis or the database is away
                    claims.others = ()
                _check_cancelled()
                claims.have_been_read.set()
                await asyncio.sleep(CLAIM_INTERVAL_SECONDS)
        finally:
            with suppress(Exception):
                async with asyncio.timeout(MAX_REMOVE_SECONDS):
                    await client.zrem(_key(), member)


def _check_cancelled() -> None:
    """Raises CancelledError if the task was cancelled. The client of Redis may swallow a cancellation, as
    `asyncio.wait_for` does before Python 3.12."""
    task = asyncio.current_task()
    if task and task.cancelling():
        raise asyncio.CancelledError


def others_seen(run: Runtime) -> Collection[str]:
    """Return the other databases that are known now."""
    return _claims_of(run).others


async def other_databases(run: Runtime, until: float) -> Collection[str]:
    """Return the other databases behind this address. After a start, wait for the first answer of Redis, at
    most until this time of the loop: the process is not ready before it."""
    claims = _claims_of(run)
    if settings.IM66.redis_url:
        with suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                await claims.have_been_read.wait()
    return claims.others


def _claims_of(run: Runtime) -> Claims:
    return _claims.setdefault(run, Claims())


async def _exchange(client: "Redis", own_member: str) -> Mapping[Database, int]:
    """Renew the process's own claim, and return all valid claims. Raises RedisError."""
    microseconds = 10**6
    seconds, fraction = await client.time()
    now = seconds * microseconds + fraction
    key = _key()
    async with client.pipeline(transaction=False) as pipe:
        pipe.zadd(key, {own_member: now})
        pipe.zremrangebyscore(key, "-inf", now - CLAIM_SECONDS * microseconds)
        pipe.expire(key, 2 * CLAIM_SECONDS)
        pipe.zrange(key, 0, -1, withscores=True)
        *_, members = await pipe.execute()
    claims = ((_verified(member), int(time)) for member, time in members)
    return {claim: time for claim, time in claims if claim}


def _signed(claim: Database) -> str:
    text = json.dumps((claim.name, claim.description))
    return _hmac(text) + text


def _verified(member: bytes) -> Database | None:
    """Return the claim of a member of the set; None if its HMAC is not valid."""
    with suppress(ValueError, TypeError):
        text = member.decode()
        digest, claim = text[:_HMAC_CHARACTERS], text[_HMAC_CHARACTERS:]
        if hmac.compare_digest(digest, _hmac(claim)):
            name, described = map(str, json.loads(claim))
            # Outside production anybody can make the HMAC, and must not inject lines into the log.
            return Database(name, described) if described.isprintable() else None
    return None


def _key() -> str:
    return f"im66.databases.{_hmac(_address())}"


def _hmac(text: str) -> str:
    # Outside production, each data folder has its own secret key, so none is used.
    secret = settings.SECRET_KEY if settings.IM66.production else ""
    return hmac.digest(secret.encode(), text.encode(), "sha256").hex()[:_HMAC_CHARACTERS]


def _address() -> str:
    """Return the address that clients use; empty if it is not set."""
    hosts = [host for host in settings.ALLOWED_HOSTS if host != "*"]
    return settings.IM66.public_url or ", ".join(sorted(hosts))
