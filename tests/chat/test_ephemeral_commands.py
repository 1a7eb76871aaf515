"""What a session on a device tells and asks that is no message."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError
from pytest_django import Settings

from accounts.authentication.authentication import Claim
from accounts.codes import Name
from accounts.limits import limits
from accounts.limits.buckets import Rate
from accounts.selectors import picture_url
from accounts.services import set_account_status
from chat.delivery.connection.client_link import ClientLink
from chat.delivery.connection.session import Session, open_session
from chat.failures import CommandRefused
from chat.protocol.bounds import Limits
from chat.protocol.commands import Hello, MarkRead, Type, WatchPresence
from chat.protocol.events import ReadMark, Typing
from chat.protocol.json import JsonCodec
from chat.protocol.replies import Done, ToPresence, ToRead
from chat.reading import conversations
from chat.services.blocks import block
from chat.signals import read_marked
from log.appending import Draft, append
from log.models import Block, Group
from server.sockets import PlainSocket
from tests.support.hubs import Receiver
from tests.support.settings import override
from tests.support.stage import Stage, no_previous, until

CODEC = JsonCodec(picture_url, Limits())


async def log_in(stage: Stage, userid: str) -> Session:
    client = ClientLink(CODEC, _ignore, PlainSocket())
    session = await open_session(Claim(userid), client, print, no_previous, Hello(1, userid=userid))
    stage.sessions.append(session)
    return session


def listen(stage: Stage, userid: str) -> Receiver:
    """A device of a person who is logged in, which notes what it is told."""
    receiver = Receiver()
    stage.run.hub.join(userid, receiver, is_mirror=True)
    return receiver


async def _ignore(frame: str) -> None:
    pass


async def write(stage: Stage, sender: str = "bob", to: str | int = "alice") -> int:
    """Returns the id of the message."""
    await stage.written(partial(append, [Draft("text", sender, to, "hello", "")]))
    return stage.run.hub.cursor


async def name_of(session: Session, command: MarkRead | Type | WatchPresence) -> Name:
    with pytest.raises(CommandRefused) as refused:
        await session.do(command, print)
    return refused.value.failure.name


async def test_typing_is_published(stage: Stage) -> None:
    alice, bob, charlie = await log_in(stage, "alice"), listen(stage, "bob"), listen(stage, "charlie")
    assert await alice.do(Type(1, "bob"), print) == Done()
    assert bob.fleeting == [Typing("alice", "bob")]
    assert charlie.fleeting == []


async def test_typing_is_sent_once_per_interval(stage: Stage) -> None:
    alice, bob = await log_in(stage, "alice"), listen(stage, "bob")
    for _ in range(5):
        assert await alice.do(Type(1, "bob"), print) == Done()
    assert bob.fleeting == [Typing("alice", "bob")]


async def test_muted_person_sends_no_typing(stage: Stage) -> None:
    alice, bob = await log_in(stage, "alice"), listen(stage, "bob")
    await stage.written(partial(set_account_status, "alice", muted=True))
    assert await name_of(alice, Type(1, "bob")) == Name.MUTED
    assert bob.fleeting == []


@pytest.mark.parametrize("have_written", [False, True])
async def test_blocked_person_sends_no_typing(stage: Stage, have_written: bool) -> None:
    alice, bob = await log_in(stage, "alice"), listen(stage, "bob")
    if have_written:
        await write(stage, "alice", "bob")
    await stage.written(partial(block, "bob", "alice"))
    assert await name_of(alice, Type(1, "bob")) == Name.BLOCKED
    assert bob.fleeting == []


async def test_blocker_may_send_typing_to_the_blocked_person(stage: Stage) -> None:
    alice, bob = await log_in(stage, "alice"), listen(stage, "bob")
    await stage.written(partial(block, "alice", "bob"))
    await alice.do(Type(1, "bob"), print)
    assert bob.fleeting == [Typing("alice", "bob")]


async def test_only_members_type_in_a_group(stage: Stage, group: Group) -> None:
    alice, bob = await log_in(stage, "alice"), await log_in(stage, "bob")
    received = listen(stage, "bob")
    charlie = await log_in(stage, "charlie")
    assert await name_of(charlie, Type(1, group.pk)) == Name.NOT_ALLOWED
    assert await name_of(charlie, Type(1, 10**9)) == Name.NOT_FOUND
    assert received.fleeting == []
    await alice.do(Type(1, group.pk), print)
    assert received.fleeting == [Typing("alice", group.pk)]
    await bob.close(clean=True)


async def test_read_mark_is_stored_and_published(stage: Stage) -> None:
    upto = await write(stage)
    alice, browser, bob = await log_in(stage, "alice"), listen(stage, "alice"), listen(stage, "bob")
    assert await alice.do(MarkRead(1, "bob", upto), print) == ToRead(0)
    assert browser.latest_events == browser.own == bob.latest_events == [ReadMark("alice", "bob", upto)]
    assert bob.own == []


async def test_read_mark_that_does_not_rise_is_not_sent_again(stage: Stage) -> None:
    first, second = await write(stage), await write(stage)
    alice, bob = await log_in(stage, "alice"), listen(stage, "bob")
    assert await alice.do(MarkRead(1, "bob", first), print) == ToRead(1)
    bob.latest.clear()
    assert await alice.do(MarkRead(1, "bob", first), print) == ToRead(1)
    assert bob.latest_events == []
    assert await alice.do(MarkRead(1, "bob", second + 100), print) == ToRead(0)
    assert bob.latest_events == [ReadMark("alice", "bob", second)]


@pytest.mark.promise("json-16")
async def test_group_read_mark_goes_to_own_devices_only(stage: Stage, group: Group) -> None:
    upto = await write(stage, to=group.pk)
    alice, browser, bob = await log_in(stage, "alice"), listen(stage, "alice"), listen(stage, "bob")
    assert await alice.do(MarkRead(1, group.pk, upto), print) == ToRead(0)
    assert browser.latest_events == [ReadMark("alice", group.pk, upto)]
    assert bob.latest_events == []


@pytest.mark.promise("json-16")
async def test_read_mark_goes_to_own_devices_only_without_receipts(stage: Stage, settings: Settings) -> None:
    override(settings, read_receipts=False)
    upto = await write(stage)
    alice, browser, bob = await log_in(stage, "alice"), listen(stage, "alice"), listen(stage, "bob")
    await alice.do(MarkRead(1, "bob", upto), print)
    assert browser.latest_events == [ReadMark("alice", "bob", upto)]
    assert bob.latest_events == []


async def test_read_mark_without_a_conversation_is_rejected(stage: Stage, group: Group) -> None:
    alice, charlie = await log_in(stage, "alice"), await log_in(stage, "charlie")
    assert await name_of(alice, MarkRead(1, "charlie", 1)) == Name.NOT_FOUND
    assert await name_of(charlie, MarkRead(1, group.pk, 1)) == Name.NOT_FOUND


async def test_read_mark_of_another_process_is_published(stage: Stage) -> None:
    alice, bob = listen(stage, "alice"), listen(stage, "bob")
    send = partial(read_marked.send, sender=None, userid="alice", peer="bob", upto=7)
    await stage.run.threads.read(send)
    await until(lambda: bool(bob.latest_events))
    assert alice.latest_events == bob.latest_events == [ReadMark("alice", "bob", 7)]


async def test_read_mark_reaches_own_devices_while_the_database_is_away(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> bool:
        raise OperationalError("away")

    alice, bob = listen(stage, "alice"), listen(stage, "bob")
    monkeypatch.setattr(conversations, "sends_receipts", away)
    read_marked.send(sender=None, userid="alice", peer="bob", upto=7)
    await until(lambda: bool(alice.latest_events))
    assert bob.latest_events == []


async def test_presence_reply_lists_online_people(stage: Stage) -> None:
    alice = await log_in(stage, "alice")
    await log_in(stage, "bob")
    assert await alice.do(WatchPresence(1, ("bob", "charlie")), print) == ToPresence(("bob",))


async def test_blocker_looks_offline_to_the_blocked_person(stage: Stage) -> None:
    alice, charlie = await log_in(stage, "alice"), await log_in(stage, "charlie")
    await log_in(stage, "bob")
    await stage.written(partial(block, "bob", "alice"))
    assert await alice.do(WatchPresence(1, ("bob", "charlie")), print) == ToPresence(("charlie",))
    assert await charlie.do(WatchPresence(1, ("bob",)), print) == ToPresence(("bob",))


async def test_presence_is_hidden_after_a_block_during_the_query(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = await log_in(stage, "alice")
    await log_in(stage, "bob")
    read = stage.run.threads.read

    async def read_before_the_block(_: str, call: Callable[[], Any]) -> Any:
        content = await read(call)
        if not await read(Block.objects.exists):
            await stage.written(partial(block, "bob", "alice"))
        return content

    monkeypatch.setattr(stage.run.threads, "read_in_turn", read_before_the_block)
    assert await alice.do(WatchPresence(1, ("bob",)), print) == ToPresence(())


async def test_closed_session_watches_no_presence(stage: Stage) -> None:
    alice = await log_in(stage, "alice")
    await alice.do(WatchPresence(1, ("bob",)), print)
    await alice.close(clean=True)
    assert not stage.run.online._watched
    await alice.do(WatchPresence(1, ("bob",)), print)
    assert not stage.run.online._watched


async def test_presence_of_many_people_costs_more_queries(stage: Stage, settings: Settings) -> None:
    override(settings, limit_queries=Rate(21, 60))
    limits.forget()
    alice = await log_in(stage, "alice")
    await alice.do(WatchPresence(1, tuple(f"friend{number}" for number in range(200))), print)
    assert await name_of(alice, WatchPresence(1, ())) == Name.TOO_FAST


async def test_presence_queries_are_rate_limited(stage: Stage, settings: Settings) -> None:
    override(settings, limit_queries=Rate(2, 60))
    limits.forget()
    alice, charlie = await log_in(stage, "alice"), await log_in(stage, "charlie")
    for _ in range(2):
        await alice.do(WatchPresence(1, ("bob",)), print)
    assert await name_of(alice, WatchPresence(1, ("bob",))) == Name.TOO_FAST
    assert await name_of(alice, MarkRead(1, "bob", 1)) == Name.TOO_FAST
    assert await charlie.do(WatchPresence(1, ()), print) == ToPresence(())
