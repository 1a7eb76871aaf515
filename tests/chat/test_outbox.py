"""What one session sends, on its way into the log."""

import asyncio
import base64
import json
from functools import partial
from threading import Event

import pytest
from django.db import OperationalError
from pytest_django import Settings

from accounts.codes import Cause, Name
from accounts.limits import limits
from accounts.limits.buckets import Rate
from chat import access, failures
from chat.delivery import runtime
from chat.delivery.cluster.growing import GrowingAnswer
from chat.delivery.connection.client_link import Needs
from chat.delivery.connection.outbox import MAX_WINDOW_BYTES
from chat.delivery.loop.writer import Outcome
from chat.failures import CommandRefused
from chat.protocol.bounds import FRAME_BYTES
from chat.protocol.commands import Forward, Send
from chat.protocol.extensions import Naming, filled, is_readable, is_unreadable
from chat.protocol.replies import Accepted, Failure
from groups.services import mute_member, remove_members, set_quiet, set_slow
from log import appending
from log.models import Group, Message
from log.rejections import Rejection
from tests.support.settings import override
from tests.support.stage import Stage, unicast, until

# The first ends the session, the second says which limit it is.
OF_THE_LOG = (
    *(Cause.BLOCKED, Cause.UNWANTED, Cause.NO_SUCH_USER, Cause.NO_SUCH_MESSAGE),
    *(Cause.NO_SPACE, Cause.NOT_STORED),
)


def to_group(group: Group) -> Send:
    return Send("text", group.pk, "to all", "")


@pytest.fixture
def failing_log(monkeypatch: pytest.MonkeyPatch) -> None:
    def append(*_: object, **__: object) -> None:
        raise OperationalError("away")

    monkeypatch.setattr(appending, "append", append)


async def test_messages_are_accepted_in_order_with_id_and_time(stage: Stage) -> None:
    alice = await stage.log_in("alice")
    await stage.send(alice, unicast("one"))
    await stage.send(alice, unicast("two"))
    await until(lambda: len(stage.answers) == 2)
    stored = Message.objects.filter(kind="text").order_by("id").values_list("id", "timet")
    rows: list[tuple[int, int]] = await stage.run.threads.read(partial(list, stored))
    assert stage.answers == [Accepted(*row) for row in rows]


async def test_outsider_is_refused_at_once(stage: Stage, group: Group) -> None:
    charlie = await stage.log_in("charlie")
    with pytest.raises(CommandRefused) as refused:
        await stage.send(charlie, to_group(group))
    assert refused.value.failure.name is Name.NOT_ALLOWED


async def test_outsider_is_refused_before_a_reply_is_looked_up(stage: Stage, group: Group) -> None:
    charlie = await stage.log_in("charlie")
    with pytest.raises(CommandRefused) as refused:
        await stage.send(charlie, to_group(group)._replace(reply=987_654_321))
    assert refused.value.failure == Failure.of(Cause.OUTSIDE)


async def test_message_of_a_member_removed_before_the_write_is_rejected_later(
    stage: Stage, group: Group
) -> None:
    bob = await stage.log_in("bob")
    writing = stage.run.threads.write(partial(remove_members, group.pk, ["bob"]))
    removing = asyncio.ensure_future(writing)
    await asyncio.sleep(0)
    await stage.send(bob, to_group(group))
    await removing
    await until(lambda: bool(stage.answers))
    assert stage.answers == [Failure(Name.NOT_ALLOWED, "you are not in this group")]


async def test_queue_of_long_texts_does_not_delay_other_senders(stage: Stage) -> None:
    alice, bob = await stage.log_in("alice"), await stage.log_in("bob")
    is_free = Event()
    writing = asyncio.ensure_future(stage.run.threads.write(is_free.wait))
    for _ in range(4):
        await stage.send(alice, unicast("a" * (MAX_WINDOW_BYTES // 4)))
    fifth = asyncio.ensure_future(stage.send(alice, unicast("a" * (MAX_WINDOW_BYTES // 4))))
    await stage.send(bob, unicast("hi", to="alice"))
    _, waiting = await asyncio.wait([fifth], timeout=0.1)
    is_free.set()
    assert waiting == {fifth}
    await asyncio.gather(writing, fifth)
    await until(lambda: len(stage.answers) == 6)


async def test_unreachable_database_is_answered_with_an_error(stage: Stage, failing_log: None) -> None:
    alice = await stage.log_in("alice")
    await stage.send(alice, unicast("hi"))
    await until(lambda: bool(stage.answers))
    assert stage.answers == [Failure(Name.TRY_AGAIN, "the message was not stored, try again")]


@pytest.mark.parametrize("reason", OF_THE_LOG)
async def test_sender_learns_why_a_message_was_not_stored(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, reason: Cause
) -> None:
    alice = await stage.log_in("alice")
    refuse_because(stage, monkeypatch, reason)
    await stage.send(alice, unicast("hi"))
    await until(lambda: bool(stage.answers))
    assert stage.answers == [failures.failure_of(Rejection(reason))]


async def test_refused_message_costs_as_much_as_an_accepted_one(stage: Stage, settings: Settings) -> None:
    override(settings, limit_messages=Rate(1, 60))
    limits.forget()
    alice = await stage.log_in("alice")
    with pytest.raises(CommandRefused) as refused:
        await stage.send(alice, Send("text", "bob", "hi", "", reply=987_654_321))
    assert refused.value.failure.name is Name.NOT_FOUND
    with pytest.raises(CommandRefused) as refused:
        await stage.send(alice, unicast("hi"))
    assert refused.value.failure.name is Name.TOO_FAST


async def test_forward_attempt_counts_as_query(stage: Stage, settings: Settings) -> None:
    override(settings, limit_queries=Rate(1, 60))
    limits.forget()
    alice = await stage.log_in("alice")
    for name in (Name.NOT_FOUND, Name.TOO_FAST):
        with pytest.raises(CommandRefused) as refused:
            await alice.do(Forward(1, (987_654_321,), ("bob",)), print)
        assert refused.value.failure.name is name


class TestWhoIsLockedWhileItIsWritten:
    async def test_sender_banned_during_the_write_is_logged_out_without_a_reply(
        self, stage: Stage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        alice = await stage.log_in("alice")
        refuse_because(stage, monkeypatch, Cause.BANNED)
        await stage.send(alice, unicast("hi"))
        await until(lambda: bool(stage.ended))
        assert stage.ended == [Failure.of(Cause.BANNED)]
        assert stage.answers == []

    async def test_later_login_is_not_ended_by_the_ban_of_an_earlier_session(
        self, stage: Stage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        alice = await stage.log_in("alice")
        refuse_because(stage, monkeypatch, Cause.BANNED)
        await stage.send(alice, unicast("hi"))
        alice.leave()
        await asyncio.sleep(0.01)
        assert stage.ended == []


def refuse_because(stage: Stage, monkeypatch: pytest.MonkeyPatch, reason: Cause) -> None:
    """From now on the log takes no message, for this reason."""

    def enqueue_now(*_: object) -> asyncio.Future[Outcome]:
        refused = asyncio.get_running_loop().create_future()
        refused.set_result(Rejection(reason))
        return refused

    monkeypatch.setattr(stage.run.writer, "enqueue_now", enqueue_now)


class TestAGroupWithRestrictions:
    async def test_members_cannot_write_in_a_quiet_group(self, stage: Stage, group: Group) -> None:
        bob = await stage.log_in("bob")
        await stage.written(partial(set_quiet, group.pk, True))
        with pytest.raises(CommandRefused) as refused:
            await stage.send(bob, to_group(group))
        assert refused.value.failure == Failure.of(Cause.QUIET)
        await stage.written(partial(set_quiet, group.pk, False))
        await stage.send(bob, to_group(group))
        assert len(await stage.extensions()) == 1

    async def test_message_queued_before_the_group_became_quiet_is_rejected(
        self, stage: Stage, group: Group
    ) -> None:
        bob = await stage.log_in("bob")
        await stage.send(bob, to_group(group))
        await stage.run.threads.write(partial(set_quiet, group.pk, True))
        assert await stage.extensions() == []
        assert stage.answers == [Failure.of(Cause.QUIET)]

    async def test_member_muted_in_a_group_may_write_elsewhere(self, stage: Stage, group: Group) -> None:
        bob = await stage.log_in("bob")
        await stage.written(partial(mute_member, group.pk, "bob", None, ""))
        with pytest.raises(CommandRefused) as refused:
            await stage.send(bob, to_group(group))
        assert refused.value.failure == Failure.of(Cause.MUTED)
        await stage.send(bob, unicast("hi", to="alice"))
        assert len(await stage.extensions()) == 1

    async def test_refusal_in_a_slow_group_has_the_time_to_wait(self, stage: Stage, group: Group) -> None:
        bob = await stage.log_in("bob")
        await stage.written(partial(set_slow, group.pk, 3600))
        for _ in range(2):
            await stage.send(bob, to_group(group))
        assert len(await stage.extensions()) == 1
        _, failure = stage.answers
        assert isinstance(failure, Failure)
        assert failure.name is Name.TOO_FAST
        assert failure.retry
        assert 3590 < failure.retry <= 3600

    async def test_restrictions_stored_before_the_process_began_apply(
        self, stage: Stage, group: Group
    ) -> None:
        await stage.written(partial(set_quiet, group.pk, True))
        await runtime.close_current()
        stage.run = await runtime.current()
        bob = await stage.log_in("bob")
        assert not stage.run.hub.may_write("bob", group.pk)
        with pytest.raises(CommandRefused):
            await stage.send(bob, to_group(group))

    async def test_group_without_restrictions_is_not_queried(
        self, stage: Stage, group: Group, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bob = await stage.log_in("bob")
        monkeypatch.setattr(access, "may_send_to_group", None)
        await stage.send(bob, to_group(group))
        assert len(await stage.extensions()) == 1


class TestExtensions:
    async def test_unreadable_extension_is_stored_with_names(self, stage: Stage, group: Group) -> None:
        await stage.change("alice", nickname="Alice")
        alice = await stage.log_in("alice", needs=Needs(lacks_names=is_unreadable))
        await stage.send(alice, unicast("to Bob"))
        await stage.send(alice, to_group(group))
        assert await _conversations(stage) == [("Alice", "Alice"), ("Alice", "群")]

    async def test_readable_extension_is_stored_unchanged(self, stage: Stage) -> None:
        alice = await stage.log_in("alice", needs=Needs(lacks_names=is_unreadable))
        one_line = filled("", Naming("Alice at work", "alice", None, "Bob", None))
        text = f"{one_line[:76]}\n{one_line[76:]}"
        await stage.send(alice, Send("text", "bob", "hello", text))
        assert await stage.extensions() == [text]

    async def test_extension_of_other_clients_is_stored_unchanged(self, stage: Stage) -> None:
        alice = await stage.log_in("alice")
        await stage.send(alice, Send("text", "bob", "hello", "anything"))
        assert await stage.extensions() == ["anything"]

    async def test_extension_of_a_long_message_is_stored_unchanged(self, stage: Stage) -> None:
        alice = await stage.log_in("alice", needs=Needs(lacks_names=is_unreadable))
        await stage.send(alice, Send("text", "bob", "x" * FRAME_BYTES, ""))
        assert await stage.extensions() == [""]

    async def test_message_is_sent_without_names_if_they_cannot_be_read(
        self, stage: Stage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def naming(*_: object) -> None:
            raise OperationalError("away")

        monkeypatch.setattr(stage.run.names, "naming", naming)
        alice = await stage.log_in("alice", needs=Needs(lacks_names=is_unreadable))
        await stage.send(alice, unicast("hello"))
        assert await stage.extensions() == [""]


async def _conversations(stage: Stage) -> list[tuple[str, str]]:
    names = [json.loads(base64.b64decode(extension)) for extension in await stage.extensions()]
    return [(one["sender"], one["conversation"]) for one in names]


async def test_abandoned_answer_is_sent_as_it_is(stage: Stage, group: Group) -> None:
    for userid, to in (("alice", "bob"), ("bob", group.pk), ("charlie", group.pk)):
        answer = GrowingAnswer(userid, to, "a")
        answer.text = f"by {userid}"
        await stage.run.growing._finish_abandoned(answer)
    assert len(await stage.extensions()) == 2, "Charlie is outside"
    assert all(map(is_readable, await stage.extensions()))
