"""Inserts accounts of people who have no password, many with one statement, for `accounts.services`."""

from collections.abc import Sequence
from secrets import token_urlsafe
from typing import Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import connection, transaction

from accounts.models import User
from accounts.statements import text_rows

_OWN_COLUMNS = ("userid", "password")


def insert(userids: Sequence[str]) -> set[str]:
    """Create the accounts that do not exist, in one transaction. Return their userids. Raises
    DatabaseError."""
    # The same as make_password(None), which would take most of the time.
    passwords = [UNUSABLE_PASSWORD_PREFIX + token_urlsafe(30) for _ in userids]
    people, params = text_rows(userid=userids, password=passwords)
    columns, values = _default_columns()
    names = ", ".join([*_OWN_COLUMNS, *columns])
    marks = "".join([", %s"] * len(values))
    # Not bulk_create, which takes five times as long: on SQLite all other writers wait for it.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {User._meta.db_table} ({names}) SELECT userid, password{marks} FROM {people}"
            " WHERE TRUE ORDER BY place ON CONFLICT DO NOTHING RETURNING userid",
            [*values, *params],
        )
        return {userid for (userid,) in cursor.fetchall()}


def _default_columns() -> tuple[list[str], list[Any]]:
    """Return the other columns, and their values in a new account."""
    account = User()
    fields = [field for field in User._meta.local_concrete_fields if field.attname not in _OWN_COLUMNS]
    values = [field.get_db_prep_save(field.pre_save(account, add=True), connection) for field in fields]
    return [str(field.column) for field in fields], values
