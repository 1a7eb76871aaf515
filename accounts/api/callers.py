"""Authentication of the callers of the API."""

from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from rest_framework.authentication import CSRFCheck
from rest_framework.request import Request

from accounts.addresses import client_address
from accounts.api.errors import ApiError
from accounts.authentication import browser_sessions
from accounts.authentication.api_keys import id_in
from accounts.authentication.authentication import Claim, Person, authenticate, holder_of, prove_holder
from accounts.authentication.browser_sessions import session_of_silent
from accounts.authentication.proofs import BadToken, Fault, Proof, ProofKind, Scope, proof_in
from accounts.codes import Name
from accounts.legacy import acting_for, named_by_backend
from accounts.names.userids import is_userid
from accounts.services import is_open

# The scheme of the header `Authorization` in open mode; a userid follows it.
USERID = "userid"


class Proven(NamedTuple):
    """An authenticated caller. `person`: None for a backend that acts for nobody. `key`: the id of a
    backend's API key, empty for other callers."""

    person: Person | None
    key: str


def caller_of(request: Request, scope: Scope) -> Person | None:
    """Return the caller; None for a backend that acts for nobody. `scope`: the scope that an API key needs.

    Raises AccountBanned, BadToken, TooFast and UnknownPerson. Raises ApiError if a browser session requests a
    change without a valid CSRF token.
    """
    if is_open():
        return _caller_in_open_mode(request)
    return holder_of(_proof_in(request), scope, acting_for(request), client_address(request._request))


def prove_caller(request: Request, scope: Scope) -> Proven:
    """Like `caller_of`, but a bare userid is not enough in open mode: the caller needs a browser session or
    an API key. Raises the same exceptions as `caller_of`."""
    address = client_address(request._request)
    person = prove_holder(_proof_in(request), scope, named_by_backend(request), address)
    return Proven(person, key_in(request))


def key_in(request: Request) -> str:
    """Return the id of the API key in the request, valid or not; empty if there is none."""
    proof = _proof_in(request)
    return id_in(proof.text) if proof and proof.kind is ProofKind.API_KEY else ""


def _proof_in(request: Request) -> Proof | None:
    # Not in the query, where a token would be logged.
    return proof_in(_authorization(request), "") or _session(request)


def _caller_in_open_mode(request: Request) -> Person:
    """Return the person whom the header names or, without the header, the person of the browser session."""
    userid = _userid_in(_authorization(request)) or _logged_in(request)
    if not userid:
        raise BadToken(Fault.MISSING)
    if not is_userid(userid):
        raise ApiError(Name.LOG_IN_FIRST, "This is not a userid.")
    return authenticate(Claim(userid, address=client_address(request._request)))


def _authorization(request: Request) -> str:
    return str(request.headers.get("Authorization", ""))


def _userid_in(authorization: str) -> str:
    """Return the userid in the header, empty if there is none. Headers are ASCII, so other characters are
    percent-encoded UTF-8."""
    scheme, _, text = authorization.strip().partition(" ")
    if scheme.lower() != USERID:
        return ""
    # Bytes that are no UTF-8 become characters that no userid has.
    return unquote_to_bytes(text.strip().encode("latin-1", "replace")).decode("utf-8", "surrogateescape")


def _logged_in(request: Request) -> str:
    session = _session(request)
    return browser_sessions.userid_of(session.text) if session else ""


def _session(request: Request) -> Proof | None:
    """Return the browser session. Raises ApiError if the request makes a change without a valid CSRF
    token."""
    proof = session_of_silent(request._request)
    if proof and (reason := _csrf_failure(request)):
        raise ApiError(Name.NOT_ALLOWED, reason)
    return proof


def _csrf_failure(request: Request) -> str:
    check = CSRFCheck(lambda _: None)  # type: ignore[arg-type]  # it is never called
    check.process_request(request._request)
    return str(check.process_view(request._request, None, (), {}) or "")  # type: ignore[arg-type]
