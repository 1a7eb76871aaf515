"""Whether the head of a request allows it to send a body: who sends an upload proves it before its body is
read."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any
from weakref import WeakKeyDictionary

from asgiref.sync import sync_to_async
from django.db import Error as AnyDatabaseError
from django.db import close_old_connections

from accounts.authentication import asks_database, check_proof
from accounts.browser_sessions import session_in_scope
from accounts.callers import Caller
from accounts.fair_queue import Busy, FairQueue
from accounts.proofs import BadToken, Proof, proof_in
from accounts.services import is_open
from accounts.wording import of_denial
from uploads import bodies
from uploads.calls import kinds_at, scopes_at

logger = logging.getLogger(__name__)

# The HTTP status and the JSON of a refusal.
Reply = tuple[int, bytes]

# Strangers can make up keys and cookies, so they are looked up one after the other, and fairly.
AT_ONCE, MOST_WAITING, WAIT_SECONDS = 1, 256, 30.0


def refusal(scope: Any, caller: Caller) -> Reply | Coroutine[Any, Any, Reply | None] | None:
    """The reply to a request with the head `scope`, as ASGI has it, that may not send a body; None if it may.
    A coroutine that finds it out if only the database can tell."""
    path: str = scope["path"]
    if is_open() or not kinds_at(path):
        return None
    proof = _proof_in(scope)
    return _ask(path, proof, caller) if asks_database(proof) else _check(path, proof)


def _proof_in(scope: Any) -> Proof | None:
    authorization = dict(scope["headers"]).get(b"authorization", b"")
    query = scope.get("query_string", b"")
    return proof_in(authorization.decode("latin-1"), query.decode("latin-1")) or session_in_scope(scope)


def _check(path: str, proof: Proof | None) -> Reply | None:
    try:
        check_proof(proof, *scopes_at(path))
    except BadToken as error:
        return bodies.not_allowed_reply(path, of_denial(error))
    return None


async def _ask(path: str, proof: Proof | None, caller: Caller) -> Reply | None:
    try:
        async with _lookups().turn(caller):
            return await sync_to_async(_look_up)(path, proof)
    except Busy:
        return bodies.busy_reply(path)
    except AnyDatabaseError as error:
        logger.error("The proof of an upload could not be looked up: %s", error)
        return bodies.busy_reply(path)


def _look_up(path: str, proof: Proof | None) -> Reply | None:
    try:
        return _check(path, proof)
    finally:
        close_old_connections()


_queues: WeakKeyDictionary[asyncio.AbstractEventLoop, FairQueue] = WeakKeyDictionary()


def _lookups() -> FairQueue:
    """The queue of the running event loop."""
    loop = asyncio.get_running_loop()
    return _queues.setdefault(loop, FairQueue(AT_ONCE, MOST_WAITING, WAIT_SECONDS))
