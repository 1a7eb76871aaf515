"""What has to be read of people who come in, for many of them at once."""

from collections.abc import Collection
from typing import NamedTuple

from accounts.services import Person, enter_all
from chat import selectors
from chat.protocol.rows import LogId

# Asking who has something unread costs as much as reading the backlogs of so many.
_FEW = 3


class Arrival(NamedTuple):
    """`known_at`: what happens to the groups later has a greater id. `complete_id`: up to it the log has
    nothing for the person that was not delivered."""

    person: Person
    groups: set[int]
    known_at: LogId
    complete_id: LogId


def arrive(userids: Collection[str], written_id: LogId) -> dict[str, Arrival]:
    """Each of `userids`, made if new. `written_id`: all rows up to it are committed. Raises DatabaseError."""
    people = enter_all(userids)
    unread = _maybe_unread(people, written_id)
    groups = selectors.group_ids_of(userids)
    # In this order: the last row may be newer than the memberships, never older.
    known_at = selectors.last_id()
    return {
        userid: Arrival(
            person,
            groups[userid],
            known_at,
            person.delivered_id if userid in unread else max(written_id, person.delivered_id),
        )
        for userid, person in people.items()
    }


def _maybe_unread(people: dict[str, Person], written_id: LogId) -> set[str]:
    """All for whom there is something up to `written_id`, and maybe others."""
    behind = {person.userid for person in people.values() if person.delivered_id < written_id}
    return selectors.with_unread(behind) if len(behind) > _FEW else behind
