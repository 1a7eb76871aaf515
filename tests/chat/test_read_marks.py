"""How far a person has read, what is unread after it, and whether others are told."""

from typing import Any

import pytest
from pytest_django import Settings

from accounts.codes import Name
from chat import failures
from chat.reading.conversation_statements import MAX_UNREAD_MESSAGES
from chat.reading.conversations import conversations_of, sends_receipts, unread_of
from chat.services.blocks import block
from chat.services.own_list import ReadMarkResult, mark_read
from groups.services import add_members, create_group, remove_members
from log import appending, changes
from log.appending import Draft, append
from log.models import Conversation, Group
from log.rows import EDIT, HELD, REACTION, RECALL, LogId, Recipient
from tests.support.settings import override
from tests.support.threads import at_once

FAR = 10**9


def write(sender: str, to: Recipient, content: str = "hi", **more: Any) -> LogId:
    return append([Draft(more.pop("kind", "text"), sender, to, content, "", **more)]).batch.last


@pytest.fixture(params=["unicast", "group"])
def place(request: pytest.FixtureRequest, group: Group) -> tuple[Recipient, Recipient]:
    """Where Alice writes to Bob, and where he reads it."""
    return ("bob", "alice") if request.param == "unicast" else (group.pk, group.pk)


def test_marking_read_leaves_unread_what_comes_after(place: tuple[Recipient, Recipient]) -> None:
    to, peer = place
    first, second = write("alice", to), write("alice", to)
    assert unread_of("bob", peer) == 2
    assert mark_read("bob", peer, first) == ReadMarkResult(first, 1, True)
    assert unread_of("bob", peer) == 1
    assert mark_read("bob", peer, second) == ReadMarkResult(second, 0, True)
    (listed,) = conversations_of("bob", [peer])
    assert (listed.read, listed.unread) == (second, 0)


@pytest.mark.promise("json-15")
def test_a_mark_never_falls(place: tuple[Recipient, Recipient]) -> None:
    to, peer = place
    first, second = write("alice", to), write("alice", to)
    mark_read("bob", peer, second)
    for upto in (second, first, 0, -1):
        assert mark_read("bob", peer, upto) == ReadMarkResult(second, 0, False)


@pytest.mark.promise("json-15")
def test_read_mark_ends_at_the_last_message(place: tuple[Recipient, Recipient], group: Group) -> None:
    to, peer = place
    id_ = write("alice", to)
    write("alice", "charlie")
    assert mark_read("bob", peer, FAR) == ReadMarkResult(id_, 0, True)
    write("alice", to)
    assert unread_of("bob", peer) == 1


def test_read_mark_may_end_at_ones_own_held_message(group: Group) -> None:
    """Its sender believes it sent. To others the mark ends before it."""
    for peer in ("bob", group.pk):
        sent = write("alice", peer)
        first, last = write("alice", peer, kind=HELD), write("alice", peer, kind=HELD)
        other = "alice" if peer == "bob" else peer
        assert mark_read("bob", other, FAR).upto == sent
        assert mark_read("alice", peer, first).upto == first
        assert mark_read("alice", peer, FAR).upto == last


def test_highest_of_simultaneous_read_marks_wins(place: tuple[Recipient, Recipient]) -> None:
    to, peer = place
    ids = [write("alice", to) for _ in range(20)]
    marked = at_once(*(lambda upto=upto: _note(upto, peer) for upto in ids))
    assert marked == [None] * len(ids)
    assert mark_read("bob", peer, 0) == ReadMarkResult(ids[-1], 0, False)


def _note(upto: LogId, peer: Recipient) -> None:
    assert mark_read("bob", peer, upto).upto >= upto


def test_each_person_has_one_of_their_own(place: tuple[Recipient, Recipient], group: Group) -> None:
    to, peer = place
    write("alice", to)
    mark_read("bob", peer, FAR)
    write("bob", "alice" if peer == "alice" else peer)
    assert unread_of("alice", "bob" if peer == "alice" else peer) == 1
    assert unread_of("bob", peer) == 0


def test_own_messages_are_not_unread(place: tuple[Recipient, Recipient]) -> None:
    to, peer = place
    write("alice", to)
    write("bob", peer)
    assert unread_of("bob", peer) == 1
    (listed,) = conversations_of("bob", [peer])
    assert listed.read == 0


def test_recalls_edits_and_reactions_are_not_unread(place: tuple[Recipient, Recipient]) -> None:
    to, peer = place
    first, second = write("alice", to), write("alice", to)
    for kind, content in ((EDIT, "hello"), (REACTION, "👍")):
        write("alice", to, content, kind=kind, target=first)
    assert unread_of("bob", peer) == 2
    write("alice", to, "", kind=RECALL, target=second)
    assert unread_of("bob", peer) == 1
    write("alice", to, "", kind=RECALL, target=second)
    assert unread_of("bob", peer) == 1


def test_counting_stops(place: tuple[Recipient, Recipient], monkeypatch: pytest.MonkeyPatch) -> None:
    to, peer = place
    append([Draft("text", "alice", to, "hi", "") for _ in range(MAX_UNREAD_MESSAGES + 5)])
    assert unread_of("bob", peer) == MAX_UNREAD_MESSAGES
    assert mark_read("bob", peer, FAR).unread == 0


class TestInGroups:
    """Unread is what the person could read: as long as the person was in the group."""

    def test_messages_from_before_joining_are_not_unread(self, group: Group) -> None:
        write("alice", group.pk)
        add_members(group.pk, ["charlie"])
        assert unread_of("charlie", group.pk) == 0
        write("alice", group.pk)
        assert (unread_of("charlie", group.pk), unread_of("bob", group.pk)) == (1, 2)

    def test_messages_while_outside_the_group_are_not_unread(self, group: Group) -> None:
        write("alice", group.pk, "in")
        remove_members(group.pk, ["bob"])
        write("alice", group.pk, "out")
        assert unread_of("bob", group.pk) == 0  # there is no conversation
        add_members(group.pk, ["bob"])
        assert unread_of("bob", group.pk) == 1
        write("alice", group.pk, "in again")
        assert unread_of("bob", group.pk) == 2

    def test_a_mark_in_an_earlier_period_counts(self, group: Group) -> None:
        first = write("alice", group.pk)
        second = write("alice", group.pk)
        remove_members(group.pk, ["bob"])
        add_members(group.pk, ["bob"])
        third = write("alice", group.pk)
        assert mark_read("bob", group.pk, first) == ReadMarkResult(first, 2, True)
        assert mark_read("bob", group.pk, second) == ReadMarkResult(second, 1, True)
        assert mark_read("bob", group.pk, FAR) == ReadMarkResult(third, 0, True)

    def test_counting_stops_over_all_periods(self, group: Group) -> None:
        for _ in range(2):
            append([Draft("text", "alice", group.pk, "hi", "") for _ in range(MAX_UNREAD_MESSAGES)])
            remove_members(group.pk, ["bob"])
            add_members(group.pk, ["bob"])
        assert unread_of("bob", group.pk) == MAX_UNREAD_MESSAGES

    def test_a_group_without_messages_has_nothing_to_mark(self, group: Group) -> None:
        assert mark_read("bob", group.pk, FAR) == ReadMarkResult(0, 0, False)
        assert not Conversation.objects.exists()


def test_read_mark_needs_a_conversation(group: Group) -> None:
    write("alice", group.pk)
    write("alice", "bob")
    others: list[tuple[str, Recipient]] = [
        ("charlie", group.pk),
        ("charlie", "alice"),
        ("charlie", "nobody"),
        ("bob", 987654321),
    ]
    for userid, peer in others:
        with pytest.raises(failures.CommandRefused) as refused:
            mark_read(userid, peer, FAR)
        assert refused.value.failure.name is Name.NOT_FOUND
        assert unread_of(userid, peer) == 0
    assert mark_read("bob", group.pk, FAR).has_risen


def test_removed_member_cannot_mark_as_read(group: Group) -> None:
    other = create_group("alice", ["bob"], "二")
    write("alice", other.pk)
    remove_members(other.pk, ["bob"])
    with pytest.raises(failures.CommandRefused):
        mark_read("bob", other.pk, FAR)
    assert not Conversation.objects.exists()


def test_blocks_are_no_messages(group: Group) -> None:
    write("alice", "bob")
    mark_read("bob", "alice", FAR)
    changes.append_block("alice", "bob", is_on=True)
    assert unread_of("bob", "alice") == 0


def test_read_mark_reaches_the_other_person(group: Group) -> None:
    assert sends_receipts("alice", "bob", 1)


def test_read_mark_is_not_sent_to_groups(group: Group) -> None:
    assert not sends_receipts("alice", group.pk, 1)


def test_receipt_of_messages_to_oneself_is_not_sent(group: Group) -> None:
    assert not sends_receipts("alice", "alice", 1)


@pytest.mark.parametrize(("blocker", "blocked"), [("alice", "bob"), ("bob", "alice")])
def test_receipts_are_not_sent_between_blocked_people(group: Group, blocker: str, blocked: str) -> None:
    block(blocker, blocked)
    assert not sends_receipts("alice", "bob", 1)
    assert not sends_receipts("bob", "alice", 1)
    assert sends_receipts("alice", "charlie", 1)


def test_the_operator_may_switch_it_off(group: Group, settings: Settings) -> None:
    override(settings, read_receipts=False)
    assert not sends_receipts("alice", "bob", 1)


def test_receipt_of_a_held_message_is_not_sent(group: Group) -> None:
    held = appending.append([Draft(HELD, "alice", "bob", "hello", "")]).batch.last
    assert not sends_receipts("alice", "bob", held)
    assert sends_receipts("bob", "alice", held), "it is not theirs"
