"""Answers that grow: what readers are told in a round, and how little of the event loop it takes."""

import asyncio
from collections.abc import Collection, Iterator
from typing import Any

import pytest

from chat.delivery.cluster import growing as module
from chat.delivery.cluster.growing import Growing
from chat.failures import CommandRefused
from chat.protocol.commands import Grow
from chat.protocol.events import Growth
from log.drafts import Batch
from log.models import Group, Message
from log.rows import Entry
from tests.support.hubs import Clock, Receiver, new_hub
from tests.support.screen import rules_in_force
from tests.support.stage import Stage


@pytest.fixture(autouse=True)
def _rules() -> Iterator[None]:
    with rules_in_force():
        yield


class Process:
    """A process in which the readers of all conversations have one device each."""

    def __init__(self, *readers: Receiver) -> None:
        self.hub, self.clock = new_hub(), Clock()
        self.posted: list[Growth] = []
        self.typed: list[str] = []
        self.growing = Growing(
            self.hub,
            None,  # type: ignore[arg-type]
            None,  # type: ignore[arg-type]
            lambda *_: readers,
            lambda userid, _: self.typed.append(userid),
            lambda event, _: self.posted.append(event),  # type: ignore[arg-type]
            self.clock,
        )

    def grow(self, content: str, cid: str = "a", bot: str = "bot", *, more: bool = True) -> None:
        self.growing.grow(bot, Grow(1, "alice", cid, content, more), is_checked=True)

    def tell(self) -> None:
        """A round."""
        for answer in list(self.growing.answers.values()):
            self.growing._notify(answer)


def read(grown_texts: Collection[Any]) -> str:
    text = ""
    for one in grown_texts:
        assert isinstance(one, Growth)
        assert one.at in (0, len(text))
        text = text[: one.at] + one.content
    return text


def test_growth_between_two_rounds_is_sent_once() -> None:
    alice = Receiver()
    process = Process(alice)
    process.grow("one", more=False)
    for _ in range(100):
        process.grow(" more")
    process.tell()
    assert len(alice.fleeting) == 1
    process.grow(" end")
    process.tell()
    assert len(alice.fleeting) == 2
    assert read(alice.fleeting) == "one" + " more" * 100 + " end"


def test_rejected_growth_is_not_stored() -> None:
    process, refused = Process(), []
    for _ in range(2):
        with pytest.raises(CommandRefused) as failed:
            process.grow("more of what is not known")
        refused.append(failed.value)
    # One that is raised again keeps the frames of each time.
    assert refused[0] is not refused[1]


def test_text_growing_by_characters_is_sent_once_altogether() -> None:
    alice = Receiver()
    process = Process(alice)
    process.grow("x", more=False)
    for _ in range(2000):
        process.grow("x")
        process.tell()
    assert sum(len(one.content) for one in alice.fleeting if isinstance(one, Growth)) == 2001
    # Other processes get all of it now and then.
    assert sum(len(one.content) for one in process.posted) < 10_000


def test_device_that_dropped_frames_or_connects_later_gets_the_whole_text() -> None:
    alice, late = Receiver(), Receiver()
    readers = [alice]
    process = Process()
    process.growing._receivers_of_others = lambda *_: readers
    process.grow("one", more=False)
    process.tell()
    alice.drop_count += 1
    readers.append(late)
    process.grow(" two")
    process.tell()
    for device in (alice, late):
        last = device.fleeting[-1]
        assert isinstance(last, Growth)
        assert (last.at, last.content) == (0, "one two")


def test_lost_part_from_another_process_brings_the_complete_text() -> None:
    alice = Receiver()
    process = Process(alice)
    growths = [Growth("bot", "alice", "a", at, content) for at, content in ((3, "two"), (0, "one"), (9, "x"))]
    for growth in growths:
        process.growing.on_message(growth)
        process.tell()
    process.growing.on_message(Growth("bot", "alice", "a", 3, "two"))
    process.tell()
    assert read(alice.fleeting) == "onetwo"
    assert process.posted == []
    process.growing.on_message(Growth("bot", "alice", "a", 0, "", is_done=True))
    assert alice.fleeting[-1] == Growth("bot", "alice", "a", 0, "", is_done=True)


def test_growth_stops_at_a_forbidden_text() -> None:
    alice = Receiver()
    process = Process(alice)
    process.grow("this is a blo", more=False)
    process.tell()
    for piece in ("ck", " that", " goes on"):
        process.grow(piece)
        process.tell()
    assert read(alice.fleeting) == "this is a blo"


async def test_rounds_are_shared_by_one_hundred_bots(monkeypatch: pytest.MonkeyPatch) -> None:
    """A round ends when it has taken its time, and the next begins where it ended."""
    monkeypatch.setattr(module, "ROUND_SECONDS", 0)
    alice = Receiver()
    process = Process(alice)
    rounds: list[int] = []

    def later(*_: Any) -> tuple[Receiver]:
        process.clock.now += module.MAX_WORK_SECONDS / 4
        return (alice,)

    process.growing._receivers_of_others = later
    for number in range(100):
        process.grow("x", bot=f"bot-{number}", more=False)
    running = asyncio.create_task(process.growing.run())
    count = 0
    while count < 100:
        await asyncio.sleep(0)
        rounds.append(len(alice.fleeting) - count)
        count = len(alice.fleeting)
    running.cancel()
    assert max(rounds) <= 5
    assert len({one.userid for one in alice.fleeting if isinstance(one, Growth)}) == 100


def test_growth_ends_before_its_message_is_offered() -> None:
    alice = Receiver()
    process = Process(alice)
    process.grow("one", more=False)
    process.tell()
    process.hub.receive(Batch(0, (Entry(1, "text", "bot", "alice", "one.", "", 0, cid="a"),)))
    assert alice.fleeting[-1] == Growth("bot", "alice", "a", 0, "", is_done=True)
    assert process.growing.answers == {}


async def test_abandoned_answer_is_sent_as_it_is(
    stage: Stage, group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SILENT_SECONDS", 0)
    await stage.log_in("bob")
    growing = stage.run.growing
    # Charlie is not in the group.
    growing.grow("charlie", Grow(1, group.pk, "a", "nothing"), is_checked=True)
    growing.grow("alice", Grow(1, group.pk, "a", "half an answ"), is_checked=True)
    assert await stage.contents(1) == ["half an answ"]
    assert growing.answers == {}
    rows = Message.objects.filter(cid="a").values_list("sender", "content")
    assert await stage.run.threads.read(lambda: list(rows)) == [("alice", "half an answ")]
