"""Writes the staged data into the database, in the caller's transaction."""

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
# A period continues if it includes the group's last message and the person is still a member.
_ENDED = """
    SELECT gid, userid, first, last FROM period JOIN group_ USING (gid)
    WHERE NOT (ends AND EXISTS (SELECT 1 FROM member WHERE (gid, userid) = (period.gid, period.userid)))
    ORDER BY gid, userid, first
"""
# The creator owns the group; if the creator is no member, the first member by userid.
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
    """Writes the staged data. `next_group`: the least id of the next group. `track`: shows the progress of
    writing messages."""

    def __init__(self, staging: Staging, next_group: int, track: Track) -> None:
        self._staging = staging
        self._next_group = next_group
        self._track = track
        # A message's id in the log is its position plus this.
        self._id_offset: LogId = 0
        self._last_id: LogId = 0

    def write(self) -> None:
        """Write everything. Raises NoSpace and DatabaseError."""
        for people in _portions(self._staging.query(_PEOPLE)):
            ensure_profiles([ProfileData(*person) for person in people])
        self._write_groups()
        self._write_messages()
        self._write_memberships()
        for cursors in _portions(self._staging.query(_FIRST_WAITING)):
            raise_delivered({userid: self._delivered_id(first) for userid, first in cursors})

    def _delivered_id(self, first: int | None) -> LogId:
        """Return the log id up to which all messages count as delivered to a person whose first waiting
        message is at this position; None: no message waits."""
        return self._last_id if first is None else self._id_offset + first - 1

    def _write_groups(self) -> None:
        now = timezone.now()
        for groups in _portions(self._staging.query(_GROUPS)):
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
        rows = self._track(self._staging.query(_MESSAGES), total, "messages written")
        drafts = ((Draft(kind, sender, to, *texts), second) for kind, sender, to, *texts, second in rows)
        for position, id_ in enumerate(appending.append_past(drafts), start=1):
            self._id_offset = self._id_offset or id_ - position
            if id_ != self._id_offset + position:
                raise RuntimeError("The ids of the log have a gap.")
        self._last_id = self._id_offset + total

    def _write_memberships(self) -> None:
        for periods in _portions(self._memberships()):
            Membership.objects.bulk_create(periods)
        begin_in_groups(self._last_id)

    def _memberships(self) -> Iterator[Membership]:
        for gid, userid, first, last in self._staging.query(_ENDED):
            yield Membership(
                group_id=gid,
                user_id=userid,
                since_id=self._id_offset + first - 1,
                until_id=self._id_offset + last + 1,
                last_id=self._id_offset + last,
            )
        for gid, userid, first, place in self._staging.query(_CURRENT):
            role = Role.OWNER if place == 1 else Role.MEMBER
            yield Membership(group_id=gid, user_id=userid, role=role, since_id=self._delivered_id(first))


def _number_groups_from(next_id: int) -> None:
    """Let the next group get this id or, if the database's sequence is beyond it, a later one."""
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
