"""Texts are looked at before they are accepted, by whichever way they come."""

import asyncio
from collections.abc import Iterator

import pytest

from accounts.authentication.authentication import Person
from chat.delivery.connection.session import Session
from chat.failures import CommandRefused
from chat.protocol.commands import Amend, Send
from chat.protocol.kinds.files import stored_content
from chat.protocol.replies import Accepted, Amended
from chat.services import screening, sending
from log.appending import Draft, append
from log.models import Group, HeldMessage, Message
from log.rows import EDIT, HELD, LogId, Recipient
from tests.chat.test_device_session import Device
from tests.support.screen import Rules, installed, rules_in_force
from tests.support.stage import Stage, unicast

ALICE = Person("alice", muted=False, delivered_id=0)


@pytest.fixture
def rules() -> Iterator[Rules]:
    with rules_in_force() as rules:
        yield rules


def send(content: str, to: Recipient = "bob", kind: str = "text", cid: str | None = None) -> Accepted:
    return sending.send_in_thread(
        ALICE, Send(kind, to, content, "ext", cid), "192.0.2.1", "http://chat.example"
    )


def stored() -> list[str]:
    return list(Message.objects.filter(kind="text").order_by("id").values_list("content", flat=True))


def test_text_is_unchanged_without_screening() -> None:
    with installed(None):
        assert screening.screened("alice", Send("text", "bob", "block", "")) == ("text", "block")


def test_screening_passes_masks_holds_or_refuses_text(group: Group, rules: Rules) -> None:
    assert screening.screened("alice", Send("text", "bob", "hi", "")) == ("text", "hi")
    assert screening.screened("alice", Send("text", "bob", "mask", "")) == ("text", "****")
    assert screening.screened("alice", Send("text", group.pk, "hold", "")) == (HELD, "hold")
    with pytest.raises(CommandRefused, match="this message is not allowed"):
        screening.screened("alice", Send("text", "bob", "block", ""))
    assert rules.checked[:2] == [("alice", "bob", "hi"), ("alice", "bob", "mask")]
    assert rules.checked[2:] == [("alice", group.pk, "hold"), ("alice", "bob", "block")]


def test_rules_screen_emotion_codes(rules: Rules) -> None:
    """Clients show a code that they do not know as it is."""
    with pytest.raises(CommandRefused, match="not allowed"):
        screening.screened("alice", Send("emotion", "bob", "block", ""))


def test_a_file_is_held_or_refused_by_its_name(rules: Rules) -> None:
    def named(name: str) -> Send:
        return Send("file", "bob", stored_content("/files/block.file", name, 1), "")

    assert screening.screened("alice", named("ok.txt")) == ("file", "/files/block.file#1/ok.txt")
    assert screening.screened("alice", named("hold.txt")) == (HELD, "/files/block.file#1/hold.txt")
    for name in ("mask.txt", "block.txt"):
        with pytest.raises(CommandRefused, match="not allowed"):
            screening.screened("alice", named(name))


def test_the_address_of_a_picture_is_no_text(rules: Rules) -> None:
    assert screening.screened("alice", Send("picture", "bob", "block", "")) == ("picture", "block")
    assert rules.checked == []


class TestCalls:
    def test_masked_call_is_stored_masked_and_reported_to_the_sender(
        self, group: Group, rules: Rules
    ) -> None:
        assert send("a mask").content == "a ****"
        assert send("hi").content is None
        assert stored() == ["a ****", "hi"]

    def test_blocked_call_is_not_stored(self, group: Group, rules: Rules) -> None:
        with pytest.raises(CommandRefused, match="not allowed"):
            send("block this")
        assert stored() == []

    def test_held_call_is_answered_like_a_delivered_one(self, group: Group, rules: Rules) -> None:
        first, again = send("hold", cid="x"), send("hold", cid="x")
        assert first.is_new
        assert again == first._replace(is_new=False)
        assert stored() == []
        (held,) = HeldMessage.objects.all()
        assert (held.pk, held.content, held.timet) == (first.id, "hold", first.time)


class TestSockets:
    async def test_masked_socket_message_is_delivered_masked(self, stage: Stage, rules: Rules) -> None:
        alice, _ = await stage.log_in("alice"), await stage.log_in("bob")
        await stage.send(alice, unicast("a mask"))
        assert await stage.contents(1) == ["a ****"]

    async def test_sender_gets_the_masked_text(self, stage: Stage, rules: Rules) -> None:
        alice = await Device(stage, "alice").begin()
        await alice.send("bob", "a mask")
        await alice.send("bob", "hi")
        contents = [answer.content for answer in alice.answers if isinstance(answer, Accepted)]
        assert contents == ["a ****", None]

    async def test_a_long_text_is_masked_in_turns_before_what_comes_after_it(
        self, stage: Stage, rules: Rules
    ) -> None:
        alice, _ = await stage.log_in("alice"), await stage.log_in("bob")
        came_round: list[None] = []
        asyncio.get_running_loop().call_soon(came_round.append, None)
        rules.between = lambda: between.append(len(came_round))
        between: list[int] = []
        long = "a mask " + "x" * screening.MAX_CHARACTERS_AT_ONCE
        await stage.send(alice, unicast(long))
        await stage.send(alice, unicast("after"))
        assert await stage.contents(2) == [long.replace("mask", "****"), "after"]
        assert between == [1, 1]

    async def test_a_long_text_that_is_blocked_is_refused(self, stage: Stage, rules: Rules) -> None:
        alice = await stage.log_in("alice")
        with pytest.raises(CommandRefused, match="not allowed"):
            await stage.send(alice, unicast("block " + "x" * screening.MAX_CHARACTERS_AT_ONCE))
        assert await stage.run.threads.read(stored) == []

    async def test_sender_banned_while_a_long_text_is_screened_does_not_send(
        self, stage: Stage, rules: Rules
    ) -> None:
        alice = await stage.log_in("alice")
        rules.between = alice._permit.end_banned
        with pytest.raises(CommandRefused):
            await stage.send(alice, unicast("x" * (screening.MAX_CHARACTERS_AT_ONCE + 1)))
        assert await stage.run.threads.read(stored) == []

    async def test_blocked_socket_message_is_refused(self, stage: Stage, rules: Rules) -> None:
        alice: Session = await stage.log_in("alice")
        with pytest.raises(CommandRefused, match="not allowed"):
            await stage.send(alice, unicast("block"))
        assert await stage.run.threads.read(stored) == []

    async def test_held_socket_message_is_answered_and_not_delivered(
        self, stage: Stage, rules: Rules
    ) -> None:
        alice, there = await Device(stage, "alice").begin(), await Device(stage, "alice").begin()
        bob = await Device(stage, "bob").begin()
        await alice.send("bob", "hold")
        await alice.send("bob", "after")
        held, after = alice.answers
        assert isinstance(held, Accepted)
        assert isinstance(after, Accepted)
        assert after.id == held.id + 1
        for device in (there, bob):
            await device.gets(lambda device=device: device.contents == ["after"])  # type: ignore[misc]
            assert device.events == ["caught_up", "message"]

    async def test_held_message_is_not_in_the_backlog(self, stage: Stage, rules: Rules) -> None:
        alice = await Device(stage, "alice").begin()
        await alice.send("bob", "hold")
        for userid in ("alice", "bob"):
            assert (await Device(stage, userid).begin(since=0)).contents == []


class TestEdits:
    async def edit(self, stage: Stage, content: str) -> Device:
        target = await self.message(stage)
        alice = await Device(stage, "alice").begin()
        await alice.session.do(Amend(EDIT, target, content), alice.answers.append)
        await stage.run.writer.drain()
        await alice.gets(lambda: bool(alice.answers))
        return alice

    async def message(self, stage: Stage) -> LogId:
        await stage.written(lambda: append([Draft("text", "alice", "bob", "hi", "")]))
        return stage.run.hub.cursor

    async def test_masked_edit_is_stored_masked(self, stage: Stage, rules: Rules) -> None:
        alice = await self.edit(stage, "a mask")
        assert isinstance(alice.answers[0], Amended)
        assert alice.answers[0].content == "a ****"
        bob = await Device(stage, "bob").begin(since=0)
        assert bob.contents == ["a ****"]

    @pytest.mark.promise("json-9")
    @pytest.mark.parametrize("content", ["block", "hold"])
    async def test_edit_that_would_be_held_is_refused(self, stage: Stage, rules: Rules, content: str) -> None:
        with pytest.raises(CommandRefused, match="not allowed"):
            await self.edit(stage, content)
        bob = await Device(stage, "bob").begin(since=0)
        assert bob.contents == ["hi"]
