"""What became of a message is told wherever the message is given out."""

import tracemalloc
from typing import Any

import pytest

from chat.reading import selectors
from groups.services import add_members, remove_members
from log.amendments import AS_SENT, Latest, latest_of
from log.appending import Draft, append
from log.models import Group, Membership
from log.rows import EDIT, REACTION, RECALL, Entry, LogId, MembershipNotice, Recipient, Withheld

END = 10**9


def write(sender: str, to: Recipient, content: str, **more: Any) -> LogId:
    return append(
        [Draft(more.pop("kind", "text"), sender, to, content, more.pop("extension", ""), **more)]
    ).batch.last


@pytest.fixture
def message(group: Group) -> LogId:
    return write("alice", group.pk, "hi")


def seen(userid: str, after: LogId, limit: int = 10) -> list[str]:
    rows, _ = selectors.backlog(userid, after, END, limit)
    return [row.content for row in rows if isinstance(row, Entry)]


def test_a_message_is_as_it_was_sent(message: LogId) -> None:
    assert latest_of([message]) == {}


def test_an_edit_replaces_its_content(group: Group, message: LogId) -> None:
    write("alice", group.pk, "hello", kind=EDIT, target=message)
    last = write("alice", group.pk, "hello there", kind=EDIT, target=message)
    assert latest_of([message]) == {message: Latest(edited=last, content="hello there")}
    assert seen("bob", message - 1) == ["hello there"]


def test_recalled_message_is_withheld(group: Group, message: LogId) -> None:
    recall = write("alice", group.pk, "", kind=RECALL, target=message)
    write("alice", group.pk, "again", kind=EDIT, target=message)
    write("alice", group.pk, "", kind=RECALL, target=message)
    assert latest_of([message]) == {message: Latest(recalled=recall)}
    rows, _ = selectors.backlog("bob", message - 1, END, 10)
    assert rows[0] == Withheld(message)
    assert seen("bob", message - 1) == []


def test_edits_of_recalled_message_are_withheld(group: Group, message: LogId) -> None:
    edit = write("alice", group.pk, "hello", kind=EDIT, target=message)
    assert _backlog("bob", message) == [(edit, "hello")]
    write("alice", group.pk, "", kind=RECALL, target=message)
    assert _backlog("bob", message)[0] == (edit, None)


def test_latest_of_several_edits_is_sent(group: Group, message: LogId) -> None:
    first, last = (write("alice", group.pk, content, kind=EDIT, target=message) for content in ("a", "b"))
    assert _backlog("bob", message) == [(first, None), (last, "b")]


def test_replaced_edits_are_not_read(group: Group, message: LogId) -> None:
    for _ in range(20):
        write("alice", group.pk, "long" * 10_000, kind=EDIT, target=message)
    last = write("alice", group.pk, "short", kind=EDIT, target=message)
    tracemalloc.start()
    try:
        latest = latest_of([message])
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert latest == {message: Latest(edited=last, content="short")}
    assert most < 10 * 40_000


def _backlog(userid: str, after: LogId) -> list[tuple[LogId, str | None]]:
    """Each row, and what it says; None if it is withheld."""
    rows, _ = selectors.backlog(userid, after, END, 10)
    return [(row.id, None if isinstance(row, Withheld) else getattr(row, "content", "")) for row in rows]


@pytest.mark.parametrize("to_group", [True, False])
def test_history_page_has_no_recalled_messages(group: Group, to_group: bool) -> None:
    to: Recipient = group.pk if to_group else "bob"
    ids = [write("alice", to, content) for content in "123"]
    for recalled in ids[:2]:
        write("alice", to, "", kind=RECALL, target=recalled)
    after = ids[0] - 1
    if to_group:
        page, more = selectors.group_history("bob", group.pk, after, 1)
    else:
        page, more = selectors.unicast_history("bob", "alice", after, 1)
    assert ([entry.content for entry in page], more) == (["3"], False)


def test_a_page_of_long_edits_is_not_longer_than_others(group: Group) -> None:
    ids = [write("alice", group.pk, "short") for _ in range(10)]
    for id_ in ids:
        write("alice", group.pk, "long" * 10_000, kind=EDIT, target=id_)
    rows, more = selectors.backlog("bob", ids[0] - 1, ids[-1], 100)
    assert len(rows) == 7
    assert more


class TestWhoIsOutside:
    """Of what is done to a message while somebody is not in the group, they are told that it is recalled."""

    def test_former_member_sees_text_of_their_time(self, group: Group, message: LogId) -> None:
        remove_members(group.pk, ["bob"])
        edit = write("alice", group.pk, "secret", kind=EDIT, target=message)
        assert latest_of([message], "bob") == {message: AS_SENT}
        assert seen("bob", message - 1) == ["hi"]
        assert latest_of([message], "alice") == {message: Latest(edited=edit, content="secret")}

    def test_member_of_many_periods_sees_text_of_their_time(self, group: Group, message: LogId) -> None:
        known = write("alice", group.pk, "hello", kind=EDIT, target=message)
        remove_members(group.pk, ["bob"])
        write("alice", group.pk, "secret", kind=EDIT, target=message)
        Membership.objects.bulk_create(
            Membership(group=group, user_id="bob", since_id=id_, until_id=id_ + 2, last_id=id_ + 1)
            for id_ in range(END, END + 3300, 3)
        )
        assert latest_of([message], "bob") == {message: Latest(edited=known, content="hello")}
        assert seen("bob", message - 1) == ["hello"]

    def test_former_member_loses_recalled_message(self, group: Group, message: LogId) -> None:
        remove_members(group.pk, ["bob"])
        recall = write("alice", group.pk, "", kind=RECALL, target=message)
        assert latest_of([message], "bob") == {message: Latest(recalled=recall)}
        assert seen("bob", message - 1) == []

    def test_new_member_gets_no_edits_of_earlier_messages(self, group: Group, message: LogId) -> None:
        add_members(group.pk, ["charlie"])
        write("alice", group.pk, "secret", kind=EDIT, target=message)
        write("alice", group.pk, "👍", kind=REACTION, target=message)
        recall = write("alice", group.pk, "", kind=RECALL, target=message)
        later = write("alice", group.pk, "hi, Charlie")
        edit = write("alice", group.pk, "hello, Charlie", kind=EDIT, target=later)
        rows, _ = selectors.mirrored_backlog("charlie", message, END, 10)
        assert [row.id for row in rows if not isinstance(row, MembershipNotice)] == [recall, later, edit]
