"""One person, logged in on one connection."""

import asyncio

import pytest
from pytest_django import Settings

from chat import access
from chat.delivery.cluster import newest
from chat.failures import CommandRefused
from chat.protocol.commands import QueryRecords
from chat.protocol.replies import Records
from tests.support.link import Link
from tests.support.settings import override
from tests.support.stage import NEWEST_ONLY, SECONDS, Stage, unicast, until


async def test_messages_before_and_after_a_login_arrive_in_order(stage: Stage) -> None:
    alice = await stage.log_in("alice")
    await stage.send(alice, unicast("before"))
    await stage.run.writer.drain()
    await stage.log_in("bob")
    await stage.send(alice, unicast("after"))
    assert await stage.contents(2) == ["before", "after"]


async def test_backlog_resumes_after_the_last_row_of_the_connection(stage: Stage) -> None:
    alice = await stage.log_in("alice")
    await stage.send(alice, unicast("old"))
    await stage.run.writer.drain()
    await stage.log_in("bob", after=stage.run.hub.cursor)
    await stage.send(alice, unicast("new"))
    assert await stage.contents(1) == ["new"]


class TestComingIn:
    async def test_banned_person_leaves_nothing_in_the_hub(self, stage: Stage) -> None:
        await stage.change("bob", is_active=False)
        with pytest.raises(CommandRefused, match="locked"):
            await stage.log_in("bob")
        assert stage.run.hub.connection_count("bob") == 0

    async def test_connections_per_person_are_limited(self, stage: Stage, settings: Settings) -> None:
        override(settings, max_connections_per_user=1)
        bob = await stage.log_in("bob")
        with pytest.raises(CommandRefused, match="too many connections"):
            await stage.log_in("bob")
        bob.leave()
        await stage.log_in("bob")


class TestWhatWasDelivered:
    async def test_goodbye_confirms_rows_that_had_arrived(self, stage: Stage) -> None:
        link = Link()
        bob = await stage.log_in("bob", link)
        assert link.followed is bob
        link.arrived = 10**6
        await bob.close(clean=True)
        assert await stage.delivered_to("bob") == 10**6
        assert link.followed is None

    async def test_delivery_after_the_goodbye_does_not_count(self, stage: Stage) -> None:
        link = Link()
        bob = await stage.log_in("bob", link)
        link.goodbye_id, link.arrived = 10**5, 10**6
        await bob.close(clean=True)
        assert await stage.delivered_to("bob") == 10**5

    async def test_broken_connection_confirms_nothing(self, stage: Stage) -> None:
        link = Link()
        bob = await stage.log_in("bob", link)
        before = await stage.delivered_to("bob")
        link.arrived = 10**6
        await bob.close(clean=False)
        assert await stage.delivered_to("bob") == before

    async def test_link_confirms_rows_as_they_arrive(self, stage: Stage) -> None:
        await stage.log_in("bob", link := Link())
        assert link.confirm
        link.confirm(10**6)
        assert await stage.delivered_to("bob") == 10**6
        link.confirm(10**5)
        assert stage.run.cursors.recent_cursor("bob") == 10**6
        assert await stage.delivered_to("bob") == 10**6

    async def test_two_heartbeats_confirm_delivery_without_a_link(
        self, stage: Stage, settings: Settings
    ) -> None:
        override(settings, heartbeat_seconds=0.05)
        alice = await stage.log_in("alice")
        await stage.send(alice, unicast("hi"))
        await stage.run.writer.drain()
        await stage.log_in("bob")
        await until(lambda: stage.run.cursors.recent_cursor("bob") > 0)
        assert await stage.delivered_to("bob") == stage.run.hub.cursor
        assert [frame for frame in stage.frames if frame.startswith("heartbeat_")]

    async def test_delivery_after_leaving_does_not_count(self, stage: Stage, settings: Settings) -> None:
        """What was sent on a connection that broke would be lost."""
        override(settings, heartbeat_seconds=0.05)
        alice, bob = await stage.log_in("alice"), await stage.log_in("bob")
        await stage.send(alice, unicast("hi"))
        await until(lambda: any("_hi_" in frame for frame in stage.frames))
        bob.leave()
        before = stage.run.cursors.recent_cursor("bob")
        await stage.log_in("charlie")
        await stage.send(alice, unicast("hi", to="charlie"))
        await until(lambda: stage.run.cursors.recent_cursor("charlie") > 0)
        await asyncio.sleep(0.1)
        assert stage.run.cursors.recent_cursor("bob") == before


async def test_closed_session_gets_no_messages(stage: Stage) -> None:
    alice, bob = await stage.log_in("alice"), await stage.log_in("bob")
    bob.leave()
    bob.leave()
    await stage.send(alice, unicast("hi"))
    await stage.run.writer.drain()
    assert stage.frames == []
    assert stage.run.hub.connection_count("bob") == 0


class TestNewestOnly:
    async def test_newest_session_gets_rows_that_the_older_one_did_not_confirm(self, stage: Stage) -> None:
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

    async def test_rows_confirmed_by_the_older_session_are_not_sent_again(self, stage: Stage) -> None:
        link = Link()
        older = await stage.log_in("bob", link, needs=NEWEST_ONLY)
        alice = await stage.log_in("alice")
        await stage.send(alice, unicast("first"))
        await stage.contents(1)
        link.is_open = True
        logging_in = asyncio.create_task(stage.log_in("bob", needs=NEWEST_ONLY))
        await until(lambda: bool(link.attempts))
        assert not logging_in.done()
        assert link.confirm
        link.confirm(older.sent_id)
        await logging_in
        await stage.send(alice, unicast("second"))
        assert await stage.contents(2) == ["first", "second"]

    async def test_login_does_not_wait_for_an_older_session_that_left(
        self, stage: Stage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(newest, "WAIT_SECONDS", SECONDS)
        link = Link()
        link.is_open = True
        older = await stage.log_in("bob", link, needs=NEWEST_ONLY)
        logging_in = asyncio.create_task(stage.log_in("bob", needs=NEWEST_ONLY))
        await until(lambda: bool(link.attempts))
        older.leave()
        await asyncio.wait_for(logging_in, SECONDS / 2)
        assert stage.run.newest.open_connections("bob") == 1

    async def test_rejected_login_takes_over_no_session(self, stage: Stage) -> None:
        await stage.log_in("bob", needs=NEWEST_ONLY)
        await stage.change("bob", is_active=False)
        with pytest.raises(CommandRefused):
            await stage.log_in("bob", needs=NEWEST_ONLY)
        assert stage.run.newest.open_connections("bob") == 1
        alice = await stage.log_in("alice")
        await stage.send(alice, unicast("hello"))
        assert await stage.contents(1) == ["hello"]

    async def test_older_sessions_do_not_count_towards_the_limit(
        self, stage: Stage, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(access, "MAX_CONNECTIONS_FACTOR_OF_SHIPPED_APPS", 3)
        override(settings, max_connections_per_user=1)
        older = [await stage.log_in("bob", needs=NEWEST_ONLY) for _ in range(4)]
        assert stage.run.newest.open_connections("bob") == 4
        with pytest.raises(CommandRefused):
            await stage.log_in("bob", needs=NEWEST_ONLY)
        older[0].leave()
        older[0].leave()
        await stage.log_in("bob", needs=NEWEST_ONLY)


async def test_history_has_the_message_sent_just_before(stage: Stage) -> None:
    alice = await stage.log_in("alice")
    await stage.send(alice, unicast("hi"))
    records = await alice.do(QueryRecords(0, user="bob"), print)
    assert isinstance(records, Records)
    assert [entry.content for entry in records.entries] == ["hi"]
