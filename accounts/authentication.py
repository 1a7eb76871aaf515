"""Who is calling: one answer for every door, of sockets and of HTTP.

In open mode, a caller who names a userid is that person, and an unknown userid is created. Any proof that a
door was given is ignored.

In token mode, the proof is a token for that userid, a browser session of that person, or, where a door says
what an API key must be for, such a key: its backend acts for any user. Sockets take no keys, because a
backend needs none. An unknown person is not admitted, or is created with what a token says.
"""

from collections.abc import Collection, Mapping
from typing import NamedTuple, TypeVar

from accounts import proving
from accounts.browser_sessions import still_holds
from accounts.limits import TooFast
from accounts.models import User
from accounts.proofs import BadToken, Fault, Proof, ProofKind, Scope
from accounts.proving import Proven
from accounts.services import Profile, ensure_each, ensure_profiles, is_open
from accounts.userids import is_userid

T = TypeVar("T")

# In a claim: whoever the proof is for.
WHOEVER = ""


class Claim(NamedTuple):
    """What a caller says at a door: who they are, and their proof, None without one. `address`: where the
    caller is. `shown`: what the proof has shown already."""

    userid: str
    proof: Proof | None = None
    address: str = ""
    shown: Proven | None = None


class Person(NamedTuple):
    """A person who may come in. `session`: the digest of the browser session that proved who it is, empty if
    something else did."""

    userid: str
    muted: bool
    delivered_id: int
    session: str = ""


class AccountLocked(Exception):
    """Nobody may come in under this userid. Each door reports this in its own form."""


class UnknownPerson(Exception):
    """Token mode: the proof is good, but there is nobody of this userid."""


# Why somebody may not come in.
Denied = AccountLocked | BadToken | TooFast | UnknownPerson


class _Row(NamedTuple):
    """What is stored of a person."""

    userid: str
    is_active: bool
    muted: bool
    delivered_id: int
    password: str


def asks_database(proof: Proof | None) -> bool:
    """Whether `prove` and `check_proof` ask the database: only for a browser session and for an API key."""
    return not is_open() and proof is not None and proof.kind is not ProofKind.TOKEN


def prove(claim: Claim) -> Proven:
    """Check the proof of `claim`. Raises BadToken.

    A door that must change nothing for a stranger calls it first. It never has to: `authenticate` does too.
    """
    if not is_open() and not asks_database(claim.proof):
        # By far the most frequent, and people wait for it when all of them come back.
        return _raised(_agreed(claim.userid, proving.prove_token(claim.proof)))
    proven = _raised(_prove_all([claim], ())[claim])
    userid = proven.profile.userid
    if proven.stamp and (bad := _fault_of_stamp(proven, _find([userid]).get(userid))):
        raise bad
    return proven


def after_proof(claim: Claim, proven: Proven) -> Claim:
    """The claim for a door that has called `prove` and now authenticates: a token is not verified twice. What
    the database has shown may change, and is asked for again."""
    if is_open() or asks_database(claim.proof):
        return claim
    # Without the token, which would be hashed again and again where claims are kept.
    return claim._replace(proof=None, shown=proven)


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
    """The person who makes `claim`. `scopes`: what an API key must be for; without any, no key is taken.

    Raises AccountLocked, BadToken and UnknownPerson, and in open mode ValidationError for a value that is not
    a userid, and TooFast for a person who could not be created.
    """
    return _raised(authenticate_all([claim], *scopes)[claim])


def authenticate_all(claims: Collection[Claim], *scopes: Scope) -> dict[Claim, Person | Denied]:
    """Like `authenticate`, with as many queries as for one claim, and one more for each other kind of proof
    among them. Who is not admitted does not affect the others: the exception is not raised but returned in
    its place."""
    shown = _prove_all(claims, scopes)
    proven = [found for found in shown.values() if isinstance(found, Proven)]
    rows = _find({found.profile.userid for found in proven})
    refused: dict[str, TooFast | None] = {}
    if is_open():
        refused = ensure_each(_missing(claims, rows))
        rows |= _find({claim.userid for claim in claims}.difference(rows))
    else:
        rows |= _newcomers({found.profile for found in proven if found.creates}, rows)

    def admit(found: Proven | BadToken) -> Person | Denied:
        if not isinstance(found, Proven):
            return found
        userid = found.profile.userid
        row = rows.get(userid)
        return (row is None and refused.get(userid)) or _admitted(found, row)

    return {claim: admit(found) for claim, found in shown.items()}


def holder_of(proof: Proof | None, scope: Scope, userid: str = WHOEVER) -> Person | None:
    """The person whose proof this is: who makes a call. With an API key, whom the backend acts for: `userid`.

    None in open mode, which cannot tell, and for a backend that acts for nobody: it is the operator then.
    Raises AccountLocked, BadToken and UnknownPerson.
    """
    if is_open():
        return None
    if proof and proof.kind is ProofKind.API_KEY and not userid:
        check_proof(proof, scope)
        return None
    return authenticate(Claim(userid, proof), scope)


def _raised(found: T | Denied) -> T:
    if isinstance(found, AccountLocked | BadToken | TooFast | UnknownPerson):
        raise found
    return found


def _prove_all(claims: Collection[Claim], scopes: Collection[Scope]) -> dict[Claim, Proven | BadToken]:
    if is_open():
        return {claim: Proven(Profile(claim.userid, "", ""), creates=True) for claim in claims}
    shown = proving.prove_all({claim.proof for claim in claims if claim.shown is None}, scopes)
    return {claim: claim.shown or _agreed(claim.userid, shown[claim.proof]) for claim in claims}


def _agreed(userid: str, found: Proven | BadToken) -> Proven | BadToken:
    """What is proven for somebody who says to be `userid`."""
    if isinstance(found, BadToken):
        return found
    if found.is_backend:
        return found._replace(profile=Profile(userid, "", ""))
    return found if userid in (WHOEVER, found.profile.userid) else BadToken(Fault.OF_ANOTHER)


def _admitted(proven: Proven, row: _Row | None) -> Person | Denied:
    if bad := _fault_of_stamp(proven, row):
        return bad
    if row is None:
        return UnknownPerson(proven.profile.userid)
    if not row.is_active:
        return AccountLocked(row.userid)
    return Person(row.userid, row.muted, row.delivered_id, proven.session)


def _fault_of_stamp(proven: Proven, row: _Row | None) -> BadToken | None:
    """A browser session ends when the password is changed."""
    if proven.stamp and not (row and still_holds(proven.stamp, row.password)):
        return BadToken(Fault.SESSION_ENDED)
    return None


def _missing(claims: Collection[Claim], known: Collection[str]) -> Mapping[str, Collection[str]]:
    """People who are not known yet, and the addresses that name them."""
    found: dict[str, set[str]] = {}
    for claim in claims:
        if claim.userid not in known:
            found.setdefault(claim.userid, set()).add(claim.address)
    return found


def _newcomers(profiles: Collection[Profile], known: Collection[str]) -> dict[str, _Row]:
    """The people who are not known yet, and are created."""
    missing = {profile.userid: profile for profile in profiles if profile.userid not in known}
    if not missing:
        return {}
    ensure_profiles(list(missing.values()))
    return _find(missing)


def _find(userids: Collection[str]) -> dict[str, _Row]:
    wanted = {userid for userid in userids if is_userid(userid)}
    if not wanted:
        return {}
    rows = User.objects.filter(pk__in=wanted).values_list(*_Row._fields)
    return {row[0]: _Row(*row) for row in rows}
