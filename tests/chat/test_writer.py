"""Group commit."""

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial

import pytest
from django.db import connection

from accounts.codes import Cause
from accounts.models import User
from accounts.services import set_account_status
from chat.delivery import runtime
from chat.delivery.loop.writer import (
    MAX_BATCH_BYTES,
    MAX_BATCH_DRAFTS,
    MAX_QUEUE_BYTES,
    Outcome,
)
from chat.delivery.runtime import Runtime
from chat.reading import selectors
from groups.services import mute_member, remove_members, set_quiet
from log import positions
from log.appending import Draft
from log.drafts import Batch
from log.models import Group, Membership, Message
from log.rejections import Rejection
from log.rows import Entry, Row


def unicast(content: str, sender: str = "alice") -> Draft:
    return Draft("text", sender, "bob", content, "")


@pytest.fixture
async def run(group: Group) -> AsyncIterator[Runtime]:
    yield await runtime.current()
    await runtime.close_current()


async def _stored(run: Runtime) -> list[str]:
    rows: list[Row] = []
    while page := await run.threads.read(partial(selectors.rows_after, rows[-1].id if rows else 0, 1000)):
        rows += page
    return [row.content for row in rows if isinstance(row, Entry)]


async def _put_all(run: Runtime, contents: list[str]) -> list["asyncio.Future[Outcome]"]:
    return [await run.writer.enqueue(unicast(content), run.hub.cursor) for content in contents]


async def test_written_message_advances_the_hub(run: Runtime) -> None:
    written = await run.writer.enqueue(unicast("hi"), run.hub.cursor)
    entry = await written
    assert isinstance(entry, Entry)
    assert entry.content == "hi"
    assert run.hub.cursor == entry.id
    assert await _stored(run) == ["hi"]


async def test_batch_durations_are_counted(run: Runtime) -> None:
    written = await run.writer.enqueue(unicast("hi"), run.hub.cursor)
    assert run.writer.pending_bytes > 0
    await written
    await (await run.writer.enqueue(unicast("again"), run.hub.cursor))
    while run.writer.writing_since is not None:
        await asyncio.sleep(0)
    assert sum(run.writer.batch_micros.counts) == 2
    assert 0 < run.writer.batch_micros.total < 60_000_000
    assert run.writer.pending_bytes == 0


async def test_mentions_count_towards_queued_memory(run: Runtime) -> None:
    await run.writer.enqueue(unicast("hi")._replace(details='{"mentions":["' + "x" * 10_000 + '"]}'), None)
    assert run.writer.pending_bytes > 10_000


async def test_concurrent_puts_are_stored_in_order(run: Runtime) -> None:
    contents = [str(number) for number in range(3 * MAX_BATCH_DRAFTS)]
    await asyncio.gather(*await _put_all(run, contents))
    assert await _stored(run) == contents


async def test_failing_row_does_not_fail_others_in_its_batch(run: Runtime) -> None:
    good = await _put_all(run, ["before"])
    bad = await run.writer.enqueue(unicast("bad", sender="nobody-of-that-name"), run.hub.cursor)
    good += await _put_all(run, ["after"])
    results = await asyncio.gather(*good, bad)
    assert results.pop() == Rejection(Cause.NOT_STORED)
    assert [entry.content for entry in results if isinstance(entry, Entry)] == ["before", "after"]
    assert await _stored(run) == ["before", "after"]


async def test_deleted_recipient_is_created_again_by_the_writer(run: Runtime) -> None:
    await (await run.writer.enqueue(unicast("first"), run.hub.cursor))
    # The last row of a log stays.
    await (await run.writer.enqueue(Draft("text", "alice", "charlie", "last", ""), run.hub.cursor))
    await run.threads.write(_remove_bob)
    results = await asyncio.gather(*await _put_all(run, ["again", "and again"]))
    assert [entry.to for entry in results if isinstance(entry, Entry)] == ["bob", "bob"]
    assert await _stored(run) == ["last", "again", "and again"]


async def test_database_error_is_reported_and_retried(run: Runtime) -> None:
    await run.threads.write(partial(_execute, "ALTER TABLE log_message RENAME TO away"))
    results = await asyncio.gather(*await _put_all(run, ["lost", "too"]))
    assert results == [Rejection(Cause.NOT_STORED)] * 2
    await run.threads.write(partial(_execute, "ALTER TABLE away RENAME TO log_message"))
    await (await run.writer.enqueue(unicast("back"), run.hub.cursor))
    assert await _stored(run) == ["back"]


@pytest.mark.promise("routing-11")
async def test_message_of_a_member_removed_before_the_write_is_rejected(run: Runtime, group: Group) -> None:
    draft = Draft("text", "bob", group.pk, "as a member", "")
    known_at = run.hub.cursor
    await (await run.writer.enqueue(draft, known_at))
    await run.threads.write(partial(remove_members, group.pk, ["bob"]))
    assert await (await run.writer.enqueue(draft, known_at)) == Rejection(Cause.OUTSIDE)
    assert await _stored(run) == ["as a member"]


async def test_full_queue_admits_no_draft_until_some_are_written(run: Runtime) -> None:
    large = "x" * (MAX_QUEUE_BYTES // 4)
    put = 0

    async def put_many() -> None:
        nonlocal put
        for _ in range(12):
            await run.writer.enqueue(unicast(large), run.hub.cursor)
            put += 1

    putting = asyncio.create_task(put_many())
    await asyncio.sleep(0)
    assert put == 4
    await putting
    await run.writer.drain()
    assert len(await _stored(run)) == 12


async def test_close_writes_all_queued_drafts(group: Group) -> None:
    run = await runtime.current()
    for number in range(1000):
        await run.writer.enqueue(unicast(str(number)), run.hub.cursor)
    await runtime.close_current()
    assert await asyncio.to_thread(_count_and_close) == 1000


# The hub has applied the change since the sender was checked, or has not heard of it.
@pytest.mark.parametrize("is_acknowledged", [True, False])
@pytest.mark.parametrize(
    ("change", "is_in_group", "why"),
    [
        (lambda _: set_account_status("bob", muted=True), False, Cause.MUTED),
        (lambda _: set_account_status("bob", banned=True), False, Cause.BANNED),
        (lambda group: set_quiet(group, True), True, Cause.QUIET),
        (lambda group: mute_member(group, "bob", None, ""), True, Cause.MUTED),
    ],
)
async def test_sender_restricted_before_the_write_is_rejected(
    run: Runtime,
    group: Group,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[int], object],
    is_in_group: bool,
    why: Cause,
    is_acknowledged: bool,
) -> None:
    checked_at = run.hub.cursor
    if not is_acknowledged:
        monkeypatch.setattr(run.hub, "receive", lambda batch: None)
    await run.threads.write(partial(change, group.pk))
    if is_acknowledged:
        await run.hub.wait_for_row(await run.threads.read(positions.last_id))
    to = group.pk if is_in_group else "charlie"
    by_bob = await run.writer.enqueue(Draft("text", "bob", to, "too late", ""), checked_at)
    by_alice = await run.writer.enqueue(Draft("text", "alice", to, "in time", ""), checked_at)
    assert await by_bob == Rejection(why)
    await by_alice
    assert await _stored(run) == ["in time"]


def _execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def _count_and_close() -> int:
    try:
        return Message.objects.filter(kind="text").count()
    finally:
        connection.close()


def _remove_bob() -> None:
    Membership.objects.filter(user="bob").delete()
    Message.objects.filter(recipient="bob").delete()
    User.objects.get(pk="bob").delete()


async def test_drafts_are_queued_without_waiting_while_there_is_room(run: Runtime) -> None:
    large = "x" * (MAX_QUEUE_BYTES // 2)
    written = []
    while run.writer.has_room:
        written.append(run.writer.enqueue_now(unicast(large), run.hub.cursor))
    assert len(written) == 2
    await asyncio.wait(written)
    assert run.writer.has_room


async def test_draft_rejected_by_the_check_after_waiting_is_not_written(run: Runtime) -> None:
    large = "x" * (MAX_QUEUE_BYTES // 4)
    for _ in range(4):
        await run.writer.enqueue(unicast(large), run.hub.cursor)
    is_muted = False

    def check() -> None:
        if is_muted:
            raise PermissionError

    putting = asyncio.create_task(run.writer.enqueue(unicast("late"), run.hub.cursor, check))
    await asyncio.sleep(0)
    is_muted = True
    with pytest.raises(PermissionError):
        await putting
    await run.writer.drain()
    assert "late" not in await _stored(run)


async def test_batch_is_bounded_in_bytes_and_takes_small_senders_first(
    run: Runtime, announced: list[Batch]
) -> None:
    large = "x" * (MAX_BATCH_BYTES // 3)
    for number in range(6):
        await run.writer.enqueue(unicast(f"{number}{large}"), run.hub.cursor)
    await run.writer.enqueue(unicast("little", "bob"), run.hub.cursor)
    await run.writer.drain()
    batches = [[entry.content[:6] for entry in batch.rows if isinstance(entry, Entry)] for batch in announced]
    assert [contents for contents in batches if contents] == [
        ["0xxxxx", "little", "1xxxxx"],
        ["2xxxxx", "3xxxxx"],
        ["4xxxxx", "5xxxxx"],
    ]


async def test_draft_larger_than_a_batch_is_written_alone(run: Runtime) -> None:
    for _ in range(2):
        await run.writer.enqueue(unicast("x" * (MAX_BATCH_BYTES + 1)), run.hub.cursor)
    await run.writer.drain()
    assert len(await _stored(run)) == 2
