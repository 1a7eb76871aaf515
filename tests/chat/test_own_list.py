"""What people do to their own lists, and what they are shown afterwards."""

import pytest

from chat.failures import CommandRefused
from chat.protocol.commands import QueryRecords
from chat.reading import selectors
from chat.reading.conversations import ListedConversation, conversations_of
from chat.reading.history import page
from chat.services import erasing
from chat.services.own_list import clear_history, mark_read, remove_from_list, update_settings
from groups.services import add_members, remove_members
from log.appending import Draft, append
from log.models import Conversation, Group
from log.rows import EDIT, Amendment, Entry, LogId, Recipient

FAR = 10**12


@pytest.fixture(params=["a person", "a group"])
def peer(request: pytest.FixtureRequest, group: Group) -> Recipient:
    """With whom Bob has a conversation, in which Alice has written."""
    recipient: Recipient = "alice" if request.param == "a person" else group.pk
    write(recipient, "first")
    return recipient


def write(peer: Recipient, content: str = "hi") -> LogId:
    """By Alice, to Bob or the group."""
    to = "bob" if isinstance(peer, str) else peer
    return append([Draft("text", "alice", to, content, "")]).batch.last


def listed() -> list[Recipient]:
    return [one.peer for one in conversations_of("bob")]


def one(peer: Recipient) -> ListedConversation:
    (result,) = conversations_of("bob", [peer])
    return result


def records(peer: Recipient) -> list[str]:
    query = QueryRecords(0, group=peer) if isinstance(peer, int) else QueryRecords(0, user=peer)
    return [entry.content for entry in page("bob", query, None)[0].entries]


def test_only_changed_preferences_are_reported(peer: Recipient) -> None:
    wishes: dict[str, bool | str] = {"archived": True, "draft": "Dear", "marked_unread": True}
    assert update_settings("bob", peer, **wishes) == wishes
    assert update_settings("bob", peer, archived=True, draft="Dear Alice") == {"draft": "Dear Alice"}
    assert (one(peer).own.archived, one(peer).own.draft, one(peer).own.pinned) == (True, "Dear Alice", False)


def test_a_removed_conversation_is_back_with_the_next_message(peer: Recipient) -> None:
    update_settings("bob", peer, pinned=True)
    remove_from_list("bob", peer)
    assert peer not in listed()
    assert one(peer).last, "it can still be opened"
    write(peer, "second")
    assert peer in listed()
    assert one(peer).own.pinned


def test_a_removed_group_is_back_after_leaving_and_joining(group: Group) -> None:
    write(group.pk)
    remove_from_list("bob", group.pk)
    remove_members(group.pk, ["bob"])
    add_members(group.pk, ["bob"])
    assert listed() == [group.pk]


def test_messages_after_clearing_are_visible(peer: Recipient) -> None:
    second = write(peer, "second")
    assert clear_history("bob", peer, second) == second
    assert (one(peer).last, one(peer).unread, records(peer)) == (None, 0, [])
    write(peer, "third")
    last = one(peer).last
    assert last
    assert (last.entry.content, one(peer).unread, records(peer)) == ("third", 1, ["third"])
    assert len(conversations_of("alice", ["bob" if isinstance(peer, str) else peer])) == 1


def test_cleared_messages_are_in_no_backlog_nor_is_what_they_say_now(peer: Recipient) -> None:
    (first, *_) = backlogs()["mirrored"]
    clear_history("bob", peer, FAR)
    append([Draft(EDIT, "alice", "bob" if isinstance(peer, str) else peer, "edited", "", target=first.id)])
    append([Draft("text", "charlie", "bob", "elsewhere", "")])
    write(peer, "second")
    for rows in backlogs().values():
        assert [row.content for row in rows] == ["elsewhere", "second"]


def backlogs() -> dict[str, list[Entry | Amendment]]:
    """What Bob's devices get from the beginning: the shipped apps, and others."""
    results = {
        "shipped": selectors.backlog("bob", 0, 10**9, 100)[0],
        "mirrored": selectors.mirrored_backlog("bob", 0, 10**9, 100)[0],
    }
    return {
        name: [row for row in rows if isinstance(row, Entry | Amendment)] for name, rows in results.items()
    }


def test_cleared_conversation_is_unchanged_for_the_other_person(peer: Recipient) -> None:
    clear_history("bob", peer, FAR)
    (of_alice,) = conversations_of("alice", ["bob" if isinstance(peer, str) else peer])
    assert of_alice.last


def test_no_later_message_is_cleared_and_none_comes_back(peer: Recipient) -> None:
    first = one(peer).last
    assert first
    assert clear_history("bob", peer, FAR) == first.entry.id
    assert clear_history("bob", peer, 1) == first.entry.id
    write(peer, "second")
    assert records(peer) == ["second"]


def test_a_cleared_conversation_can_be_removed(peer: Recipient) -> None:
    clear_history("bob", peer, FAR)
    remove_from_list("bob", peer)
    assert peer not in listed()
    write(peer)
    assert peer in listed()


def test_reading_ends_the_mark_of_being_unread(peer: Recipient) -> None:
    upto = write(peer)
    mark_read("bob", peer, upto)
    update_settings("bob", peer, marked_unread=True)
    marked = mark_read("bob", peer, upto)
    assert (marked.has_risen, marked.is_unmarked) == (False, True)
    assert not one(peer).own.marked_unread


def test_outsiders_have_no_such_list(peer: Recipient) -> None:
    with pytest.raises(CommandRefused):
        update_settings("charlie", peer, archived=True)
    with pytest.raises(CommandRefused):
        remove_from_list("charlie", peer)
    with pytest.raises(CommandRefused):
        clear_history("charlie", peer, FAR)
    assert not Conversation.objects.filter(user="charlie").exists()
    remove_from_list("bob", peer)
    assert Conversation.objects.filter(user="bob").exists()


def test_remark_about_an_erased_person_is_deleted(group: Group) -> None:
    write("alice")
    update_settings("bob", "alice", remark="Ali from the gym", draft="See you")
    erasing.delete_personal_data("alice")
    own = one("alice").own
    assert (own.remark, own.draft) == ("", "See you")
