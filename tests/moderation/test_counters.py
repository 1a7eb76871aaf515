"""Messages are counted by minute, and by group and hour."""

import time

import pytest

from chat.readers.reader import step
from log.appending import Draft, append
from log.models import Group
from moderation.counting import counters
from moderation.counting.counters import (
    RETENTION_SECONDS,
    Counters,
    GroupMessages,
    busiest_groups,
    message_counts_by_minute,
)
from moderation.models import GroupHour, Minute

pytestmark = pytest.mark.django_db(transaction=True)


def write(group: Group, count: int = 1) -> float:
    """When it was written, as seen a minute later."""
    rows = append([Draft("text", "alice", group.pk, "hello", "")] * count).batch.rows
    return rows[0].time + 60.0


def count_all() -> None:
    reader = Counters()
    cursor = None
    while (now := step(reader)) != cursor:
        cursor = now


def test_messages_are_counted_by_minute_and_group(group: Group) -> None:
    now = write(group, 3)
    count_all()
    assert message_counts_by_minute(now, 3) == [0, 0, 3]
    assert busiest_groups(now, 5) == [GroupMessages(group.pk, 3)]


def test_message_counts_accumulate(group: Group) -> None:
    for _ in range(2):
        now = write(group, 2)
        count_all()
    assert sum(message_counts_by_minute(now, 2)) == 4
    assert busiest_groups(now, 5) == [GroupMessages(group.pk, 4)]


def test_message_to_a_person_counts_for_no_group(group: Group) -> None:
    rows = append([Draft("text", "alice", "bob", "hello", "")]).batch.rows
    count_all()
    assert message_counts_by_minute(rows[0].time + 60.0, 1) == [1]
    assert not GroupHour.objects.exists()


def test_group_change_is_not_counted_as_message(group: Group) -> None:
    count_all()  # of the notice that Alice and Bob have joined
    assert not Minute.objects.exists()


def test_old_messages_are_not_counted(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    now = write(group)
    monkeypatch.setattr(time, "time", lambda: now + RETENTION_SECONDS)
    count_all()
    assert not Minute.objects.exists()


def test_old_message_counts_are_deleted(group: Group) -> None:
    now = write(group)
    count_all()
    counters.prune(now + 60)
    assert Minute.objects.exists()
    counters.prune(time.time() + RETENTION_SECONDS + 7200)
    assert not Minute.objects.exists()
    assert not GroupHour.objects.exists()


def test_busiest_groups_come_first(group: Group) -> None:
    hour = 500_000
    GroupHour.objects.bulk_create(GroupHour(hour=hour, group=id_, messages=id_) for id_ in range(1, 40))
    GroupHour.objects.create(hour=hour - 1, group=3, messages=100)
    GroupHour.objects.create(hour=hour - 2, group=4, messages=1000)
    assert busiest_groups(hour * 3600, 3) == [
        GroupMessages(3, 103),
        GroupMessages(39, 39),
        GroupMessages(38, 38),
    ]
