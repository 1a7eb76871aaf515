"""The rules of accounts, and all writes to them."""

from collections.abc import Iterable, Mapping
from secrets import token_urlsafe

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import connection, transaction

from accounts.models import User, validate_userid

# How many users one transaction creates. Other writers get their turn between two transactions.
_TOGETHER = 100

_RAISE_DELIVERED = f"""
    UPDATE {User._meta.db_table} SET delivered_id = %s WHERE userid = %s AND delivered_id < %s
"""


def ensure_users(userids: Iterable[str]) -> None:
    """Create those of `userids` that do not exist: in open mode a userid exists from its first use.

    Raises ValidationError for a value that is not a userid, before anything is written.
    """
    wanted = set(userids)
    for userid in wanted:
        validate_userid(userid)
    known = User.objects.filter(pk__in=wanted).values_list("pk", flat=True)
    missing = sorted(wanted.difference(known))
    for at in range(0, len(missing), _TOGETHER):
        User.objects.bulk_create(
            [
                # The same as make_password(None), which would take a quarter of the total time.
                User(userid=userid, password=UNUSABLE_PASSWORD_PREFIX + token_urlsafe(30))
                for userid in missing[at : at + _TOGETHER]
            ],
            ignore_conflicts=True,
        )


def set_avatar(userid: str, url: str) -> None:
    """Set a person's picture. Raises User.DoesNotExist."""
    user = User.objects.get(pk=userid)
    user.avatar = url
    user.save(update_fields=["avatar"])


def raise_delivered(cursors: Mapping[str, int]) -> None:
    """Store that each person has received every row of the log up to an id. A cursor never moves back."""
    raised = [(delivered_id, userid, delivered_id) for userid, delivered_id in sorted(cursors.items())]
    # Sorted, because another process may raise the cursors of the same people. One prepared statement for
    # all, because the ids differ and thousands of querysets would keep the writer busy.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(_RAISE_DELIVERED, raised)
