"""Checks an upload's credentials and rate limits by the head of its request, before the body is read."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any
from weakref import WeakKeyDictionary

from asgiref.sync import sync_to_async
from django.db import Error as AnyDatabaseError
from django.db import close_old_connections

from accounts import late_replies, refusals
from accounts.authentication.authentication import asks_database, check_proof
from accounts.authentication.browser_sessions import session_in_scope
from accounts.authentication.proofs import BadToken, Proof, proof_in
from accounts.limits import limits
from accounts.limits.callers import Caller
from accounts.limits.fair_queue import FairQueue, QueueFull
from accounts.limits.limits import TooFast
from accounts.services import is_open
from uploads import bodies
from uploads.calls import API_PATH, FILES_PATH, is_piece, required_scopes, takes_files

logger = logging.getLogger(__name__)

# The HTTP status and the JSON of a refusal.
Reply = tuple[int, bytes]

# Anyone can send invented keys and cookies, so lookups run one after the other, and callers take turns.
MAX_CONCURRENT_LOOKUPS, MAX_WAITING_LOOKUPS, MAX_WAIT_SECONDS = 1, 256, 30.0


def refusal(scope: Any, caller: Caller) -> Reply | Coroutine[Any, Any, Reply | None] | None:
    """Return the reply that refuses the request, or None if it may send its body.

    `scope` is an ASGI scope. Return a coroutine for the same result if the check needs the database, or if
    the refusal is delayed.
    """
    path: str = scope["path"]
    if not takes_files(path):
        return None
    proof = None if is_open() else _proof_in(scope)
    if asks_database(proof):
        return _check_in_database(scope, proof, caller)
    try:
        return _check(scope, proof, caller)
    except TooFast as error:
        return _refuse_late(path, error)


async def _refuse_late(path: str, error: TooFast) -> Reply:
    await late_replies.wait_late()
    return bodies.too_fast_reply(path, error)


def _proof_in(scope: Any) -> Proof | None:
    authorization = dict(scope["headers"]).get(b"authorization", b"")
    query = scope.get("query_string", b"")
    return proof_in(authorization.decode("latin-1"), query.decode("latin-1")) or session_in_scope(scope)


def _check(scope: Any, proof: Proof | None, caller: Caller) -> Reply | None:
    """Check the credentials and the rate limits. Return a refusal, or None. Raises TooFast."""
    path = scope["path"]
    try:
        who = check_proof(proof, *required_scopes(path))
    except BadToken as error:
        refusals.log_denial(error, _route(path), "", caller[0])
        return bodies.not_allowed_reply(path, error.text, error.name.status)
    _check_pace(scope, caller[0], who)
    return None


def _route(path: str) -> str:
    """Return the route's name as the API's views log it."""
    if is_piece(path):
        return f"PATCH {FILES_PATH}/<str:upload>"
    return f"POST {path}" if path == API_PATH else path


def _check_pace(scope: Any, address: str, who: str) -> None:
    """Raise TooFast if earlier uploads of the caller already exceed a limit."""
    length = dict(scope["headers"]).get(b"content-length", b"")
    size, ours = int(length) if length.isdigit() else 1, limits.current()
    if is_piece(scope["path"]):
        ours.file_pieces.check(address, who)
        ours.file_bytes.check(address, who, size)
    else:
        ours.uploads.check(address, who)
        ours.upload_bytes.check(address, who, size)


async def _check_in_database(scope: Any, proof: Proof | None, caller: Caller) -> Reply | None:
    path = scope["path"]
    try:
        async with _lookup_queue().turn(caller):
            return await sync_to_async(_check_in_thread)(scope, proof, caller)
    except QueueFull:
        return bodies.busy_reply(path)
    except TooFast as error:
        return await _refuse_late(path, error)
    except AnyDatabaseError as error:
        logger.error("The proof of an upload could not be looked up: %s", error)
        return bodies.busy_reply(path)


def _check_in_thread(scope: Any, proof: Proof | None, caller: Caller) -> Reply | None:
    try:
        return _check(scope, proof, caller)
    finally:
        close_old_connections()


_queues: WeakKeyDictionary[asyncio.AbstractEventLoop, FairQueue] = WeakKeyDictionary()


def _lookup_queue() -> FairQueue:
    """Return the queue of the running event loop."""
    loop = asyncio.get_running_loop()
    return _queues.setdefault(loop, FairQueue(MAX_CONCURRENT_LOOKUPS, MAX_WAITING_LOOKUPS, MAX_WAIT_SECONDS))
