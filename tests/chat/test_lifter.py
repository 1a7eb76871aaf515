"""Mutes and locks end by themselves, without anybody who looks."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.services import set_account_status
from chat.delivery import runtime
from chat.delivery.background import (
    POLL_SECONDS,
    lift_due_restrictions,
    lift_ended_restrictions,
    next_restriction_end,
)
from chat.delivery.loop.threads import DatabaseThreads
from groups.services import mute_member
from log.models import Group, GroupMute, Message
from log.rows import AccountStatusChange
from log.stored_rows import ROW_FIELDS, as_row

SECONDS = 10.0
LATER = datetime(2100, 1, 1, tzinfo=UTC)


def second(moment: datetime = LATER) -> int:
    return int(moment.timestamp())


def announced() -> list[AccountStatusChange]:
    rows = Message.objects.filter(kind="standing").order_by("id").values_list(*ROW_FIELDS)
    changes = [as_row(*row) for row in rows]
    return [row for row in changes if isinstance(row, AccountStatusChange)]


class TestWhatEnds:
    @pytest.mark.promise("json-25")
    def test_ended_mutes_and_bans_are_announced(self, group: Group) -> None:
        set_account_status("alice", muted=True, until=second())
        set_account_status("bob", banned=True, until=second(), reason="spam")
        mute_member(group.pk, "bob", second(), "")
        assert next_restriction_end() == LATER
        lift_ended_restrictions(LATER)
        assert not User.objects.filter(muted=True).exists()
        assert not User.objects.filter(is_active=False).exists()
        assert not GroupMute.objects.exists()
        lifted = [
            (row.userid, row.change.muted, row.change.banned, row.change.group) for row in announced()[3:]
        ]
        assert lifted == [
            ("alice", False, None, None),
            ("bob", None, False, None),
            ("bob", False, None, group.pk),
        ]
        assert next_restriction_end() is None

    def test_permanent_restrictions_do_not_end(self, group: Group) -> None:
        set_account_status("alice", muted=True)
        set_account_status("bob", banned=True)
        mute_member(group.pk, "bob", None, "")
        assert next_restriction_end() is None
        lift_ended_restrictions(LATER)
        assert len(announced()) == 3

    def test_restriction_does_not_end_before_its_time(self, group: Group) -> None:
        set_account_status("alice", muted=True, until=second())
        lift_ended_restrictions(LATER - timedelta(seconds=1))
        assert len(announced()) == 1

    def test_ended_mute_is_lifted_and_a_longer_ban_stays(self, group: Group) -> None:
        set_account_status("bob", muted=True, until=second())
        set_account_status("bob", banned=True, until=second() + 1)
        lift_ended_restrictions(LATER)
        bob = User.objects.get(pk="bob")
        assert (bob.muted, bob.is_active) == (False, False)
        assert next_restriction_end() == LATER + timedelta(seconds=1)

    def test_expired_mute_is_lifted_once(self, group: Group) -> None:
        set_account_status("bob", muted=True, until=second())
        lift_ended_restrictions(LATER)
        lift_ended_restrictions(LATER)
        assert len(announced()) == 2

    def test_mute_lifted_by_hand_is_not_lifted_again(self, group: Group) -> None:
        set_account_status("bob", muted=True, until=second())
        User.objects.filter(pk="bob").update(muted=False)
        lift_ended_restrictions(LATER)
        assert (len(announced()), next_restriction_end()) == (1, None)


@pytest.fixture
async def run(group: Group) -> AsyncIterator[None]:
    """Bob is muted in the group and everywhere when the process starts, and should not be any more."""
    ago = int(time.time()) - 1
    await asyncio.to_thread(partial(set_account_status, "bob", muted=True, until=ago))
    await asyncio.to_thread(partial(mute_member, group.pk, "bob", ago, ""))
    await runtime.current()
    yield
    await runtime.close_current()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(SECONDS):
        while not await asyncio.to_thread(condition):
            await asyncio.sleep(0.02)


async def test_restrictions_that_expired_are_lifted_at_the_start(run: None) -> None:
    await until(lambda: len(announced()) == 4)
    await until(lambda: next_restriction_end() is None)


async def test_next_restriction_is_lifted_within_a_second_of_its_end(group: Group) -> None:
    end = timezone.now() + timedelta(seconds=1)
    await asyncio.to_thread(partial(set_account_status, "bob", muted=True, until=int(end.timestamp()) + 1))
    await runtime.current()
    try:
        await until(lambda: not User.objects.get(pk="bob").muted)
        assert int(end.timestamp()) + 1 <= time.time()
    finally:
        await runtime.close_current()


async def test_lifter_sleeps_until_the_next_end_but_not_longer_than_the_poll(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Threads(DatabaseThreads):
        async def read(self, call: Callable[[], object]) -> object:  # type: ignore[override]
            return ends.pop(0)

    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)
    ends = [None, now + timedelta(seconds=2), now + timedelta(days=1)]
    threads = Threads()
    assert [await lift_due_restrictions(threads) for _ in range(3)] == [POLL_SECONDS, 2.0, POLL_SECONDS]
