"""Who makes a call of the API."""

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

# In open mode, what stands before a userid in the header `Authorization`.
USERID = "userid"


class Proven(NamedTuple):
    """Who makes a call, proven. `person`: None for a backend that acts for nobody. `key`: the id of the API
    key of a backend, empty for anybody else."""

    person: Person | None
    key: str


def caller_of(request: Request, scope: Scope) -> Person | None:
    """The person who makes the call; None for a backend that acts for nobody. `scope`: what its API key must
    be for.

    Raises AccountBanned, BadToken, TooFast and UnknownPerson; and ApiError for a change that a page asks for
    which cannot show that it is ours.
    """
    if is_open():
        return _named(request)
    return holder_of(_proof_in(request), scope, acting_for(request), client_address(request._request))


def prove_caller(request: Request, scope: Scope) -> Proven:
    """The same for a call that nobody makes by saying who they are: a proof is needed in open mode too, and
    there it is a browser session or an API key. Raises as `caller_of`."""
    address = client_address(request._request)
    person = prove_holder(_proof_in(request), scope, named_by_backend(request), address)
    return Proven(person, key_in(request))


def key_in(request: Request) -> str:
    """The id of the API key that a backend shows, whether or not it counts; empty if none is shown."""
    proof = _proof_in(request)
    return id_in(proof.text) if proof and proof.kind is ProofKind.API_KEY else ""


def _proof_in(request: Request) -> Proof | None:
    # Not in the query, where a token would be logged.
    return proof_in(_authorization(request), "") or _session(request)


def _named(request: Request) -> Person:
    """In open mode: whom the header names or, without one, who has logged in with this browser."""
    userid = _userid_in(_authorization(request)) or _logged_in(request)
    if not userid:
        raise BadToken(Fault.MISSING)
    if not is_userid(userid):
        raise ApiError(Name.LOG_IN_FIRST, "This is not a userid.")
    return authenticate(Claim(userid, address=client_address(request._request)))


def _authorization(request: Request) -> str:
    return str(request.headers.get("Authorization", ""))


def _userid_in(authorization: str) -> str:
    """Headers are ASCII, so what a userid has besides is percent-encoded UTF-8."""
    scheme, _, text = authorization.strip().partition(" ")
    if scheme.lower() != USERID:
        return ""
    # Bytes that are no UTF-8 become characters that no userid has.
    return unquote_to_bytes(text.strip().encode("latin-1", "replace")).decode("utf-8", "surrogateescape")


def _logged_in(request: Request) -> str:
    session = _session(request)
    return browser_sessions.userid_of(session.text) if session else ""


def _session(request: Request) -> Proof | None:
    """The browser session. Raises ApiError if it is used to change something, and the page that does it has
    not shown the token which only our pages know."""
    proof = session_of_silent(request._request)
    if proof and (reason := _why_forged(request)):
        raise ApiError(Name.NOT_ALLOWED, reason)
    return proof


def _why_forged(request: Request) -> str:
    check = CSRFCheck(lambda _: None)  # type: ignore[arg-type]  # it is never called
    check.process_request(request._request)
    return str(check.process_view(request._request, None, (), {}) or "")  # type: ignore[arg-type]
