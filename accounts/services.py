"""The rules of accounts, and their writes."""

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from django.contrib.auth.hashers import make_password
from django.db import connection, transaction

from accounts.models import User, validate_userid

_RAISE_DELIVERED = f"""
    UPDATE {User._meta.db_table} SET delivered_id = %s WHERE userid = %s AND delivered_id < %s
"""


class AccountInactive(Exception):
    """This person was locked out."""


class Person(NamedTuple):
    """Somebody who comes in."""

    userid: str
    is_active: bool
    muted: bool
    delivered_id: int


def ensure_users(userids: Iterable[str]) -> None:
    """Make every one of `userids` exist: in open mode a userid comes into being on first use.

    Raises ValidationError for what is no userid, before anything is written.
    """
    wanted = set(userids)
    for userid in wanted:
        validate_userid(userid)
    known = User.objects.filter(pk__in=wanted).values_list("pk", flat=True)
    missing = sorted(wanted.difference(known))
    if missing:
        User.objects.bulk_create(
            [User(userid=userid, password=make_password(None)) for userid in missing], ignore_conflicts=True
        )


def enter(userid: str) -> Person:
    """Who `userid` is, taken at its word (open mode), made if new.

    Raises AccountInactive, and ValidationError for what is no userid.
    """
    person = enter_all([userid])[userid]
    if not person.is_active:
        raise AccountInactive(userid)
    return person


def enter_all(userids: Collection[str]) -> dict[str, Person]:
    """As `enter`, for many at once, the locked-out included: to be told by `is_active`."""
    people = _people(userids)
    if missing := set(userids).difference(people):
        ensure_users(missing)
        people |= _people(missing)
    return people


def set_avatar(userid: str, url: str) -> None:
    """Give a person another picture. Raises User.DoesNotExist."""
    user = User.objects.get(pk=userid)
    user.avatar = url
    user.save(update_fields=["avatar"])


def raise_delivered(cursors: Mapping[str, int]) -> None:
    """Note that each person has everything in the log up to an id. A cursor never moves back."""
    raised = [(delivered_id, userid, delivered_id) for userid, delivered_id in sorted(cursors.items())]
    # In one order, for another process may raise those of the same people. As one statement that is prepared
    # once, for all have different ids, and the querysets of thousands would keep the writer busy.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(_RAISE_DELIVERED, raised)


def _people(userids: Collection[str]) -> dict[str, Person]:
    rows = User.objects.filter(pk__in=userids).values_list(*Person._fields)
    return {row[0]: Person(*row) for row in rows}
