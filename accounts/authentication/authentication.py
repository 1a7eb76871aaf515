"""Authentication of callers, the same for sockets and HTTP.

In open mode, a caller who names a userid is that person, and an unknown userid is created. A proof is
ignored, unless the caller names no userid: then it may be a browser session, see Claim.

In token mode, the proof is a token for that userid, a browser session of that person or, where the endpoint
names a scope, an API key with it, whose backend acts for any user but staff. Sockets accept no API keys. An
unknown person is not admitted, or is created from the claims of the token.
"""

import time
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple, TypeVar

from django.db.models import Q

from accounts.authentication import proving
from accounts.authentication.api_keys import id_in
from accounts.authentication.browser_sessions import still_holds
from accounts.authentication.proofs import BadToken, Fault, Proof, ProofKind, Scope
from accounts.authentication.proving import Proven
from accounts.codes import Cause, Failed
from accounts.limits.limits import TooFast
from accounts.models import ApiKey, User
from accounts.names.userids import is_userid
from accounts.services import ProfileData, ensure_each, ensure_profiles, is_desk, is_open
from accounts.signals import key_used
from accounts.statements import among, fetch, seconds_of

T = TypeVar("T")

# The userid of a claim that names nobody: the proof says who the person is.
PERSON_OF_PROOF = ""


class Claim(NamedTuple):
    """A caller's claim to be `userid`, with a proof or None. `address`: the caller's address. `proven`: the
    result of an earlier check of the proof. `by_browser`: the caller named no userid and is the person of the
    browser session, or the bot with this secret, so the proof is checked in open mode too."""

    userid: str
    proof: Proof | None = None
    address: str = ""
    proven: Proven | None = None
    by_browser: bool = False


class Person(NamedTuple):
    """An authenticated person who is admitted. `session`: the digest of the browser session that served as
    proof, empty for another proof. `muted_until`, `reason`: of a muted person, as in
    account_status.Change."""

    userid: str
    muted: bool
    delivered_id: int
    session: str = ""
    muted_until: int | None = None
    reason: str = ""


class AccountBanned(Failed):
    """The account is banned. `until`, `explanation`: as `until` and `reason` of account_status.Change."""

    cause = Cause.BANNED

    def __init__(self, userid: str, until: int | None = None, explanation: str = "") -> None:
        super().__init__()
        self.userid, self.until, self.explanation = userid, until, explanation


# Advice to issuers of tokens whose subject does not exist.
HOW_TO_EXIST = "make the person by the API (POST users), or set IM66_TOKEN_CREATES_USERS"


class UnknownPerson(Failed):
    """Token mode: the proof is valid, but the user does not exist. `by_token`: the proof is a token."""

    cause = Cause.NO_SUCH_USER

    def __init__(self, userid: str, *, by_token: bool = False) -> None:
        super().__init__()
        self.userid = userid
        self.explanation = f"{self.text} To let this token in, {HOW_TO_EXIST}." if by_token else ""


# The reasons for which a person is not admitted.
Denied = AccountBanned | BadToken | TooFast | UnknownPerson


class _AccountRow(NamedTuple):
    """The stored account of a person, with times as seconds of Unix time."""

    userid: str
    is_active: bool
    muted: bool
    is_staff: bool
    delivered_id: int
    password: str
    proofs_from: float
    tokens_from: float
    standing_reason: str
    muted_until: int | None
    banned_until: int | None


# Written by hand: Django takes longer to build the statement than the database to answer it.
_ROWS = (
    "SELECT userid, is_active, muted, is_staff OR is_superuser, delivered_id, password, proofs_from,"
    " tokens_from, standing_reason, {muted_until}, {banned_until}"
    f" FROM {User._meta.db_table} WHERE userid {{listed}}"
)


def claim_of(userid: str | None, proof: Proof | None, address: str) -> Claim:
    """Return the claim of a caller. A caller who names no userid is the person of the proof."""
    kinds = (ProofKind.SESSION, ProofKind.BOT)
    by_browser = not userid and proof is not None and proof.kind in kinds
    return Claim(userid or PERSON_OF_PROOF, proof, address, by_browser=by_browser)


def asks_database(proof: Proof | None) -> bool:
    """Return whether `prove` and `check_proof` query the database: only for proofs other than tokens."""
    return not is_open() and _is_stored(proof)


def claim_asks_database(claim: Claim) -> bool:
    """Return whether checking the proof of the claim queries the database."""
    return not _is_taken_at_its_word(claim) and _is_stored(claim.proof)


def prove(claim: Claim) -> Proven:
    """Check the proof of `claim`. Raises BadToken.

    For code that must change nothing before the proof is checked. `authenticate` checks it as well.
    """
    # The two most frequent cases first, for the time when all clients reconnect at once.
    if _is_taken_at_its_word(claim):
        return _believed(claim)
    if not is_open() and not _is_stored(claim.proof):
        return _unwrap(_match_userid(claim.userid, proving.prove_token(claim.proof)))
    proven = _unwrap(_prove_all([claim], ())[claim])
    userid = proven.profile.userid
    if proven.stamp and (bad := _fault_since(proven, _find([userid]).get(userid))):
        raise bad
    return proven


def after_proof(claim: Claim, proven: Proven) -> Claim:
    """Return the claim to authenticate after `prove`, so that a token is not verified twice. Proofs in the
    database may change, so they are checked again."""
    if is_open() or _is_stored(claim.proof):
        return claim
    # Without the token, because hashing it whenever the claim is a dictionary key is slow.
    return claim._replace(proof=None, proven=proven)


def check_proof(proof: Proof | None, *scopes: Scope) -> str:
    """Return the userid that `proof` proves, empty for an API key and in open mode. Raises BadToken in token
    mode unless the proof is valid; an API key must have all of `scopes`."""
    if is_open():
        return ""
    if proof and proof.kind is ProofKind.API_KEY:
        _unwrap(proving.prove_all([proof], scopes)[proof])
        return ""
    return prove(Claim(PERSON_OF_PROOF, proof)).profile.userid


def prepare() -> None:
    """Load the libraries and keys that verify tokens, so that the first caller does not wait. Raises
    BadKeys."""
    if not is_open():
        proving.prepare()


def authenticate(claim: Claim, *scopes: Scope) -> Person:
    """Return the person who makes `claim`. `scopes`: the scopes that an API key needs. Without any, API
    keys are rejected; only with the scope MODERATE may a backend act for staff.

    Raises AccountBanned, BadToken and UnknownPerson. Raises TooFast for a token issued in the second in which
    the earlier tokens ended. In open mode, raises ValidationError for a value that is not a userid, and
    TooFast for a person who could not be created.
    """
    return _unwrap(authenticate_all([claim], *scopes)[claim])


def authenticate_all(claims: Collection[Claim], *scopes: Scope) -> dict[Claim, Person | Denied]:
    """Like `authenticate` for many claims, with as many queries as for one claim, and one more for each
    further kind of proof. For a person who is not admitted, the result is the exception."""
    outcomes = _prove_all(claims, scopes)
    proven = [outcome for outcome in outcomes.values() if isinstance(outcome, Proven)]
    rows = _find({outcome.profile.userid for outcome in proven})
    refused: dict[str, TooFast | None] = {}
    if is_open():
        by_userid = [claim for claim in claims if not claim.by_browser]
        if missing := _missing(by_userid, rows):
            refused = ensure_each(missing)
            rows |= _find(missing)
    else:
        rows |= _newcomers({outcome.profile for outcome in proven if outcome.creates}, rows)

    def admit(outcome: Proven | BadToken) -> Person | Denied:
        if not isinstance(outcome, Proven):
            return outcome
        userid = outcome.profile.userid
        row = rows.get(userid)
        return (row is None and refused.get(userid)) or _admission(outcome, row, scopes)

    return {claim: admit(outcome) for claim, outcome in outcomes.items()}


def holder_of(
    proof: Proof | None, scope: Scope, userid: str = PERSON_OF_PROOF, address: str = ""
) -> Person | None:
    """Return the person of the proof of a call from `address`. With an API key, the person is `userid`, for
    whom the backend acts.

    Return None in open mode, which checks no proofs, and for a backend that acts for nobody, which counts as
    the operator. Raises AccountBanned, BadToken, TooFast and UnknownPerson. Sends `key_used`.
    """
    if is_open():
        return None
    if proof and proof.kind is ProofKind.API_KEY:
        return _prove_stored(proof, scope, userid, address)
    return authenticate(Claim(userid, proof), scope)


def prove_holder(
    proof: Proof | None, scope: Scope, userid: str = PERSON_OF_PROOF, address: str = ""
) -> Person | None:
    """Like `holder_of`, but open mode too requires a browser session or an API key."""
    if not is_open():
        return holder_of(proof, scope, userid, address)
    if proof is None or not _is_stored(proof):
        raise BadToken(Fault.MISSING)
    return _prove_stored(proof, scope, userid, address)


def require_no_staff(userids: Collection[str]) -> None:
    """Require that no staff are among the people whom a backend adds to a group. Raises BadToken."""
    staff = Q(is_staff=True) | Q(is_superuser=True)
    if User.objects.filter(staff, pk__in=userids).exists():
        raise BadToken(Fault.FOR_STAFF)


def _prove_stored(proof: Proof, scope: Scope, userid: str, address: str) -> Person | None:
    """Like `prove_holder`, for a browser session or an API key."""
    proven = _unwrap(_match_userid(userid, proving.prove_all([proof], (scope,))[proof]))
    if proven.is_backend:
        key_used.send(sender=ApiKey, key=id_in(proof.text), address=address)
    holder = proven.profile.userid
    return _unwrap(_admission(proven, _find([holder]).get(holder), (scope,))) if holder else None


def _unwrap(result: T | Denied) -> T:
    """Return the result, or raise it if it is an exception."""
    if isinstance(result, AccountBanned | BadToken | TooFast | UnknownPerson):
        raise result
    return result


def _prove_all(claims: Collection[Claim], scopes: Collection[Scope]) -> dict[Claim, Proven | BadToken]:
    believed = {claim for claim in claims if _is_taken_at_its_word(claim)}
    proofs = {claim.proof for claim in claims if claim.proven is None and claim not in believed}
    results = proving.prove_all(proofs, scopes) if proofs else {}

    def prove_one(claim: Claim) -> Proven | BadToken:
        if claim in believed:
            return _believed(claim)
        return claim.proven or _match_userid(claim.userid, results[claim.proof])

    return {claim: prove_one(claim) for claim in claims}


def _is_taken_at_its_word(claim: Claim) -> bool:
    return is_open() and not claim.by_browser


def _believed(claim: Claim) -> Proven:
    return Proven(ProfileData(claim.userid, "", ""), creates=True)


def _is_stored(proof: Proof | None) -> bool:
    return proof is not None and proof.kind is not ProofKind.TOKEN


def _match_userid(userid: str, result: Proven | BadToken) -> Proven | BadToken:
    """Return the result for a caller who claims to be `userid`: BadToken if the proof is for another
    person."""
    if isinstance(result, BadToken):
        return result
    if result.is_backend:
        return result._replace(profile=ProfileData(userid, "", ""))
    return result if userid in (PERSON_OF_PROOF, result.profile.userid) else BadToken(Fault.OF_ANOTHER)


def _admission(proven: Proven, row: _AccountRow | None, scopes: Collection[Scope]) -> Person | Denied:
    if bad := _fault_since(proven, row):
        return bad
    if row is None:
        return UnknownPerson(proven.profile.userid, by_token=not (proven.is_backend or proven.stamp))
    if not row.is_active or is_desk(row.userid):
        return AccountBanned(row.userid, row.banned_until, row.standing_reason)
    # A backend may moderate on behalf of staff, because the audit log records its key.
    if proven.is_backend and row.is_staff and Scope.MODERATE not in scopes:
        return BadToken(Fault.FOR_STAFF)
    person = Person(row.userid, row.muted, row.delivered_id, proven.session)
    if not row.muted:
        return person
    return person._replace(muted_until=row.muted_until, reason=row.standing_reason)


def _fault_since(proven: Proven, row: _AccountRow | None) -> BadToken | TooFast | None:
    """Return the error of a proof that has become invalid since it was made, else None. A new password ends
    browser sessions; a ban or the end of all logins invalidates earlier proofs. During a ban the result is
    None, so that the caller is told of the ban."""
    if row and not row.is_active:
        return None
    if proven.stamp and not (row and still_holds(proven.stamp, row.password, row.proofs_from)):
        return BadToken(Fault.SESSION_ENDED)
    if row is None or proven.made_at >= (count_from := max(row.proofs_from, row.tokens_from)):
        return None
    # A token with a time in whole seconds may be from before or after `count_from` in the same second. Its
    # client is asked to retry with a new token once the second is over.
    is_doubtful = proven.made_at.is_integer() and proven.made_at + 1 > count_from
    wait = proven.made_at + 1 - time.time()
    return TooFast("logins", wait) if is_doubtful and wait > 0 else BadToken(Fault.SESSION_ENDED)


def _missing(claims: Collection[Claim], known: Collection[str]) -> Mapping[str, Collection[str]]:
    """Return the userids that do not exist yet, with the addresses of the callers that named them."""
    addresses: dict[str, set[str]] = {}
    for claim in claims:
        if claim.userid not in known:
            addresses.setdefault(claim.userid, set()).add(claim.address)
    return addresses


def _newcomers(profiles: Collection[ProfileData], known: Collection[str]) -> dict[str, _AccountRow]:
    """Create the people who do not exist, and return their accounts."""
    missing = {profile.userid: profile for profile in profiles if profile.userid not in known}
    if not missing:
        return {}
    ensure_profiles(list(missing.values()))
    return _find(missing)


def _find(userids: Collection[str]) -> dict[str, _AccountRow]:
    valid = {userid for userid in userids if is_userid(userid)}
    if not valid:
        return {}
    listed, params = among(valid)
    ends = {column: seconds_of(column) for column in ("muted_until", "banned_until")}
    return {row[0]: _row_of(*row) for row in fetch(_ROWS.format(listed=listed, **ends), *params)}


def _row_of(userid: str, is_active: Any, muted: Any, is_staff: Any, *others: Any) -> _AccountRow:
    # SQLite returns booleans as integers.
    return _AccountRow(userid, bool(is_active), bool(muted), bool(is_staff), *others)
