"""The rules of accounts, and their writes."""

from collections.abc import Iterable, Mapping
from secrets import token_urlsafe

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import connection, transaction

from accounts.models import User, validate_userid

# Of one transaction, so that other writers have their turn between.
_TOGETHER = 100

_RAISE_DELIVERED = f"""
    UPDATE {User._meta.db_table} SET delivered_id = %s WHERE userid = %s AND delivered_id < %s
"""


def ensure_users(userids: Iterable[str]) -> None:
    """Make every one of `userids` exist: in open mode a userid comes into being on first use.

    Raises ValidationError for what is no userid, before anything is written.
    """
    wanted = set(userids)
    for userid in wanted:
        validate_userid(userid)
    known = User.objects.filter(pk__in=wanted).values_list("pk", flat=True)
    missing = sorted(wanted.difference(known))
    for at in range(0, len(missing), _TOGETHER):
        User.objects.bulk_create(
            [
                # As make_password(None), which takes a quarter of all the time.
                User(userid=userid, password=UNUSABLE_PASSWORD_PREFIX + token_urlsafe(30))
                for userid in missing[at : at + _TOGETHER]
            ],
            ignore_conflicts=True,
        )


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
