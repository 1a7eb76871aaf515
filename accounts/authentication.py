"""Who is calling: one answer for every door, of sockets and of HTTP.

In open mode, a caller who names a userid is that person, and an unknown userid is created. Any proof that a
door was given is ignored.

In token mode, the proof is a token for that userid. An unknown person is not admitted, or is created with
what the token says.
"""

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings

from accounts.models import User
from accounts.proofs import BadToken, Fault
from accounts.services import Profile, ensure_profiles, ensure_users, is_open, profile_of

if TYPE_CHECKING:
    from accounts.tokens import Rules

_FIELDS = ("userid", "is_active", "muted", "delivered_id")


class Claim(NamedTuple):
    """What a caller says at a door: who they are, and their proof, None without one."""

    userid: str
    proof: str | None = None


class Person(NamedTuple):
    """A person who may come in."""

    userid: str
    muted: bool
    delivered_id: int


class AccountLocked(Exception):
    """Nobody may come in under this userid. Each door reports this in its own form."""


class UnknownPerson(Exception):
    """Token mode: the proof is good, but there is nobody of this userid."""


class Proven(NamedTuple):
    """What a caller has shown at a door. `expires_at`: the second of the wall clock from which the proof no
    longer counts, None if it counts for ever."""

    profile: Profile
    expires_at: float | None = None


# Why somebody may not come in.
Denied = AccountLocked | BadToken | UnknownPerson


def prove(claim: Claim) -> Proven:
    """Check the proof of `claim`, without the database. Raises BadToken.

    A door that must change nothing for a stranger calls it first. It never has to: `authenticate` does too.
    """
    if is_open():
        return Proven(Profile(claim.userid, "", ""))
    proven = _read(claim.proof)
    if proven.profile.userid != claim.userid:
        raise BadToken(Fault.OF_ANOTHER)
    return proven


def check_token(token: str | None) -> None:
    """Raises BadToken in token mode, unless `token` proves anybody's userid. Does not ask the database."""
    if not is_open():
        _read(token)


def prepare() -> None:
    """Load what verifies tokens, so that the first caller does not wait for it. Raises BadKeys."""
    if not is_open():
        _rules()


def authenticate(claim: Claim) -> Person:
    """The person who makes `claim`. Raises AccountLocked, BadToken and UnknownPerson, and in open mode
    ValidationError for a value that is not a userid."""
    return _admitted(authenticate_all([claim])[claim])


def authenticate_all(claims: Collection[Claim]) -> dict[Claim, Person | Denied]:
    """Like `authenticate`, with as many queries as for one claim. Who is not admitted does not affect the
    others: the exception is not raised but returned in its place."""
    proven: dict[Claim, Proven] = {}
    found: dict[Claim, Person | Denied] = {}
    for claim in claims:
        try:
            proven[claim] = prove(claim)
        except BadToken as error:
            found[claim] = error
    people = _people(proven.values())
    return found | {claim: people[shown.profile.userid] for claim, shown in proven.items()}


def holder_of(token: str | None) -> Person | None:
    """The person whose token this is: who makes a call that names nobody. None in open mode, which cannot
    tell. Raises AccountLocked, BadToken and UnknownPerson."""
    if is_open():
        return None
    proven = _read(token)
    return _admitted(_people([proven])[proven.profile.userid])


def _admitted(found: Person | Denied) -> Person:
    if isinstance(found, Person):
        return found
    raise found


def _people(proven: Iterable[Proven]) -> dict[str, Person | Denied]:
    profiles = {shown.profile.userid: shown.profile for shown in proven}
    found = _find(profiles)
    if missing := profiles.keys() - found.keys():
        found |= _newcomers([profiles[userid] for userid in missing])
    return found


def _newcomers(profiles: Collection[Profile]) -> dict[str, Person | Denied]:
    userids = {profile.userid for profile in profiles}
    if is_open():
        ensure_users(userids)
    elif settings.IM66.token_creates_users:
        ensure_profiles(list(profiles))
    else:
        return {userid: UnknownPerson(userid) for userid in userids}
    return _find(userids)


def _find(userids: Collection[str]) -> dict[str, Person | Denied]:
    rows = User.objects.filter(pk__in=userids).values_list(*_FIELDS)
    return {
        userid: Person(userid, muted, delivered_id) if is_active else AccountLocked(userid)
        for userid, is_active, muted, delivered_id in rows
    }


# The functions below import what they need when they are called: the libraries behind it take 9 MB, and open
# mode does without them.


def _read(token: str | None) -> Proven:
    from accounts.tokens import verify

    found = verify(token, _rules())
    return Proven(profile_of(found.userid, found.claims), found.expires_at)


def _rules() -> "Rules":
    from accounts.keys import keys_in
    from accounts.tokens import SHARED, Key, Rules

    ours = settings.IM66
    keys = keys_in(ours.token_keys) if ours.token_keys else (Key(SHARED, ours.token_secret),)
    return Rules(keys, ours.token_audience, ours.token_issuer, ours.token_leeway_seconds)
