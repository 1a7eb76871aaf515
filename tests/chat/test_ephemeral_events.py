"""What is told and not kept: who is told that somebody types or has read, and who is not."""

import json

import pytest

from chat.delivery.cluster import ephemeral_events as module
from chat.delivery.cluster.ephemeral_events import RESEND_SECONDS, TYPING_SECONDS, EphemeralEvents
from chat.delivery.cluster.messages import ProfileChange, Reading
from chat.delivery.loop.hub import Hub
from chat.protocol.events import (
    ConversationChange,
    PictureShown,
    PreviewReady,
    ReadMark,
    Typing,
)
from chat.protocol.json_events import event_text
from log.rows import Nameable
from tests.support.hubs import Clock, Posted, Receiver, come, new_hub

GROUP = 1


class Here:
    """A process: its hub, its ephemeral events, and what it tells the others."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.posted = Posted()
        self.hub: Hub = new_hub()
        self.forgotten: list[Nameable] = []
        self.ephemeral_events = EphemeralEvents(self.hub, self.clock, self.posted.post, self.forgotten.extend)


@pytest.fixture
def here() -> Here:
    return Here()


async def test_typing_reaches_the_recipient_only(here: Here) -> None:
    alice, bob, charlie = [await come(here.hub, userid) for userid in ("alice", "bob", "charlie")]
    here.ephemeral_events.notify(typing := Typing("alice", "bob"))
    assert bob.fleeting == [typing]
    assert alice.fleeting == charlie.fleeting == []
    assert here.posted == [(typing, "")]


async def test_event_reaches_all_devices_of_the_person(here: Here) -> None:
    phone, browser = await come(here.hub, "bob"), await come(here.hub, "bob")
    here.ephemeral_events.notify(Typing("alice", "bob"))
    assert len(phone.fleeting) == len(browser.fleeting) == 1


async def test_shipped_apps_get_no_ephemeral_events(here: Here) -> None:
    old = await come(here.hub, "bob", is_mirror=False)
    here.ephemeral_events.notify(Typing("alice", "bob"))
    here.ephemeral_events.notify(Reading("bob", "alice", 1, is_shared=False))
    assert old.fleeting == old.latest_events == []


async def test_typing_in_a_group_reaches_the_other_members(here: Here) -> None:
    alice, bob = await come(here.hub, "alice", GROUP), await come(here.hub, "bob", GROUP)
    charlie = await come(here.hub, "charlie")
    here.ephemeral_events.notify(typing := Typing("alice", GROUP))
    assert bob.fleeting == [typing]
    assert alice.fleeting == charlie.fleeting == []


async def test_large_group_gets_no_typing_events(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_TYPING_MEMBERS", 2)
    bob = await come(here.hub, "bob", GROUP)
    await come(here.hub, "alice", GROUP)
    here.ephemeral_events.notify(Typing("alice", GROUP))
    assert len(bob.fleeting) == 1
    await come(here.hub, "dora", GROUP)
    here.ephemeral_events.notify(Typing("alice", GROUP))
    assert len(bob.fleeting) == 1


async def test_typing_to_oneself_is_not_delivered(here: Here) -> None:
    alice = await come(here.hub, "alice")
    here.ephemeral_events.notify(Typing("alice", "alice"))
    assert alice.fleeting == []


async def test_event_of_another_process_reaches_local_devices_only(here: Here) -> None:
    bob = await come(here.hub, "bob")
    here.ephemeral_events.deliver(typing := Typing("alice", "bob"))
    assert bob.fleeting == [typing]
    assert here.posted == [], "the other has told everybody"


def test_repeated_typing_is_sent_once_in_a_while(here: Here) -> None:
    assert here.ephemeral_events.take_typing_turn("alice", "bob")
    assert not here.ephemeral_events.take_typing_turn("alice", "bob")
    assert here.ephemeral_events.take_typing_turn("alice", GROUP)
    assert here.ephemeral_events.take_typing_turn("bob", "alice")
    here.clock.now += TYPING_SECONDS
    assert here.ephemeral_events.take_typing_turn("alice", "bob")


def test_number_of_remembered_typists_is_limited(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_TYPISTS", 2)
    for userid in ("alice", "bob", "charlie"):
        assert here.ephemeral_events.take_typing_turn(userid, GROUP)
    assert here.ephemeral_events.take_typing_turn("alice", GROUP)
    assert not here.ephemeral_events.take_typing_turn("charlie", GROUP)


@pytest.mark.promise("json-76")
async def test_preview_reaches_all_readers_of_the_message(here: Here) -> None:
    alice, bob, dora = [await come(here.hub, userid, GROUP) for userid in ("alice", "bob", "dora")]
    charlie, old = await come(here.hub, "charlie"), await come(here.hub, "bob", GROUP, is_mirror=False)
    fields = {"url": "https://a.example/", "title": "A"}
    # Dora has joined since.
    here.ephemeral_events.notify(result := PreviewReady("alice", GROUP, 7, fields, ("dora",)))
    assert alice.own == bob.latest_events == [result]
    assert dora.latest_events == charlie.latest_events == old.latest_events == []
    here.ephemeral_events.notify(result := PreviewReady("charlie", "alice", 8, fields))
    assert (charlie.own, alice.latest_events[-1], alice.own[-1:]) == ([result], result, [alice.own[0]])
    event = json.loads(event_text(result, is_own=True) or "")
    assert event == {"ev": "preview", "conversation": "u:alice", "target": 8, "preview": fields}


async def test_read_mark_reaches_the_persons_other_devices(here: Here) -> None:
    phone, browser, bob = [await come(here.hub, userid) for userid in ("alice", "alice", "bob")]
    reading = Reading("alice", "bob", 7, is_shared=False)
    here.ephemeral_events.notify(reading, exclude=phone)
    assert browser.latest_events == browser.own == [ReadMark("alice", "bob", 7)]
    assert phone.latest_events == bob.latest_events == []
    assert here.posted == [(reading, "")]


async def test_shared_read_mark_goes_to_the_other_person(here: Here) -> None:
    alice, bob, charlie = [await come(here.hub, userid) for userid in ("alice", "bob", "charlie")]
    here.ephemeral_events.notify(Reading("alice", "bob", 7, is_shared=True))
    assert bob.latest_events == alice.latest_events == [ReadMark("alice", "bob", 7)]
    assert bob.own == []
    assert charlie.latest_events == []


async def test_group_read_mark_goes_to_no_other_member(here: Here) -> None:
    alice, bob = await come(here.hub, "alice", GROUP), await come(here.hub, "bob", GROUP)
    here.ephemeral_events.deliver(Reading("alice", GROUP, 7, is_shared=False))
    assert alice.latest_events == [ReadMark("alice", GROUP, 7)]
    assert bob.latest_events == []


async def test_read_marks_of_both_people_do_not_replace_each_other(here: Here) -> None:
    alice = await come(here.hub, "alice")
    here.ephemeral_events.notify(Reading("alice", "bob", 7, is_shared=True))
    here.ephemeral_events.notify(Reading("bob", "alice", 8, is_shared=True))
    here.ephemeral_events.notify(Reading("alice", "bob", 9, is_shared=True))
    assert set(alice.latest_events) == {ReadMark("alice", "bob", 9), ReadMark("bob", "alice", 8)}


@pytest.mark.promise("json-86")
async def test_new_device_gets_the_latest_changes_again(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    here.ephemeral_events.notify(Reading("bob", "alice", 6, is_shared=True))
    here.ephemeral_events.notify(Reading("bob", "alice", 7, is_shared=True))
    here.ephemeral_events.notify(picture := PictureShown(GROUP, "/new.jpg"))
    here.ephemeral_events.notify(ConversationChange("alice", "bob", "removed", value=True))
    alice, charlie = Receiver(), Receiver()
    here.ephemeral_events.resend_recent("alice", {GROUP}, alice)
    here.ephemeral_events.resend_recent("charlie", set(), charlie)
    # The list may have changed back since, by a message: it is not told twice.
    assert list(alice.latest.values()) == [ReadMark("bob", "alice", 7), picture]
    assert charlie.latest == {}
    monkeypatch.setattr(module, "MAX_REMEMBERED_RECIPIENTS", 1)
    here.clock.now += RESEND_SECONDS
    here.ephemeral_events.notify(Reading("bob", GROUP, 8, is_shared=False))
    for userid, event in (("alice", []), ("bob", [ReadMark("bob", GROUP, 8)])):
        here.ephemeral_events.resend_recent(userid, {GROUP}, again := Receiver())
        assert list(again.latest.values()) == event


@pytest.mark.promise("json-86")
async def test_group_picture_reaches_the_members(here: Here) -> None:
    alice, bob = await come(here.hub, "alice", GROUP), await come(here.hub, "bob")
    here.ephemeral_events.notify(picture := PictureShown(GROUP, "/new.jpg"))
    assert (alice.latest_events, bob.latest_events) == ([picture], [])
    event = {"ev": "conversation", "conversation": "g:1", "picture": "/new.jpg"}
    assert json.loads(event_text(picture, is_own=False) or "") == event


def test_changed_names_and_pictures_are_invalidated(here: Here) -> None:
    here.ephemeral_events.deliver(ProfileChange(["alice"]))
    here.ephemeral_events.deliver(PictureShown(GROUP, "/new.jpg"))
    assert here.forgotten == ["alice", GROUP]
