"""What a login needs from the database, read for many logins at once."""

from collections.abc import Collection
from typing import NamedTuple

from accounts.authentication.authentication import Claim, Denied, Person, authenticate_all
from chat.reading.login_reads import read_for_logins
from log import positions
from log.rows import LogId


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
    found = authenticate_all(claims)
    people = {person.userid: person for person in found.values() if isinstance(person, Person)}
    behind = {person.userid for person in people.values() if person.delivered_id < written_id}
    # Who has none reads no backlog, and so does not wait for those who have.
    log = read_for_logins(people, behind)

    def login(person: Person) -> LoginState:
        complete_id = max(0 if person.userid in log.unread else written_id, person.delivered_id)
        return LoginState(person, stood_at, log.groups[person.userid], log.last_id, complete_id)

    return {claim: login(person) if isinstance(person, Person) else person for claim, person in found.items()}
