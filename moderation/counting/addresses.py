"""The last addresses from which people logged in on sockets: MAX_ADDRESSES per person, for RETENTION."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection

from accounts.models import User
from moderation.models import AuditEntry, LastAddress
from moderation.models.audit import ADDRESS_LENGTH

MAX_ADDRESSES, RETENTION = 5, timedelta(days=30)
# At most this many other people are listed for each address.
MAX_SHARING = 50
# The reason in the audit log when somebody views shared addresses.
REASON = "who shares the addresses"
# Rows per transaction, so that no message waits long for one.
_MAX_AT_ONCE = 500
# The action in the audit log that erases a person.
_ERASED = "person.erase"


class SharedAddress(NamedTuple):
    """`own`: the address of the person. `others`: other people's logins from it, latest first, at most
    MAX_SHARING; `is_more`: there are more."""

    own: LastAddress
    others: list[LastAddress]
    is_more: bool


def record_logins(came_from: Mapping[str, str], now: datetime) -> None:
    """Store from which address each person has logged in. Skips people erased meanwhile."""
    pairs = [(userid, address) for userid, address in came_from.items() if address]
    for start in range(0, len(pairs), _MAX_AT_ONCE):
        some = dict(pairs[start : start + _MAX_AT_ONCE])
        for userid in _erased_among(some):
            del some[userid]
        LastAddress.objects.bulk_create(
            [
                LastAddress(user_id=who, address=address[:ADDRESS_LENGTH], first_at=now, seen_at=now)
                for who, address in some.items()
            ],
            update_conflicts=True,
            unique_fields=["user", "address"],
            update_fields=["seen_at"],
        )
        _delete_older(some)


def last_addresses(userid: str) -> list[LastAddress]:
    """Return the person's last addresses, latest first."""
    return list(LastAddress.objects.filter(user=userid).order_by("-seen_at")[:MAX_ADDRESSES])


def shared_addresses(userid: str) -> list[SharedAddress]:
    """Return the person's last addresses, latest first, with the other people who logged in from each."""
    return [SharedAddress(own, *_others_at(own)) for own in last_addresses(userid)]


def _others_at(own: LastAddress) -> tuple[list[LastAddress], bool]:
    rows = LastAddress.objects.filter(address=own.address).exclude(user=own.user_id)
    others = list(rows.select_related("user").order_by("-seen_at", "-pk")[: MAX_SHARING + 1])
    return others[:MAX_SHARING], len(others) > MAX_SHARING


def prune(now: datetime) -> None:
    """Delete addresses older than RETENTION."""
    LastAddress.objects.filter(seen_at__lt=now - RETENTION).delete()


def _erased_among(userids: Collection[str]) -> set[str]:
    banned = User.objects.filter(pk__in=userids, is_active=False).values_list("pk", flat=True)
    names = {f"u:{userid}": userid for userid in banned}
    if not names:
        return set()
    erased = AuditEntry.objects.filter(action=_ERASED, target__in=names).values_list("target", flat=True)
    return {names[target] for target in erased}


def _delete_older(userids: Collection[str]) -> None:
    if not userids:
        return
    marks = ", ".join(["%s"] * len(userids))
    with connection.cursor() as cursor:
        cursor.execute(_DELETE_OLDER.format(marks=marks), [*userids, MAX_ADDRESSES])


_TABLE = LastAddress._meta.db_table
_DELETE_OLDER = (
    f"DELETE FROM {_TABLE} WHERE id IN (SELECT id FROM ("
    "SELECT id, ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY seen_at DESC, id DESC) AS place "
    f"FROM {_TABLE} WHERE user_id IN ({{marks}})) AS placed WHERE place > %s)"
)
