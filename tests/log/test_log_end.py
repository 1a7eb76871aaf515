"""The end of the log: the order of its rows, and their time."""

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from django.db import connection, transaction

from accounts.services import ensure_users
from log import log_end
from log.appending import Draft, append
from log.drafts import Batch
from log.models import Group, Message


def unicast(content: str, sender: str = "alice", to: str = "bob") -> Draft:
    return Draft("text", sender, to, content, "")


def test_a_batch_is_announced_once_it_is_committed(group: Group, announced: list[Batch]) -> None:
    with transaction.atomic():
        batch = append([unicast("hi")]).batch
        assert announced == []
    assert announced == [batch]


def test_rolled_back_append_is_not_announced(group: Group, announced: list[Batch]) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        append([unicast("never")])
        _ = 1 / 0
    assert announced == []
    assert not Message.objects.filter(content="never").exists()


@pytest.mark.promise("to-client-2")
def test_time_stands_still_when_the_clock_steps_back(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    now = append([unicast("now")]).batch.rows[0].time
    monkeypatch.setattr(time, "time", lambda: now - 3600.0)
    assert append([unicast("an hour before?")]).batch.rows[0].time == now
    monkeypatch.setattr(time, "time", lambda: now + 5.0)
    assert append([unicast("later")]).batch.rows[0].time == now + 5


def test_batches_of_many_threads_follow_each_other_without_a_gap(
    group: Group, announced: list[Batch]
) -> None:
    def write(number: int) -> None:
        append([unicast(f"{number}-{part}") for part in range(5)])
        connection.close()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(write, range(40)))
    ordered = sorted(announced, key=lambda batch: batch.previous)
    for before, after in pairwise(ordered):
        assert after.previous == before.last
    assert sum(len(batch.rows) for batch in announced) == 200


class TestDated:
    """Conversations that are made up have a past."""

    def test_dated_block_sets_time_of_rows(self, transactional_db: None) -> None:
        ensure_users(["alice", "bob"])
        with log_end.dated(5):
            (old,) = append([unicast("old")]).batch.rows
        before = int(time.time())
        (new,) = append([unicast("new")]).batch.rows
        assert old
        assert new
        assert old.time == 5
        assert new.time >= before

    def test_the_time_does_not_fall(self, transactional_db: None) -> None:
        ensure_users(["alice", "bob"])
        (first,) = append([unicast("now")]).batch.rows
        with log_end.dated(5):
            (second,) = append([unicast("old")]).batch.rows
        assert first
        assert second
        assert second.time == first.time

    def test_the_future_is_refused(self) -> None:
        with pytest.raises(ValueError, match="future"), log_end.dated(2**40):
            pass
