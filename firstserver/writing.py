"""Writes what was staged into the database, in the caller's transaction."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.db import connection
from django.utils import timezone

from accounts.access import Role
from accounts.services import ProfileData, ensure_profiles, raise_delivered
from firstserver.staging import Staging
from firstserver.track import Track
from log import appending
from log.appending import Draft
from log.models import Group, Membership
from log.pairs import begin_in_groups
from log.rows import LogId

MAX_ROWS_AT_ONCE = 500

_PEOPLE = """
    SELECT userid, coalesce(nickname, ''), coalesce(avatar, '')
    FROM person LEFT JOIN profile USING (userid) ORDER BY userid
"""
_GROUPS = "SELECT gid, creator, name, notice, dissolved FROM group_ ORDER BY gid"
_MESSAGES = """
    SELECT kind, sender, coalesce(gid, recipient), content, extension, second
    FROM ordered JOIN message ON message.id = ordered.message JOIN body ON body.id = message.id
    ORDER BY position
"""
# A period goes on if it reaches the end of the group's messages and the person is a member still.
_ENDED = """
    SELECT gid, userid, first, last FROM period JOIN group_ USING (gid)
    WHERE NOT (ends AND EXISTS (SELECT 1 FROM member WHERE (gid, userid) = (period.gid, period.userid)))
    ORDER BY gid, userid, first
"""
# The creator owns the group, or else whoever comes first.
_CURRENT = """
    SELECT member.gid, member.userid, first, row_number() OVER (
        PARTITION BY member.gid ORDER BY member.userid <> creator, member.userid
    )
    FROM member JOIN group_ ON group_.gid = member.gid
    LEFT JOIN period ON (period.gid, period.userid) = (member.gid, member.userid) AND ends
    ORDER BY member.gid, member.userid <> creator, member.userid
"""
_FIRST_WAITING = """
    SELECT person.userid, min(position) FROM person
    LEFT JOIN waiting ON waiting.userid = person.userid LEFT JOIN ordered ON ordered.message = waiting.message
    GROUP BY person.userid ORDER BY person.userid
"""


class ImportWriter:
    """`next_group`: the next group's id is this one or a later one. `track` passes on the messages as they
    are written, with their number."""

    def __init__(self, staging: Staging, next_group: int, track: Track) -> None:
        self._staging = staging
        self._next_group = next_group
        self._track = track
        # A message's id in the log is its position and this.
        self._before: LogId = 0
        self._last: LogId = 0

    def write(self) -> None:
        """Write everything. Raises NoSpace and DatabaseError."""
        for people in _portions(self._staging.ask(_PEOPLE)):
            ensure_profiles([ProfileData(*person) for person in people])
        self._write_groups()
        self._write_messages()
        self._write_memberships()
        for cursors in _portions(self._staging.ask(_FIRST_WAITING)):
            raise_delivered({userid: self._delivered(first) for userid, first in cursors})

    def _delivered(self, first: int | None) -> LogId:
        """Everything up to there is delivered to a person whose first waiting message is at this position."""
        return self._last if first is None else self._before + first - 1

    def _write_groups(self) -> None:
        now = timezone.now()
        for groups in _portions(self._staging.ask(_GROUPS)):
            Group.objects.bulk_create(
                Group(
                    pk=gid,
                    creator_id=creator,
                    name=name,
                    notice=notice,
                    dissolved_at=now if dissolved else None,
                )
                for gid, creator, name, notice, dissolved in groups
            )
        greatest = self._staging.number("SELECT max(gid) FROM group_")
        _number_groups_from(max(self._next_group, greatest + 1))

    def _write_messages(self) -> None:
        total = self._staging.number("SELECT count(*) FROM ordered")
        rows = self._track(self._staging.ask(_MESSAGES), total, "messages written")
        drafts = ((Draft(kind, sender, to, *texts), second) for kind, sender, to, *texts, second in rows)
        for position, id_ in enumerate(appending.append_past(drafts), start=1):
            self._before = self._before or id_ - position
            if id_ != self._before + position:
                raise RuntimeError("The ids of the log have a gap.")
        self._last = self._before + total

    def _write_memberships(self) -> None:
        for periods in _portions(self._memberships()):
            Membership.objects.bulk_create(periods)
        begin_in_groups(self._last)

    def _memberships(self) -> Iterator[Membership]:
        for gid, userid, first, last in self._staging.ask(_ENDED):
            yield Membership(
                group_id=gid,
                user_id=userid,
                since_id=self._before + first - 1,
                until_id=self._before + last + 1,
                last_id=self._before + last,
            )
        for gid, userid, first, place in self._staging.ask(_CURRENT):
            role = Role.OWNER if place == 1 else Role.MEMBER
            yield Membership(group_id=gid, user_id=userid, role=role, since_id=self._delivered(first))


def _number_groups_from(next_id: int) -> None:
    """The next group gets this id or, if the database is further already, a later one."""
    table = Group._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [table])
            (sequence,) = cursor.fetchone()
            cursor.execute(
                f"SELECT setval(%s, greatest(%s, (SELECT last_value FROM {sequence})), false)",
                [sequence, next_id],
            )
        else:
            cursor.execute(
                "UPDATE sqlite_sequence SET seq = max(seq, %s) WHERE name = %s", [next_id - 1, table]
            )
            if not cursor.rowcount:
                cursor.execute(
                    "INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, next_id - 1]
                )


def _portions(rows: Iterator[Any]) -> Iterator[list[Any]]:
    while portion := list(islice(rows, MAX_ROWS_AT_ONCE)):
        yield portion
