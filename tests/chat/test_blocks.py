"""Who is blocked by somebody may not write to them, from the block's place in the log on."""

import asyncio
from collections.abc import Iterable
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.codes import Cause, Name
from chat import failures
from chat.delivery.loop.writer import Outcome
from chat.protocol.replies import Accepted, Failure
from chat.reading import selectors
from chat.reading.conversations import conversations_of
from chat.services.blocks import block, blocks_of, unblock
from log import appending, changes, positions
from log import permissions as checking
from log.appending import Draft, append
from log.models import Block, Group
from log.reach import ALL_MAY, Reached
from log.rejections import Rejection
from log.rows import EDIT, REACTION, RECALL, BlockChange, LogId
from tests.support.stage import Stage, unicast
from tests.support.threads import at_once

BY_BOB = (Rejection(Cause.BLOCKED),)


def draft(
    content: str = "hi", sender: str = "alice", to: str = "bob", kind: str = "text", **more: Any
) -> Draft:
    return Draft(kind, sender, to, content, "", **more)


def block_changes(after: LogId) -> list[tuple[str, str, bool]]:
    """Those of blocks."""
    rows = selectors.rows_after(after, 100)
    return [(row.userid, row.other, row.is_on) for row in rows if isinstance(row, BlockChange)]


def test_block_is_stored_announced_and_holds_until_removed(group: Group) -> None:
    end = positions.last_id()
    block("bob", "alice")
    assert blocks_of("bob") == ["alice"]
    assert blocks_of("alice") == []
    assert block_changes(end) == [("bob", "alice", True)]
    appended = append([draft()])
    assert appended.outcomes == BY_BOB
    unblock("bob", "alice")
    assert blocks_of("bob") == []
    assert block_changes(end) == [("bob", "alice", True), ("bob", "alice", False)]
    assert append([draft()]).batch.rows


def test_repeated_block_is_not_announced(group: Group) -> None:
    end = positions.last_id()
    unblock("bob", "alice")
    for _ in range(3):
        block("bob", "alice")
    for _ in range(3):
        unblock("bob", "alice")
    assert block_changes(end) == [("bob", "alice", True), ("bob", "alice", False)]


def test_concurrent_blocks_are_announced_once(group: Group) -> None:
    end = positions.last_id()
    assert at_once(*[partial(block, "bob", "alice")] * 5) == [None] * 5
    assert block_changes(end) == [("bob", "alice", True)]
    assert Block.objects.count() == 1


def test_block_and_its_log_row_are_stored_together(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(changes, "append_block", fail)
        with pytest.raises(ZeroDivisionError):
            block("bob", "alice")
    assert blocks_of("bob") == []
    block("bob", "alice")
    assert blocks_of("bob") == ["alice"]


def test_blocks_are_listed_in_order_of_creation(group: Group) -> None:
    block("alice", "charlie")
    block("alice", "bob")
    assert blocks_of("alice") == ["charlie", "bob"]


def test_blocking_oneself_or_an_unknown_person_is_refused(group: Group) -> None:
    for other, name in (("alice", Name.INVALID), ("nobody", Name.NOT_FOUND)):
        for change in (block, unblock):
            with pytest.raises(failures.CommandRefused) as refused:
                change("alice", other)
            assert refused.value.failure.name is name
    assert not Block.objects.exists()


class TestInTheLog:
    def test_the_other_way_is_open(self, group: Group) -> None:
        block("bob", "alice")
        to_bob, to_alice, to_charlie = append(
            [draft(), draft(sender="bob", to="alice"), draft(to="charlie")]
        ).outcomes
        assert to_bob == Rejection(Cause.BLOCKED)
        assert not isinstance(to_alice, Rejection)
        assert not isinstance(to_charlie, Rejection)

    def test_block_does_not_affect_groups(self, group: Group) -> None:
        block("bob", "alice")
        assert append([Draft("text", "alice", group.pk, "hi", "")]).batch.rows

    def test_blocked_sender_may_recall_but_not_edit_or_react(self, group: Group) -> None:
        (message,) = append([draft()]).batch.rows
        block("bob", "alice")
        assert append([draft(kind=EDIT, target=message.id)]).outcomes == BY_BOB
        assert append([draft("👍", kind=REACTION, target=message.id)]).outcomes == (Rejection(Cause.BLOCKED),)
        assert append([draft("", kind=RECALL, target=message.id)]).batch.rows

    def test_message_of_a_blocked_sender_begins_no_conversation(self, group: Group) -> None:
        block("bob", "charlie")
        append([draft(sender="charlie")])
        assert conversations_of("charlie") == []
        append([draft(sender="bob", to="charlie")])
        assert [listed.peer for listed in conversations_of("charlie")] == ["bob"]

    def test_block_since_the_check_overrides_a_known_pair(self, group: Group) -> None:
        checked_at = append([draft()]).batch.last
        block("bob", "alice")
        known = {("alice", "bob")}
        assert append([draft()], checked_at=checked_at, known_pairs=known).outcomes == (
            Rejection(Cause.BLOCKED),
        )

    def test_a_pair_that_is_not_known_is_read_all_the_same(self, group: Group) -> None:
        block("bob", "alice")
        assert append([draft()], checked_at=positions.last_id()).outcomes == BY_BOB

    def test_known_pair_is_not_read_again(self, group: Group) -> None:
        end = append([draft()]).batch.last
        for known, statements in (({("alice", "bob")}, 0), (set[tuple[str, str]](), 2)):
            with CaptureQueriesContext(connection) as queries:
                appended = append([draft()], checked_at=end, known={"bob"}, known_pairs=known)
            assert appended.batch.rows
            about = [query for query in queries if "block" in query["sql"] or "conversation" in query["sql"]]
            assert len(about) == statements
            end = appended.batch.last


class TestInAProcess:
    """The writer remembers of whom nothing need be read."""

    async def send(self, stage: Stage) -> Outcome:
        return await (await stage.run.writer.enqueue(draft(), stage.run.hub.cursor))

    async def test_block_and_unblock_act_at_once_on_an_open_session(self, stage: Stage) -> None:
        alice = await stage.log_in("alice")
        await stage.send(alice, unicast("before"))
        await stage.run.writer.drain()
        await stage.run.threads.write(partial(block, "bob", "alice"))
        await stage.send(alice, unicast("too late"))
        await stage.run.writer.drain()
        await stage.written(partial(unblock, "bob", "alice"))
        await stage.send(alice, unicast("again"))
        await stage.run.writer.drain()
        accepted, refused, again = stage.answers
        assert isinstance(accepted, Accepted)
        assert refused == Failure.of(Cause.BLOCKED)
        assert isinstance(again, Accepted)

    async def test_block_holds_after_the_hub_has_applied_it(self, stage: Stage) -> None:
        await self.send(stage)
        await stage.written(partial(block, "bob", "alice"))
        assert await self.send(stage) == Rejection(Cause.BLOCKED)

    async def test_a_pair_is_not_remembered_if_a_block_comes_while_it_is_written(
        self, stage: Stage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def append_and_block(*args: Any, **more: Any) -> appending.Appended:
            monkeypatch.undo()
            appended = append(*args, **more)
            block("bob", "alice")
            # The loop hears of it before it hears that this is done.
            loop.call_soon_threadsafe(event.set)
            asyncio.run_coroutine_threadsafe(event.wait(), loop).result()
            return appended

        loop, event = asyncio.get_running_loop(), asyncio.Event()
        monkeypatch.setattr(appending, "append", append_and_block)
        await self.send(stage)
        await stage.run.hub.wait_for_row(await stage.run.threads.read(positions.last_id))
        assert await self.send(stage) == Rejection(Cause.BLOCKED)

    async def test_unrestricted_message_queries_no_permissions(
        self, stage: Stage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        requests: list[object] = []

        def ask(pairs: Iterable[tuple[str, str]]) -> Reached:
            requests.append(set(pairs))
            return ALL_MAY

        monkeypatch.setattr(checking, "writing", ask)
        for _ in range(3):
            await self.send(stage)
        assert requests == [{("alice", "bob")}]
        await stage.written(partial(block, "charlie", "alice"))
        await self.send(stage)
        assert len(requests) == 1
        await stage.written(partial(block, "bob", "alice"))
        await self.send(stage)
        assert len(requests) == 2
