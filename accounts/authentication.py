"""Who is calling: one answer for every door, of sockets and of HTTP alike.

In open mode whoever names a userid is that person, made if new. What else a door was given is not looked at.
"""

from collections.abc import Collection
from typing import NamedTuple

from accounts.models import User
from accounts.services import ensure_users

_FIELDS = ("userid", "is_active", "muted", "delivered_id")


class Claim(NamedTuple):
    """What somebody at a door says: who they are, and the proof that they bring, None for none."""

    userid: str
    proof: str | None = None


class Person(NamedTuple):
    """Somebody who may come in."""

    userid: str
    muted: bool
    delivered_id: int


class AccountLocked(Exception):
    """Nobody comes in under this userid. Each door says it in its own words."""


def authenticate(claim: Claim) -> Person:
    """Who that is. Raises AccountLocked, and ValidationError for what is no userid."""
    found = authenticate_all([claim])[claim]
    if isinstance(found, AccountLocked):
        raise found
    return found


def authenticate_all(claims: Collection[Claim]) -> dict[Claim, Person | AccountLocked]:
    """As `authenticate`, with as many queries as one takes. An account that is locked keeps nobody else out:
    AccountLocked is not raised but stands in its place."""
    userids = {claim.userid for claim in claims}
    found = _find(userids)
    if missing := userids.difference(found):
        ensure_users(missing)
        found |= _find(missing)
    return {claim: found[claim.userid] for claim in claims}


def _find(userids: Collection[str]) -> dict[str, Person | AccountLocked]:
    rows = User.objects.filter(pk__in=userids).values_list(*_FIELDS)
    return {
        userid: Person(userid, muted, delivered_id) if is_active else AccountLocked(userid)
        for userid, is_active, muted, delivered_id in rows
    }
