"""A person's conversations."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.codes import Name
from accounts.models import User
from accounts.services import ensure_users
from chat import failures
from chat.reading.conversation_statements import OwnSettings
from chat.reading.conversations import ListedConversation, conversations_of
from chat.reading.filling import LIGHT_CHARACTERS
from chat.services.own_list import update_settings
from groups.services import add_members, create_group, dissolve, remove_members
from log.appending import Draft, append
from log.models import Conversation, Group
from log.rows import EDIT, REACTION, RECALL, LogId, Recipient

# What nobody has set.
UNTOUCHED = OwnSettings(
    muted=False,
    pinned=False,
    archived=False,
    marked_unread=False,
    remark="",
    draft="",
    removed_id=0,
    cleared_id=0,
)


def write(sender: str, to: Recipient, content: str = "hi", **more: Any) -> LogId:
    kind = more.pop("kind", "text")
    return append([Draft(kind, sender, to, content, more.pop("extension", ""), **more)]).batch.last


def peers(userid: str) -> list[Recipient]:
    return [listed.peer for listed in conversations_of(userid)]


def one(userid: str, peer: Recipient) -> ListedConversation:
    (listed,) = conversations_of(userid, [peer])
    return listed


def last(userid: str, peer: Recipient) -> str | None:
    """The content of the last message."""
    last = one(userid, peer).last
    return last and last.entry.content


def test_conversations_have_title_last_message_and_unread(group: Group) -> None:
    User.objects.filter(pk="alice").update(nickname="Alice", avatar="/media/a.png")
    write("bob", group.pk, "to all")
    id_ = write("alice", "bob", "hello")
    with_alice, in_group = conversations_of("bob")
    assert with_alice.last
    assert (with_alice.last.entry.id, with_alice.last.entry.content) == (id_, "hello")
    assert with_alice == ListedConversation(
        "alice", "Alice", "/media/a.png", False, with_alice.last, 1, 0, "", UNTOUCHED._replace(request=True)
    )
    assert in_group.last
    assert in_group == ListedConversation(group.pk, "群", "", False, in_group.last, 0, 0, "member", UNTOUCHED)


def test_first_message_begins_a_conversation_for_both_people_only(group: Group) -> None:
    assert "bob" not in peers("alice")
    write("alice", "bob")
    assert "bob" in peers("alice")
    assert "alice" in peers("bob")
    assert peers("charlie") == []


def test_message_to_oneself_begins_a_conversation_without_unread(group: Group) -> None:
    write("charlie", "charlie", "a note")
    assert peers("charlie") == ["charlie"]
    assert (last("charlie", "charlie"), one("charlie", "charlie").unread) == ("a note", 0)


def test_the_latest_comes_first(group: Group) -> None:
    write("charlie", "alice")
    write("alice", "bob")
    assert peers("alice") == ["bob", "charlie", group.pk]
    write("bob", group.pk)
    assert peers("alice") == [group.pk, "bob", "charlie"]
    write("charlie", "alice")
    assert peers("alice") == ["charlie", group.pk, "bob"]


def test_group_without_messages_is_sorted_by_the_time_of_joining(group: Group) -> None:
    write("charlie", "alice")
    newer = create_group("alice", [], "新")
    assert peers("alice") == [newer.pk, "charlie", group.pk]
    assert one("alice", newer.pk).last is None


@pytest.mark.parametrize("peer", ["alice", "group"])
def test_a_new_group_comes_before_what_was_written_last(group: Group, peer: str) -> None:
    to = group.pk if peer == "group" else "bob"
    write("alice", to)
    new = create_group("alice", ["bob"], "新群")
    assert peers("bob")[:2] == [new.pk, group.pk if peer == "group" else "alice"]


def test_only_requested_conversations_are_listed(group: Group) -> None:
    write("alice", "bob")
    write("alice", "charlie")
    assert [listed.peer for listed in conversations_of("alice", ["bob", group.pk])] == ["bob", group.pk]
    assert conversations_of("alice", ["nobody", 987654321]) == []
    assert conversations_of("alice", []) == []
    assert conversations_of("nobody") == []


class TestLast:
    """The last message is one that the person may read, as it is now."""

    def test_reactions_and_notices_are_no_messages(self, group: Group) -> None:
        id_ = write("alice", group.pk, "hi")
        write("bob", group.pk, "👍", kind=REACTION, target=id_)
        add_members(group.pk, ["charlie"])
        assert last("alice", group.pk) == "hi"

    def test_an_edited_one_says_what_it_says_now(self, group: Group) -> None:
        id_ = write("alice", "bob", "helo")
        edit = write("alice", "bob", "hello", kind=EDIT, target=id_)
        last = one("bob", "alice").last
        assert last
        assert (last.entry.id, last.entry.content, last.edited, last.recalled) == (
            id_,
            "hello",
            edit,
            False,
        )

    def test_recalled_last_message_has_no_content(self, group: Group) -> None:
        id_ = write("alice", "bob", "oops", extension="and more")
        write("alice", "bob", "oh", kind=EDIT, target=id_)
        write("alice", "bob", "", kind=RECALL, target=id_)
        last = one("bob", "alice").last
        assert last
        assert last.recalled
        assert (last.entry.content, last.entry.extension, last.edited) == ("", "", None)

    def test_last_message_is_cut_when_long(self, group: Group) -> None:
        write("alice", "bob", "长" * LIGHT_CHARACTERS)
        last = one("bob", "alice").last
        assert last
        assert not last.is_cut
        assert len(last.entry.content) == LIGHT_CHARACTERS
        for content, extension in (("长" * 50_000, ""), ("hi", "长" * 50_000)):
            id_ = write("alice", "bob", content, extension=extension)
            last = one("bob", "alice").last
            assert last
            assert (last.entry.id, last.is_cut) == (id_, True)
            assert last.entry.content == content[:LIGHT_CHARACTERS]
            assert last.entry.extension == extension[:LIGHT_CHARACTERS]

    def test_last_message_shows_a_long_edit_cut(self, group: Group) -> None:
        id_ = write("alice", "bob", "short")
        write("alice", "bob", "长" * 50_000, kind=EDIT, target=id_)
        last = one("bob", "alice").last
        assert last
        assert (len(last.entry.content), last.is_cut) == (LIGHT_CHARACTERS, True)

    def test_later_member_has_no_last_message_from_before_joining(self, group: Group) -> None:
        write("alice", group.pk, "among us")
        add_members(group.pk, ["charlie"])
        assert last("bob", group.pk) == "among us"
        assert last("charlie", group.pk) is None

    def test_returning_member_has_the_last_message_from_before_leaving(self, group: Group) -> None:
        write("alice", group.pk, "while Bob is in")
        remove_members(group.pk, ["bob"])
        write("alice", group.pk, "while he is out")
        add_members(group.pk, ["bob"])
        assert last("bob", group.pk) == "while Bob is in"
        assert last("alice", group.pk) == "while he is out"


def test_a_group_is_there_only_for_its_members(group: Group) -> None:
    write("alice", group.pk)
    assert peers("bob") == [group.pk]
    remove_members(group.pk, ["bob"])
    assert peers("bob") == []
    assert peers("alice") == [group.pk]
    dissolve(group.pk)
    assert peers("alice") == []


class TestWishes:
    def test_wishes_are_kept_apart_for_each_conversation(self, group: Group) -> None:
        write("alice", "bob")
        for peer in ("alice", group.pk):
            update_settings("bob", peer, muted=True)
            update_settings("bob", peer, pinned=True)
            assert one("bob", peer).own[:2] == (True, True)
            update_settings("bob", peer, muted=False)
            assert one("bob", peer).own[:2] == (False, True)
        assert not one("alice", "bob").own.pinned
        assert not one("alice", group.pk).own.pinned

    def test_unchanged_conversation_stores_no_row(self, group: Group) -> None:
        update_settings("bob", group.pk)
        assert not Conversation.objects.exists()

    def test_preferences_without_a_conversation_are_rejected(self, group: Group) -> None:
        for peer in ("alice", "nobody", group.pk, 987654321):
            with pytest.raises(failures.CommandRefused) as refused:
                update_settings("charlie", peer, muted=True)
            assert refused.value.failure.name is Name.NOT_FOUND
        assert not Conversation.objects.exists()


def test_many_take_no_more_statements_than_few(group: Group) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            conversations_of("alice")
        return len(queries)

    write("bob", "alice")
    few = statements()
    others = [f"u{number}" for number in range(100)]
    ensure_users(others)
    append([Draft("text", other, "alice", "hi", "") for other in others])
    for number in range(20):
        create_group("alice", ["bob"], f"group {number}")
    assert len(peers("alice")) == 122
    assert statements() == few <= 11
