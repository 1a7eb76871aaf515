"""Inserts membership periods. Only `groups.memberships` calls it."""

from collections.abc import Mapping

from django.db import connection

from accounts.access import Role
from accounts.statements import given
from groups.models import ANY_ID, Membership

_INSERT = (
    f"INSERT INTO {Membership._meta.db_table}"
    " (group_id, user_id, role, since_id, until_id, last_id, invited_by)"
    " SELECT %s, userid, role, %s, NULL, %s, NULLIF(CAST(%s AS varchar(64)), userid) FROM"
)


def join(group_id: int, roles: Mapping[str, Role], since: int, invited_by: str | None) -> None:
    """Let people into a group, in this order and with these roles, from a position in the log on.
    `invited_by`: who puts the others in; None: the operator. Raises DatabaseError."""
    # Not bulk_create: for five hundred people it takes 18 ms, and everybody's messages wait.
    people, params = given(userid=list(roles), role=[role.value for role in roles.values()])
    with connection.cursor() as cursor:
        cursor.execute(f"{_INSERT} {people} ORDER BY place", [group_id, since, ANY_ID, invited_by, *params])


def check_references() -> None:
    """On PostgreSQL, check now that people and groups of what was inserted exist, and not on commit, when
    everybody's messages wait. Raises DatabaseError."""
    if connection.vendor == "postgresql":
        connection.check_constraints()
