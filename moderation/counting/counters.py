"""Counts messages by minute, and by group and hour. It is a reader of the log, so no message waits for it."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

from django.db import connection
from django.db.models import Sum

from chat.readers.reader import Reader, Write
from log.rows import Entry, Row
from moderation.models import GroupHour, Minute

MINUTE, HOUR = 60, 3600
# How long counts are kept.
RETENTION_SECONDS = 48 * HOUR


class Counters(Reader):
    """Counts the messages of the last RETENTION_SECONDS; older ones are not counted."""

    name = "counters"
    gather_seconds = 2.0

    def prepare(self, rows: Sequence[Row]) -> Write:
        oldest = time.time() - RETENTION_SECONDS
        messages = [row for row in rows if isinstance(row, Entry) and row.time > oldest]
        minutes = Counter(row.time // MINUTE for row in messages)
        hours = Counter((row.time // HOUR, row.to) for row in messages if isinstance(row.to, int))
        return partial(_store, minutes, hours)


class GroupMessages(NamedTuple):
    """How many messages a group got."""

    group: int
    messages: int


def message_counts_by_minute(now: float, minutes: int) -> list[int]:
    """Return the number of messages in each of the last `minutes` minutes, oldest first, without the current
    minute."""
    end = int(now) // MINUTE
    rows = Minute.objects.filter(minute__gte=end - minutes, minute__lt=end)
    counts = dict(rows.values_list("minute", "messages"))
    return [counts.get(minute, 0) for minute in range(end - minutes, end)]


def busiest_groups(now: float, limit: int) -> list[GroupMessages]:
    """Return the groups with the most messages in this hour and the previous one together.

    Only groups among the busiest 5 * `limit` of either hour are considered.
    """
    hours = [int(now) // HOUR, int(now) // HOUR - 1]
    groups: set[int] = set()
    for hour in hours:
        rows = GroupHour.objects.filter(hour=hour).order_by("-messages")
        groups.update(rows.values_list("group", flat=True)[: 5 * limit])
    both = GroupHour.objects.filter(hour__in=hours, group__in=groups).values_list("group")
    sums = both.annotate(sum=Sum("messages")).order_by("-sum", "group")
    return [GroupMessages(*row) for row in sums[:limit]]


def prune(now: float) -> None:
    """Delete counts older than RETENTION_SECONDS."""
    oldest = now - RETENTION_SECONDS
    Minute.objects.filter(minute__lt=oldest // MINUTE).delete()
    GroupHour.objects.filter(hour__lt=oldest // HOUR).delete()


def _store(minutes: Mapping[int, int], hours: Mapping[tuple[int, int], int]) -> None:
    with connection.cursor() as cursor:
        if minutes:
            cursor.executemany(_ADD_TO_MINUTE, [*minutes.items()])
        if hours:
            cursor.executemany(_ADD_TO_HOUR, [(*which, count) for which, count in hours.items()])


# Raw SQL, because Django's upsert can set a value but not add to it.
_MINUTES, _HOURS = Minute._meta.db_table, GroupHour._meta.db_table
_ADD_TO_MINUTE = (
    f"INSERT INTO {_MINUTES} (minute, messages) VALUES (%s, %s) "
    f"ON CONFLICT (minute) DO UPDATE SET messages = {_MINUTES}.messages + excluded.messages"
)
_ADD_TO_HOUR = (
    f'INSERT INTO {_HOURS} (hour, "group", messages) VALUES (%s, %s, %s) '
    f'ON CONFLICT (hour, "group") DO UPDATE SET messages = {_HOURS}.messages + excluded.messages'
)
