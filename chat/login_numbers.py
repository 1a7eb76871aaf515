"""Numbers of logins, by which processes agree on a person's newest connection.

Some clients want only the person's newest connection to get messages.
"""

from collections.abc import Collection, Iterator
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from django.db import connection, transaction

from chat.models import NewestLogin

# Some versions of SQLite allow only 999 parameters in a statement.
_MAX_PEOPLE_PER_STATEMENT = 300


class NumberedLogin(NamedTuple):
    """A login. `previous`: the process of the person's previous login, empty if there is none."""

    number: int
    previous: str


def number_logins(userids: Collection[str], process: str) -> dict[str, NumberedLogin]:
    """Give the login of each person on `process` that person's next number. Raise DatabaseError."""
    numbers: dict[str, NumberedLogin] = {}
    # Sorted, because another process may number logins of the same people.
    with transaction.atomic(), connection.cursor() as cursor:
        for some in _batches(sorted(userids)):
            cursor.execute(
                _numbering_statement(len(some)), [value for userid in some for value in (userid, process)]
            )
            numbers |= {userid: NumberedLogin(*fields) for userid, *fields in cursor.fetchall()}
    return numbers


def numbers_on_other_processes(userids: Collection[str], process: str) -> dict[str, int]:
    """Return the numbers of the last logins of those people who logged in last on another process."""
    numbers: dict[str, int] = {}
    for some in _batches(sorted(userids)):
        logins = NewestLogin.objects.filter(user__in=some).exclude(process=process)
        numbers.update(logins.values_list("user_id", "number"))
    return numbers


def _batches(userids: list[str]) -> Iterator[list[str]]:
    left = iter(userids)
    while some := list(islice(left, _MAX_PEOPLE_PER_STATEMENT)):
        yield some


@lru_cache
def _numbering_statement(people: int) -> str:
    table = NewestLogin._meta.db_table
    rows = ", ".join(["(%s, 1, %s, '')"] * people)
    return f"""
        INSERT INTO "{table}" ("user_id", "number", "process", "previous") VALUES {rows}
        ON CONFLICT ("user_id") DO UPDATE
        SET "number" = "{table}"."number" + 1,
            "process" = excluded."process",
            "previous" = "{table}"."process"
        RETURNING "user_id", "number", "previous"
    """
