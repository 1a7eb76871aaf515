"""Authentication of callers, the same for sockets and HTTP.

In open mode, a caller who names a userid is that person, and an unknown userid is created. Any proof that a
door was given is ignored. Who names none may be whoever has logged in with the browser: see Claim.

In token mode, the proof is a token for that userid, a browser session of that person, or, where a door says
what an API key must be for, such a key: its backend acts for any user but staff. Sockets take no keys,
because a backend needs none. An unknown person is not admitted, or is created with what a token says.
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

# In a claim: the person of the proof.
WHOEVER = ""


class Claim(NamedTuple):
    """What a caller says at a door: who they are, and their proof, None without one. `address`: where the
    caller is. `proven`: what the proof has shown already. `by_browser`: the caller named nobody and is who
    has logged in with this browser, or the bot with this secret, so in open mode, too, the proof is looked
    at."""

    userid: str
    proof: Proof | None = None
    address: str = ""
    proven: Proven | None = None
    by_browser: bool = False


class Person(NamedTuple):
    """A person who may come in. `session`: the digest of the browser session that proved who it is, empty if
    something else did. `muted_until`, `reason`: of a muted person, as in account_status.Change."""

    userid: str
    muted: bool
    delivered_id: int
    session: str = ""
    muted_until: int | None = None
    reason: str = ""


class AccountBanned(Failed):
    """This userid is not admitted. Each door reports this in its own form. `until`, `explanation`: as `until`
    and `reason` of account_status.Change."""

    cause = Cause.BANNED

    def __init__(self, userid: str, until: int | None = None, explanation: str = "") -> None:
        super().__init__()
        self.userid, self.until, self.explanation = userid, until, explanation


# How somebody comes to exist whose token is good, for who makes tokens.
HOW_TO_EXIST = "make the person by the API (POST users), or set IM66_TOKEN_CREATES_USERS"


class UnknownPerson(Failed):
    """Token mode: the proof is good, but there is nobody of this userid. `by_token`: the proof is a token."""

    cause = Cause.NO_SUCH_USER

    def __init__(self, userid: str, *, by_token: bool = False) -> None:
        super().__init__()
        self.userid = userid
        self.explanation = f"{self.text} To let this token in, {HOW_TO_EXIST}." if by_token else ""


# Why somebody may not come in.
Denied = AccountBanned | BadToken | TooFast | UnknownPerson


class _AccountRow(NamedTuple):
    """What is stored of a person, times as seconds since 1970."""

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


# Written by hand, because everybody who logs in waits for it, and to make it takes longer than to answer it.
_ROWS = (
    "SELECT userid, is_active, muted, is_staff OR is_superuser, delivered_id, password, proofs_from,"
    " tokens_from, standing_reason, {muted_until}, {banned_until}"
    f" FROM {User._meta.db_table} WHERE userid {{listed}}"
)


def claim_of(userid: str | None, proof: Proof | None, address: str) -> Claim:
    """The claim of a caller. One that names nobody is the person of the proof."""
    kinds = (ProofKind.SESSION, ProofKind.BOT)
    by_browser = not userid and proof is not None and proof.kind in kinds
    return Claim(userid or WHOEVER, proof, address, by_browser=by_browser)


def asks_database(proof: Proof | None) -> bool:
    """Whether `prove` and `check_proof` ask the database: only for a browser session and for an API key."""
    return not is_open() and _is_stored(proof)


def claim_asks_database(claim: Claim) -> bool:
    """The same, of the proof of a claim."""
    return not _is_taken_at_its_word(claim) and _is_stored(claim.proof)


def prove(claim: Claim) -> Proven:
    """Check the proof of `claim`. Raises BadToken.

    For code that must change nothing before the proof is checked. `authenticate` checks it as well.
    """
    # The two most frequent first: people wait for them when all of them come back.
    if _is_taken_at_its_word(claim):
        return _believed(claim)
    if not is_open() and not _is_stored(claim.proof):
        return _raised(_agreed(claim.userid, proving.prove_token(claim.proof)))
    proven = _raised(_prove_all([claim], ())[claim])
    userid = proven.profile.userid
    if proven.stamp and (bad := _fault_since(proven, _find([userid]).get(userid))):
        raise bad
    return proven


def after_proof(claim: Claim, proven: Proven) -> Claim:
    """The claim for a door that has called `prove` and now authenticates: a token is not verified twice. What
    the database has shown may change, and is asked for again."""
    if is_open() or _is_stored(claim.proof):
        return claim
    # Without the token, which would be hashed again and again where claims are kept.
    return claim._replace(proof=None, proven=proven)


def check_proof(proof: Proof | None, *scopes: Scope) -> str:
    """The userid that `proof` proves, empty for an API key and in open mode. Raises BadToken in token mode,
    unless it proves anybody's, or is an API key for all of `scopes`."""
    if is_open():
        return ""
    if proof and proof.kind is ProofKind.API_KEY:
        _raised(proving.prove_all([proof], scopes)[proof])
        return ""
    return prove(Claim(WHOEVER, proof)).profile.userid


def prepare() -> None:
    """Load what verifies tokens, so that the first caller does not wait for it. Raises BadKeys."""
    if not is_open():
        proving.prepare()


def authenticate(claim: Claim, *scopes: Scope) -> Person:
    """The person who makes `claim`. `scopes`: what an API key must be for; without any, no key is taken, and
    for anything but moderating, none acts for staff.

    Raises AccountBanned, BadToken and UnknownPerson; TooFast for a token of the second in which those before
    it ended; and in open mode ValidationError for a value that is not a userid, and TooFast for a person who
    could not be created.
    """
    return _raised(authenticate_all([claim], *scopes)[claim])


def authenticate_all(claims: Collection[Claim], *scopes: Scope) -> dict[Claim, Person | Denied]:
    """Like `authenticate`, with as many queries as for one claim, and one more for each other kind of proof
    among them. Who is not admitted does not affect the others: the exception is not raised but returned in
    its place."""
    outcomes = _prove_all(claims, scopes)
    proven = [outcome for outcome in outcomes.values() if isinstance(outcome, Proven)]
    rows = _find({outcome.profile.userid for outcome in proven})
    refused: dict[str, TooFast | None] = {}
    if is_open():
        named = [claim for claim in claims if not claim.by_browser]
        if missing := _missing(named, rows):
            refused = ensure_each(missing)
            rows |= _find(missing)
    else:
        rows |= _newcomers({outcome.profile for outcome in proven if outcome.creates}, rows)

    def admit(outcome: Proven | BadToken) -> Person | Denied:
        if not isinstance(outcome, Proven):
            return outcome
        userid = outcome.profile.userid
        row = rows.get(userid)
        return (row is None and refused.get(userid)) or _admitted(outcome, row, scopes)

    return {claim: admit(outcome) for claim, outcome in outcomes.items()}


def holder_of(proof: Proof | None, scope: Scope, userid: str = WHOEVER, address: str = "") -> Person | None:
    """The person whose proof this is: who makes a call from that `address`. With an API key, whom the backend
    acts for: `userid`.

    None in open mode, which cannot tell, and for a backend that acts for nobody: it is the operator then.
    Raises AccountBanned, BadToken, TooFast and UnknownPerson. Sends `key_used`.
    """
    if is_open():
        return None
    if proof and proof.kind is ProofKind.API_KEY:
        return _prove_stored(proof, scope, userid, address)
    return authenticate(Claim(userid, proof), scope)


def prove_holder(
    proof: Proof | None, scope: Scope, userid: str = WHOEVER, address: str = ""
) -> Person | None:
    """As `holder_of`, for what nobody does by saying who they are: in open mode, too, it takes a browser
    session or an API key."""
    if not is_open():
        return holder_of(proof, scope, userid, address)
    if proof is None or not _is_stored(proof):
        raise BadToken(Fault.MISSING)
    return _prove_stored(proof, scope, userid, address)


def require_no_staff(userids: Collection[str]) -> None:
    """Raises BadToken if there are staff among those whom a backend, acting for nobody, puts into a group."""
    staff = Q(is_staff=True) | Q(is_superuser=True)
    if User.objects.filter(staff, pk__in=userids).exists():
        raise BadToken(Fault.FOR_STAFF)


def _prove_stored(proof: Proof, scope: Scope, userid: str, address: str) -> Person | None:
    """As `prove_holder`, with a browser session or an API key."""
    proven = _raised(_agreed(userid, proving.prove_all([proof], (scope,))[proof]))
    if proven.is_backend:
        key_used.send(sender=ApiKey, key=id_in(proof.text), address=address)
    named = proven.profile.userid
    return _raised(_admitted(proven, _find([named]).get(named), (scope,))) if named else None


def _raised(result: T | Denied) -> T:
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
        return claim.proven or _agreed(claim.userid, results[claim.proof])

    return {claim: prove_one(claim) for claim in claims}


def _is_taken_at_its_word(claim: Claim) -> bool:
    return is_open() and not claim.by_browser


def _believed(claim: Claim) -> Proven:
    return Proven(ProfileData(claim.userid, "", ""), creates=True)


def _is_stored(proof: Proof | None) -> bool:
    return proof is not None and proof.kind is not ProofKind.TOKEN


def _agreed(userid: str, result: Proven | BadToken) -> Proven | BadToken:
    """What is proven for somebody who says to be `userid`."""
    if isinstance(result, BadToken):
        return result
    if result.is_backend:
        return result._replace(profile=ProfileData(userid, "", ""))
    return result if userid in (WHOEVER, result.profile.userid) else BadToken(Fault.OF_ANOTHER)


def _admitted(proven: Proven, row: _AccountRow | None, scopes: Collection[Scope]) -> Person | Denied:
    if bad := _fault_since(proven, row):
        return bad
    if row is None:
        return UnknownPerson(proven.profile.userid, by_token=not (proven.is_backend or proven.stamp))
    if not row.is_active or is_desk(row.userid):
        return AccountBanned(row.userid, row.banned_until, row.standing_reason)
    # Moderating, a backend says whose wish it is: the audit log names the key.
    if proven.is_backend and row.is_staff and Scope.MODERATE not in scopes:
        return BadToken(Fault.FOR_STAFF)
    person = Person(row.userid, row.muted, row.delivered_id, proven.session)
    if not row.muted:
        return person
    return person._replace(muted_until=row.muted_until, reason=row.standing_reason)


def _fault_since(proven: Proven, row: _AccountRow | None) -> BadToken | TooFast | None:
    """A browser session ends when the password is changed. No proof from before a lock counts after it; until
    then, its holder is told of the lock."""
    if row and not row.is_active:
        return None
    if proven.stamp and not (row and still_holds(proven.stamp, row.password, row.proofs_from)):
        return BadToken(Fault.SESSION_ENDED)
    if row is None or proven.made_at >= (count_from := max(row.proofs_from, row.tokens_from)):
        return None
    # Of a token that names whole seconds nobody knows whether it is from before or after, until the second is
    # over. A client that came at once with a new one comes back then with another.
    is_doubtful = proven.made_at.is_integer() and proven.made_at + 1 > count_from
    wait = proven.made_at + 1 - time.time()
    return TooFast("logins", wait) if is_doubtful and wait > 0 else BadToken(Fault.SESSION_ENDED)


def _missing(claims: Collection[Claim], known: Collection[str]) -> Mapping[str, Collection[str]]:
    """People who are not known yet, and the addresses that name them."""
    addresses: dict[str, set[str]] = {}
    for claim in claims:
        if claim.userid not in known:
            addresses.setdefault(claim.userid, set()).add(claim.address)
    return addresses


def _newcomers(profiles: Collection[ProfileData], known: Collection[str]) -> dict[str, _AccountRow]:
    """The people who are not known yet, and are created."""
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
    # SQLite has numbers for them.
    return _AccountRow(userid, bool(is_active), bool(muted), bool(is_staff), *others)
