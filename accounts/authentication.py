"""Who is calling: one answer for every door, of sockets and of HTTP.

In open mode, a caller who names a userid is that person, and an unknown userid is created. Any proof that a
door was given is ignored.
"""

from collections.abc import Collection
from typing import NamedTuple

from accounts.models import User
from accounts.services import ensure_users

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


def authenticate(claim: Claim) -> Person:
    """The person who makes `claim`. Raises AccountLocked, and ValidationError for a value that is not a
    userid."""
    found = authenticate_all([claim])[claim]
    if isinstance(found, AccountLocked):
        raise found
    return found


def authenticate_all(claims: Collection[Claim]) -> dict[Claim, Person | AccountLocked]:
    """Like `authenticate`, with as many queries as for one claim. A locked account does not affect the
    others: its AccountLocked is not raised but returned in its place."""
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
