"""One person, logged in on one connection."""

import asyncio
import base64
import json
from functools import partial
from threading import Event

import pytest
from django.db import OperationalError
from pytest_django import Settings

from chat import access, log
from chat.access import Refused
from chat.delivery import newest, runtime
from chat.delivery.session import Needs
from chat.delivery.window import BYTES
from chat.models import Message
from chat.protocol.bounds import FRAME_BYTES
from chat.protocol.commands import QueryRecords, Send
from chat.protocol.extensions import Naming, filled
from chat.protocol.replies import Accepted, Code, Failure
from groups.models import Group
from groups.services import mute_member, remove_members, set_quiet, set_slow
from tests.support.link import Link
from tests.support.settings import override
from tests.support.stage import NEWEST_ONLY, SECONDS, Stage, unicast, until


def to_group(group: Group) -> Send:
    return Send("text", group.pk, "to all", "")


@pytest.fixture
def failing_log(monkeypatch: pytest.MonkeyPatch) -> None:
    def append(*_: object, **__: object) -> None:
        raise OperationalError("away")

    monkeypatch.setattr(log, "append", append)


async def test_it_works(stage: Stage) -> None:
    alice = await stage.log_in("alice")
    await stage.send(alice, unicast("before"))
    await stage.run.writer.drain()
    await stage.log_in("bob")
    await stage.send(alice, unicast("after"))
    assert await stage.contents(2) == ["before", "after"]


async def test_what_was_sent_on_the_connection_is_not_sent_again(stage: Stage) -> None:
    alice = await stage.log_in("alice")
    await stage.send(alice, unicast("old"))
    await stage.run.writer.drain()
    await stage.log_in("bob", after=stage.run.hub.cursor)
    await stage.send(alice, unicast("new"))
    assert await stage.contents(1) == ["new"]


class TestAGroupWithRestrictions:
    async def test_members_write_nothing_while_it_is_quiet(self, stage: Stage, group: Group) -> None:
        bob = await stage.log_in("bob")
        await stage.written(partial(set_quiet, group.pk, True))
        with pytest.raises(Refused) as refused:
            await stage.send(bob, to_group(group))
        assert refused.value.failure == access.QUIET
        await stage.written(partial(set_quiet, group.pk, False))
        await stage.send(bob, to_group(group))
        assert len(await stage.extensions()) == 1

    async def test_what_waited_to_be_written_is_refused(self, stage: Stage, group: Group) -> None:
        bob = await stage.log_in("bob")
        await stage.send(bob, to_group(group))
        await stage.run.threads.write(partial(set_quiet, group.pk, True))
        assert await stage.extensions() == []
        assert stage.answers == [access.QUIET]

    async def test_whoever_is_muted_there_writes_nothing(self, stage: Stage, group: Group) -> None:
        bob = await stage.log_in("bob")
        await stage.written(partial(mute_member, group.pk, "bob", None, ""))
        with pytest.raises(Refused) as refused:
            await stage.send(bob, to_group(group))
        assert refused.value.failure == access.MUTED
        await stage.send(bob, unicast("hi", to="alice"))
        assert len(await stage.extensions()) == 1

    async def test_a_slow_one_says_how_long_to_wait(self, stage: Stage, group: Group) -> None:
        bob = await stage.log_in("bob")
        await stage.written(partial(set_slow, group.pk, 3600))
        for _ in range(2):
            await stage.send(bob, to_group(group))
        assert len(await stage.extensions()) == 1
        _, failure = stage.answers
        assert isinstance(failure, Failure)
        assert failure.code == Code.TOO_FAST
        assert failure.retry
        assert 3590 < failure.retry <= 3600

    async def test_restrictions_from_before_the_process_count(self, stage: Stage, group: Group) -> None:
        await stage.written(partial(set_quiet, group.pk, True))
        await runtime.close_current()
        stage.run = await runtime.current()
        bob = await stage.log_in("bob")
        assert not stage.run.hub.may_write("bob", group.pk)
        with pytest.raises(Refused):
            await stage.send(bob, to_group(group))

    async def test_a_group_without_any_is_not_asked_about(
        self, stage: Stage, group: Group, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bob = await stage.log_in("bob")
        monkeypatch.setattr(access, "may_send_to_group", None)
        await stage.send(bob, to_group(group))
        assert len(await stage.extensions()) == 1


class TestComingIn:
    async def test_who_is_locked_out_leaves_nothing_behind(self, stage: Stage) -> None:
        await stage.change("bob", is_active=False)
        with pytest.raises(Refused, match="locked"):
            await stage.log_in("bob")
        assert stage.run.hub.connections_of("bob") == 0

    async def test_nobody_has_more_connections_than_are_allowed(
        self, stage: Stage, settings: Settings
    ) -> None:
        override(settings, max_connections_per_user=1)
        bob = await stage.log_in("bob")
        with pytest.raises(Refused, match="too many connections"):
            await stage.log_in("bob")
        bob.leave()
        await stage.log_in("bob")


class TestSending:
    async def test_who_is_muted_may_not(self, stage: Stage) -> None:
        await stage.change("bob", muted=True)
        bob = await stage.log_in("bob")
        with pytest.raises(Refused, match="muted"):
            await stage.send(bob, unicast("hi", to="alice"))

    async def test_an_outsider_is_refused_at_once(self, stage: Stage, group: Group) -> None:
        charlie = await stage.log_in("charlie")
        with pytest.raises(Refused) as refused:
            await stage.send(charlie, to_group(group))
        assert refused.value.failure.code == Code.NOT_ALLOWED

    async def test_who_is_removed_before_it_is_written_is_told_later(
        self, stage: Stage, group: Group
    ) -> None:
        bob = await stage.log_in("bob")
        writing = stage.run.threads.write(partial(remove_members, group.pk, ["bob"]))
        removing = asyncio.ensure_future(writing)
        await asyncio.sleep(0)
        await stage.send(bob, to_group(group))
        await removing
        await until(lambda: bool(stage.answers))
        assert stage.answers == [Failure(Code.NOT_ALLOWED, "you are not in this group")]

    async def test_what_is_in_the_log_is_accepted_with_its_id_and_time(self, stage: Stage) -> None:
        alice = await stage.log_in("alice")
        await stage.send(alice, unicast("one"))
        await stage.send(alice, unicast("two"))
        await until(lambda: len(stage.answers) == 2)
        stored = Message.objects.filter(kind="text").order_by("id").values_list("id", "timet")
        rows: list[tuple[int, int]] = await stage.run.threads.read(partial(list, stored))
        assert stage.answers == [Accepted(*row) for row in rows]

    async def test_long_texts_wait_for_those_before_and_hold_up_nobody_else(self, stage: Stage) -> None:
        alice, bob = await stage.log_in("alice"), await stage.log_in("bob")
        is_free = Event()
        writing = asyncio.ensure_future(stage.run.threads.write(is_free.wait))
        for _ in range(4):
            await stage.send(alice, unicast("a" * (BYTES // 4)))
        fifth = asyncio.ensure_future(stage.send(alice, unicast("a" * (BYTES // 4))))
        await stage.send(bob, unicast("hi", to="alice"))
        _, waiting = await asyncio.wait([fifth], timeout=0.1)
        is_free.set()
        assert waiting == {fifth}
        await asyncio.gather(writing, fifth)
        await until(lambda: len(stage.answers) == 6)

    async def test_a_database_that_is_away_is_the_answer(self, stage: Stage, failing_log: None) -> None:
        alice = await stage.log_in("alice")
        await stage.send(alice, unicast("hi"))
        await until(lambda: bool(stage.answers))
        assert stage.answers == [Failure(Code.TRY_AGAIN, "the message was not stored, try again")]

    async def test_ones_own_history_has_it_at_once(self, stage: Stage) -> None:
        alice = await stage.log_in("alice")
        await stage.send(alice, unicast("hi"))
        records = await alice.records(QueryRecords(0, user="bob"))
        assert [entry.content for entry in records.entries] == ["hi"]


class TestWhatWasDelivered:
    async def test_a_goodbye_confirms_what_had_arrived(self, stage: Stage) -> None:
        link = Link()
        bob = await stage.log_in("bob", link)
        assert link.followed is bob
        link.arrived = 10**6
        await bob.close(clean=True)
        assert await stage.delivered_to("bob") == 10**6
        assert link.followed is None

    async def test_what_arrives_after_the_goodbye_was_noticed_does_not_count(self, stage: Stage) -> None:
        link = Link()
        bob = await stage.log_in("bob", link)
        link.goodbye_id, link.arrived = 10**5, 10**6
        await bob.close(clean=True)
        assert await stage.delivered_to("bob") == 10**5

    async def test_a_connection_that_breaks_confirms_nothing(self, stage: Stage) -> None:
        link = Link()
        bob = await stage.log_in("bob", link)
        before = await stage.delivered_to("bob")
        link.arrived = 10**6
        await bob.close(clean=False)
        assert await stage.delivered_to("bob") == before

    async def test_a_link_confirms_it_as_it_arrives(self, stage: Stage) -> None:
        bob = await stage.log_in("bob", Link())
        bob.confirm(10**6)
        assert await stage.delivered_to("bob") == 10**6
        bob.confirm(10**5)
        assert stage.run.cursors.noted("bob") == 10**6
        assert await stage.delivered_to("bob") == 10**6

    async def test_without_a_link_two_heartbeats_do(self, stage: Stage, settings: Settings) -> None:
        override(settings, heartbeat_seconds=0.05)
        alice = await stage.log_in("alice")
        await stage.send(alice, unicast("hi"))
        await stage.run.writer.drain()
        await stage.log_in("bob")
        await until(lambda: stage.run.cursors.noted("bob") > 0)
        assert await stage.delivered_to("bob") == stage.run.hub.cursor
        assert [frame for frame in stage.frames if frame.startswith("heartbeat_")]


async def test_who_has_left_is_sent_nothing(stage: Stage) -> None:
    alice, bob = await stage.log_in("alice"), await stage.log_in("bob")
    bob.leave()
    bob.leave()
    await stage.send(alice, unicast("hi"))
    await stage.run.writer.drain()
    assert stage.frames == []
    assert stage.run.hub.connections_of("bob") == 0


class TestNewestOnly:
    async def test_the_newest_one_gets_what_the_older_one_did_not_confirm(self, stage: Stage) -> None:
        older = await stage.log_in("bob", needs=NEWEST_ONLY)
        alice = await stage.log_in("alice")
        await stage.send(alice, unicast("first"))
        assert await stage.contents(1) == ["first"]
        await stage.log_in("bob", needs=NEWEST_ONLY)
        assert await stage.contents(2) == ["first", "first"]
        await stage.send(alice, unicast("second"))
        assert await stage.contents(3) == ["first", "first", "second"]
        await stage.send(older, unicast("from the older one", to="alice"))
        assert (await stage.contents(4))[3] == "from the older one"

    async def test_what_the_older_one_confirms_when_asked_is_not_sent_again(self, stage: Stage) -> None:
        link = Link()
        older = await stage.log_in("bob", link, needs=NEWEST_ONLY)
        alice = await stage.log_in("alice")
        await stage.send(alice, unicast("first"))
        await stage.contents(1)
        link.is_open = True
        logging_in = asyncio.create_task(stage.log_in("bob", needs=NEWEST_ONLY))
        await until(lambda: bool(link.asked))
        assert not logging_in.done()
        older.confirm(older.sent_id)
        await logging_in
        await stage.send(alice, unicast("second"))
        assert await stage.contents(2) == ["first", "second"]

    async def test_an_older_one_that_breaks_is_not_waited_for(
        self, stage: Stage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(newest, "WAIT_SECONDS", SECONDS)
        link = Link()
        link.is_open = True
        older = await stage.log_in("bob", link, needs=NEWEST_ONLY)
        logging_in = asyncio.create_task(stage.log_in("bob", needs=NEWEST_ONLY))
        await until(lambda: bool(link.asked))
        older.leave()
        await asyncio.wait_for(logging_in, SECONDS / 2)
        assert stage.run.newest.open_connections("bob") == 1

    async def test_who_is_locked_out_takes_nothing_over(self, stage: Stage) -> None:
        await stage.log_in("bob", needs=NEWEST_ONLY)
        await stage.change("bob", is_active=False)
        with pytest.raises(Refused):
            await stage.log_in("bob", needs=NEWEST_ONLY)
        assert stage.run.newest.open_connections("bob") == 1
        alice = await stage.log_in("alice")
        await stage.send(alice, unicast("hello"))
        assert await stage.contents(1) == ["hello"]

    async def test_older_ones_do_not_count_towards_the_limit(
        self, stage: Stage, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(access, "OLDER", 3)
        override(settings, max_connections_per_user=1)
        older = [await stage.log_in("bob", needs=NEWEST_ONLY) for _ in range(4)]
        assert stage.run.newest.open_connections("bob") == 4
        with pytest.raises(Refused):
            await stage.log_in("bob", needs=NEWEST_ONLY)
        older[0].leave()
        older[0].leave()
        await stage.log_in("bob", needs=NEWEST_ONLY)


class TestExtensions:
    async def test_one_that_the_apps_cannot_read_is_stored_with_names(
        self, stage: Stage, group: Group
    ) -> None:
        await stage.change("alice", nickname="Alice")
        alice = await stage.log_in("alice", needs=Needs(extensions=True))
        await stage.send(alice, unicast("to Bob"))
        await stage.send(alice, to_group(group))
        assert await _conversations(stage) == [("Alice", "Alice"), ("Alice", "群")]

    async def test_one_that_they_can_read_stays_as_it_is(self, stage: Stage) -> None:
        alice = await stage.log_in("alice", needs=Needs(extensions=True))
        one_line = filled("", Naming("Alice at work", "alice", None, "Bob", None))
        given = f"{one_line[:76]}\n{one_line[76:]}"
        await stage.send(alice, Send("text", "bob", "hello", given))
        assert await stage.extensions() == [given]

    async def test_other_clients_may_say_anything(self, stage: Stage) -> None:
        alice = await stage.log_in("alice")
        await stage.send(alice, Send("text", "bob", "hello", "anything"))
        assert await stage.extensions() == ["anything"]

    async def test_one_of_a_long_message_stays_as_it_is(self, stage: Stage) -> None:
        alice = await stage.log_in("alice", needs=Needs(extensions=True))
        await stage.send(alice, Send("text", "bob", "x" * FRAME_BYTES, ""))
        assert await stage.extensions() == [""]

    async def test_a_database_that_is_away_keeps_no_message_from_being_sent(
        self, stage: Stage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def naming(*_: object) -> None:
            raise OperationalError("away")

        monkeypatch.setattr(stage.run.names, "naming", naming)
        alice = await stage.log_in("alice", needs=Needs(extensions=True))
        await stage.send(alice, unicast("hello"))
        assert await stage.extensions() == [""]


async def _conversations(stage: Stage) -> list[tuple[str, str]]:
    said = [json.loads(base64.b64decode(extension)) for extension in await stage.extensions()]
    return [(one["sender"], one["conversation"]) for one in said]
