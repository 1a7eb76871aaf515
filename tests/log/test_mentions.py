"""How many unread messages mention a person."""

from typing import Any

from chat.reading.conversations import conversations_of
from chat.services.moderating import erase, restore
from chat.services.own_list import clear_history, mark_read
from groups.services import add_members, remove_members
from log.appending import Draft, append
from log.details import decoded, with_mentions
from log.models import Group, Mention
from log.rows import EDIT, RECALL, LogId


def write(sender: str, group: Group, *mentions: str, **more: Any) -> LogId:
    draft = Draft("text", sender, group.pk, "look", "", details=with_mentions("", mentions))
    return append([draft._replace(**more)]).batch.last


def mentioned(userid: str, group: Group) -> int:
    (listed,) = conversations_of(userid, [group.pk])
    assert listed.mentioned <= listed.unread
    return listed.mentioned


def test_unread_mentions_by_others_are_counted(group: Group) -> None:
    write("alice", group)
    first = write("alice", group, "bob", "alice")
    write("alice", group, "*", "bob")
    write("bob", group, "bob")
    assert (mentioned("bob", group), mentioned("alice", group)) == (2, 0)
    mark_read("bob", group.pk, first)
    assert mentioned("bob", group) == 1


def test_a_message_counts_as_it_is_now(group: Group) -> None:
    plain, naming = write("alice", group), write("alice", group, "bob")
    write("alice", group, "bob", kind=EDIT, target=plain)
    assert mentioned("bob", group) == 2
    write("alice", group, kind=EDIT, target=naming)
    assert mentioned("bob", group) == 1
    write("alice", group, kind=RECALL, target=plain, content="", extension="desk")
    assert mentioned("bob", group) == 0
    restore([plain])
    assert mentioned("bob", group) == 1
    erase(plain)
    assert mentioned("bob", group) == 0
    assert not Mention.objects.filter(message_id=plain).exists()


def test_cleared_mention_is_not_counted(group: Group) -> None:
    clear_history("bob", group.pk, write("alice", group, "bob"))
    assert mentioned("bob", group) == 0


def test_new_member_has_no_earlier_mentions(group: Group) -> None:
    write("alice", group, "*", "charlie")
    add_members(group.pk, ["charlie"])
    assert mentioned("charlie", group) == 0
    write("alice", group, "charlie")
    assert mentioned("charlie", group) == 1
    remove_members(group.pk, ["charlie"])
    add_members(group.pk, ["charlie"])
    assert mentioned("charlie", group) == 1


def test_mentions_name_members_and_everybody_needs_a_manager(group: Group) -> None:
    outcomes = append(
        [
            Draft("text", "bob", group.pk, "a", "", details=with_mentions("", ["*", "charlie", "alice"])),
            Draft("text", "bob", "alice", "b", "", details=with_mentions("", ["alice"])),
            Draft("text", "alice", group.pk, "c", "", details=with_mentions("", ["*"])),
        ]
    ).outcomes
    assert [decoded(getattr(row, "details", "")) for row in outcomes] == [
        {"mentions": ["alice"]},
        {},
        {"mentions": ["*"]},
    ]
