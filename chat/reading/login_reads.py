"""What logins need from the database, read for many of them at once."""

from collections.abc import Collection
from typing import NamedTuple

from django.db import connection

from accounts.authentication.authentication import Claim, Denied, Person, authenticate_all
from accounts.models import User
from accounts.statements import among, fetch
from chat.reading.sources import PERIOD, ROW, not_from_sql
from log import positions
from log.rows import NOTICES, LogId
from log.stored_rows import WITH_TEXT

_PERSON = User._meta.db_table
_NOT_FROM_PERSON = not_from_sql(f"{_PERSON}.userid")
# Not EXISTS: PostgreSQL turns it into a join that may read the whole log.
_TO_PERSON = (
    f"(SELECT {ROW}.id FROM {ROW} WHERE {ROW}.recipient_id = {_PERSON}.userid"
    f" AND {ROW}.id > {_PERSON}.delivered_id AND {_NOT_FROM_PERSON} ORDER BY {ROW}.id LIMIT 1) IS NOT NULL"
)
# The later of two bounds: a database that begins at the earlier one reads all rows between them. A single
# notice does not count unless the shipped apps get a text of it: everybody who is in a group from its
# beginning on has the one that says so. Of more rows, no more than two are looked at.
_TO_GROUP = (
    f"(SELECT COUNT(*) + COUNT(counts) FROM"
    f" (SELECT CASE WHEN {ROW}.kind NOT IN {NOTICES} OR {ROW}.extension = '{WITH_TEXT}' THEN 1 END counts"
    f" FROM {ROW} WHERE {ROW}.group_id = {PERIOD}.group_id"
    f" AND {ROW}.id > {{later}}({PERIOD}.since_id, {_PERSON}.delivered_id) AND {_NOT_FROM_PERSON}"
    f" ORDER BY {ROW}.id LIMIT 2) first_two) > 1"
)
_TO_GROUP_ONCE = (
    f"(SELECT {PERIOD}.last_id FROM {PERIOD} WHERE {PERIOD}.user_id = {_PERSON}.userid"
    f" AND {PERIOD}.until_id IS NOT NULL AND {PERIOD}.last_id > {_PERSON}.delivered_id"
    f" ORDER BY {PERIOD}.last_id LIMIT 1) IS NOT NULL"
)
# Two columns, of which the second is NULL.
_WITH_UNREAD = (
    f"SELECT {_PERSON}.userid, NULL FROM {_PERSON} WHERE {_PERSON}.userid {{behind}}"
    f" AND ({_TO_PERSON} OR {_TO_GROUP_ONCE}) UNION ALL"
    f" SELECT {PERIOD}.user_id, NULL FROM {PERIOD} JOIN {_PERSON} ON {_PERSON}.userid = {PERIOD}.user_id"
    # Both, or else PostgreSQL may read all people, or all periods.
    f" WHERE {_PERSON}.userid {{behind}} AND {PERIOD}.user_id {{behind}} AND {PERIOD}.until_id IS NULL"
    f" AND {_TO_GROUP}"
)
# One row for each person: hundreds of rows would keep all others from the interpreter.
_GROUPS = (
    f"SELECT user_id, {{listed}}(group_id || ':' || since_id, ',') FROM {PERIOD}"
    " WHERE until_id IS NULL AND user_id {people} GROUP BY user_id"
)
# Of nobody.
_LAST_ID = f"SELECT '', CAST(MAX(id) AS text) FROM {ROW}"
# One statement, because in a busy process each answer waits for the interpreter again. Written by hand,
# because everybody who logs in waits for it, and to make it takes longer than to answer it.
_LOGIN_READS = " UNION ALL ".join((_WITH_UNREAD, _GROUPS, _LAST_ID))


class LoginReads(NamedTuple):
    """What the log has for people who log in, as of one moment.

    `unread`: those for whom it has rows that were not delivered to them, not counting a notice that is alone
    in its group. `groups`: those in which each person is a member, and since which id. `last_id`: of the last
    row.
    """

    unread: set[str]
    groups: dict[str, dict[int, LogId]]
    last_id: LogId


def read_for_logins(people: Collection[str], behind: Collection[str]) -> LoginReads:
    """What the log has for `people`. `behind`: who of them may have something unread; those who have left a
    group since, with undelivered rows in it, are included. Raises DatabaseError."""
    reads = LoginReads(set(), {userid: {} for userid in people}, 0)
    for userid, listed in _rows(people, behind):
        if not userid:
            reads = reads._replace(last_id=int(listed or 0))
        elif listed is None:
            reads.unread.add(userid)
        else:
            periods = (period.split(":") for period in listed.split(","))
            reads.groups[userid] = {int(group_id): int(since_id) for group_id, since_id in periods}
    return reads


def _rows(people: Collection[str], behind: Collection[str]) -> list[tuple[str, str | None]]:
    is_postgresql = connection.vendor == "postgresql"
    are_behind, of_behind = among(behind)
    are_people, of_people = among(people)
    statement = _LOGIN_READS.format(
        behind=are_behind,
        people=are_people,
        later="GREATEST" if is_postgresql else "MAX",
        listed="STRING_AGG" if is_postgresql else "GROUP_CONCAT",
    )
    return fetch(statement, *of_behind, *of_behind, *of_behind, *of_people)


class LoginState(NamedTuple):
    """`stood_at`: later changes of the person's standing have a greater id. `groups`: those that the person
    is in, and since which id; later changes of them have a greater id than `known_at`. `complete_id`: up to
    it, the log has nothing undelivered for the person."""

    person: Person
    stood_at: LogId
    groups: dict[int, LogId]
    known_at: LogId
    complete_id: LogId


def read_logins(claims: Collection[Claim], written_id: LogId) -> dict[Claim, LoginState | Denied]:
    """The state for each of `claims`. `written_id`: all rows up to it are committed. Raises DatabaseError."""
    # Read first: a person may have a standing newer than this row's, never an older one.
    stood_at = positions.last_id()
    outcomes = authenticate_all(claims)
    people = {person.userid: person for person in outcomes.values() if isinstance(person, Person)}
    behind = {person.userid for person in people.values() if person.delivered_id < written_id}
    # Who has none reads no backlog, and so does not wait for those who have.
    log = read_for_logins(people, behind)

    def login(person: Person) -> LoginState:
        complete_id = max(0 if person.userid in log.unread else written_id, person.delivered_id)
        return LoginState(person, stood_at, log.groups[person.userid], log.last_id, complete_id)

    return {
        claim: login(person) if isinstance(person, Person) else person for claim, person in outcomes.items()
    }
