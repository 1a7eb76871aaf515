"""What moderators do to messages is told to whom the message concerns, and undone."""

import json
import time
from collections.abc import Callable, Collection
from functools import partial
from typing import Any

import pytest

from accounts.codes import Name
from accounts.services import set_account_status
from chat.failures import CommandRefused
from chat.reading import pages, selectors
from chat.reading.conversations import conversations_of, unread_of
from chat.reading.pages import ConversationReader
from chat.services import moderating
from chat.services.blocks import block
from chat.services.moderating import MAX_MESSAGES, erase, recall, recent_message_ids, restore
from groups.services import add_members, remove_members
from log import positions
from log.amendments import Latest, latest_of
from log.appending import Draft, append
from log.models import Group, Message
from log.rows import EDIT, RECALL, Amendment, Entry, LogId, Recipient, Served
from tests.support.threads import at_once

END = 10**9
Act = Callable[[Collection[LogId]], list[Amendment]]


def write(sender: str, to: Recipient, content: str = "hi", **more: Any) -> LogId:
    return append([Draft(more.pop("kind", "text"), sender, to, content, "ext", **more)]).batch.last


def backlog(userid: str, after: LogId) -> list[Served]:
    rows, _ = selectors.backlog(userid, after, END, 10)
    return rows


def seen(userid: str, after: LogId = 0) -> list[str]:
    return [row.content for row in backlog(userid, after) if isinstance(row, Entry)]


def shown(userid: str, peer: Recipient) -> list[tuple[str, bool, bool]]:
    page = pages.latest_page(ConversationReader(userid, peer), 10)
    return [
        (one.entry.content, one.recalled, one.by_desk)
        for one in page.items
        if isinstance(one, pages.CurrentMessage)
    ]


@pytest.fixture
def message(group: Group) -> LogId:
    return write("alice", group.pk)


@pytest.mark.promise("json-23")
def test_recall_is_announced_and_undone(group: Group, message: LogId) -> None:
    (row,) = recall([message])
    assert row == Amendment(row.id, RECALL, "alice", group.pk, message, "", True, row.time, 0, by_desk=True)
    assert latest_of([message]) == {message: Latest(recalled=row.id, by_desk=True)}
    assert seen("bob") == []
    assert backlog("bob", message) == [row]
    assert shown("bob", group.pk) == [("", True, True)]
    (back,) = restore([message])
    assert latest_of([message]) == {}
    assert seen("bob") == ["hi"]
    assert shown("bob", group.pk) == [("hi", False, False)]
    assert backlog("bob", message) == [row, back]
    assert json.loads(back.content) == {
        "kind": "text",
        "content": "hi",
        "extension": "ext",
        "sent": Message.objects.get(pk=message).timet,
    }


@pytest.mark.parametrize("act", [recall, restore])
def test_repeated_moderation_changes_nothing(message: LogId, act: Act) -> None:
    if act is restore:
        recall([message])
    assert len(act([message])) == 1
    last = positions.last_id()
    assert act([message]) == []
    assert positions.last_id() == last


def test_recalls_are_stored_in_order_of_message_ids(group: Group) -> None:
    ids = [write("alice", to) for to in ("bob", group.pk, "alice")]
    rows = recall(ids[::-1])
    assert [row.target for row in rows] == ids
    assert [row.id for row in rows] == list(range(ids[-1] + 1, ids[-1] + 4))
    assert [row.target for row in restore(ids)] == ids


def test_recall_skips_recalled_messages(group: Group) -> None:
    ids = [write("alice", "bob") for _ in range(3)]
    write("alice", "bob", "", kind=RECALL, target=ids[1])
    assert [row.target for row in recall(ids)] == [ids[0], ids[2]]


def test_simultaneous_recalls_store_one_row_each(group: Group) -> None:
    ids = [write("alice", "bob") for _ in range(20)]
    for act in (recall, restore):
        done = at_once(*[partial(act, ids)] * 4)
        assert not any(isinstance(rows, Exception) for rows in done)
        assert sorted(row.target for rows in done if isinstance(rows, list) for row in rows) == ids
    assert len(set(at_once(*[partial(erase, ids[0])] * 4))) == 1


def test_number_of_recalled_messages_is_limited(message: LogId) -> None:
    with pytest.raises(ValueError, match=f"at most {MAX_MESSAGES}"):
        recall(range(MAX_MESSAGES + 1))


@pytest.mark.parametrize("act", [recall, restore, lambda ids: [erase(id_) for id_ in ids]])
def test_moderating_an_unknown_message_is_rejected(message: LogId, act: Act) -> None:
    (row,) = recall([message])
    last = positions.last_id()
    for wrong in (row.id, END):
        with pytest.raises(CommandRefused) as refused:
            act([wrong])
        assert refused.value.failure.name is Name.NOT_FOUND
    assert positions.last_id() == last


def test_moderation_works_whatever_the_author_may_do(group: Group, message: LogId) -> None:
    to_bob = write("alice", "bob")
    block("bob", "alice")
    remove_members(group.pk, ["alice"])
    set_account_status("alice", banned=True)
    assert len(recall([message, to_bob])) == 2
    assert len(restore([message, to_bob])) == 2


@pytest.mark.promise("json-23")
def test_restored_message_has_its_last_edit(group: Group, message: LogId) -> None:
    write("alice", group.pk, "first", kind=EDIT, target=message)
    edit = write("alice", group.pk, "last", kind=EDIT, target=message)
    recall([message])
    (back,) = restore([message])
    assert json.loads(back.content)["content"] == "last"
    assert latest_of([message]) == {message: Latest(edited=edit, content="last")}
    assert seen("bob") == ["last"]


def test_backlog_shows_a_restored_and_recalled_message_as_recalled(message: LogId) -> None:
    first = recall([message])[0]
    back = restore([message])[0]
    second = recall([message])[0]
    assert [getattr(row, "target", None) for row in backlog("bob", message)] == [message, None, message]
    assert [row.id for row in backlog("bob", message)] == [first.id, back.id, second.id]


def test_later_member_gets_the_recall_without_the_content(group: Group, message: LogId) -> None:
    add_members(group.pk, ["charlie"])
    joined = positions.last_id()
    (row,) = recall([message])
    restore([message])
    assert backlog("charlie", joined) == [row]


def test_message_recalled_by_its_author_is_not_restored(group: Group, message: LogId) -> None:
    taken = write("alice", group.pk, "", kind=RECALL, target=message)
    assert restore([message]) == []
    assert latest_of([message]) == {message: Latest(recalled=taken)}


def test_message_recalled_by_a_manager_can_be_restored(group: Group) -> None:
    message = write("bob", group.pk)
    write("alice", group.pk, "", kind=RECALL, target=message)
    assert len(restore([message])) == 1
    assert seen("alice") == ["hi"]


def test_recalled_message_is_not_unread_until_restored(group: Group) -> None:
    first, last = (write("alice", "bob", content) for content in "12")
    recall([first, last])
    assert unread_of("bob", "alice") == 0
    (listed,) = conversations_of("bob", ["alice"])
    assert listed.last
    assert (listed.last.recalled, listed.last.by_desk) == (True, True)
    restore([last])
    assert unread_of("bob", "alice") == 1
    (listed,) = conversations_of("bob", ["alice"])
    assert listed.last
    assert (listed.last.entry.content, listed.last.recalled) == ("2", False)


def test_history_of_shipped_apps_has_it_again(group: Group, message: LogId) -> None:
    def history() -> list[str]:
        return [entry.content for entry in selectors.group_history("bob", group.pk, 0, 10)[0]]

    recall([message])
    assert history() == []
    restore([message])
    assert history() == ["hi"]


class TestErase:
    def test_an_erased_message_says_nothing_in_any_version(self, group: Group, message: LogId) -> None:
        write("alice", group.pk, "secret", kind=EDIT, target=message)
        recall([message])
        restore([message])
        row = erase(message)
        assert latest_of([message]) == {message: Latest(recalled=row, by_desk=True)}
        assert seen("bob") == []
        about = Message.objects.filter(target=message) | Message.objects.filter(pk=message)
        assert set(about.values_list("content", flat=True)) == {""}
        assert Message.objects.get(pk=message).extension == ""

    def test_erasing_a_message_changes_no_other(self, group: Group, message: LogId) -> None:
        answer = write("bob", group.pk, "an answer", target=message)
        other = write("alice", group.pk, "another")
        erase(message)
        assert seen("alice") == ["an answer"]
        kept = Message.objects.filter(pk__in=[answer, other]).values_list("content", "extension")
        assert list(kept) == [("an answer", "ext"), ("another", "ext")]

    def test_repeated_erasure_returns_the_same_row(self, message: LogId) -> None:
        row = erase(message)
        assert erase(message) == row == positions.last_id()

    def test_erased_message_cannot_be_restored(self, message: LogId) -> None:
        row = erase(message)
        assert restore([message]) == []
        assert recall([message]) == []
        assert latest_of([message])[message].recalled == row

    def test_recalled_message_can_be_erased(self, group: Group, message: LogId) -> None:
        write("alice", group.pk, "", kind=RECALL, target=message)
        row = erase(message)
        assert latest_of([message]) == {message: Latest(recalled=row, by_desk=True)}
        assert Message.objects.get(pk=message).content == ""

    def test_erasure_without_its_log_row_is_rolled_back(
        self, message: LogId, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr("log.appending.insert", fail)
        with pytest.raises(ZeroDivisionError):
            erase(message)
        assert Message.objects.get(pk=message).content == "hi"


class TestRecent:
    def test_recent_messages_come_newest_first_and_bounded(self, group: Group) -> None:
        ids = [write("alice", to) for to in ("bob", group.pk, "alice")]
        write("bob", "alice")
        assert recent_message_ids("alice", int(time.time()) - 60, 10) == ids[::-1]
        assert recent_message_ids("alice", int(time.time()) - 60, 2) == ids[:0:-1]

    def test_recent_messages_skip_recalled_ones_and_amendments(self, group: Group, message: LogId) -> None:
        gone = write("alice", "bob")
        moderating.recall([gone])
        write("alice", group.pk, "edited", kind=EDIT, target=message)
        assert recent_message_ids("alice", 0, 10) == [message]

    def test_recent_messages_begin_at_the_given_time(self, message: LogId) -> None:
        assert recent_message_ids("alice", int(time.time()) + 60, 10) == []
        Message.objects.filter(pk__lte=message).update(timet=1000)
        later = write("alice", "bob")
        assert recent_message_ids("alice", 1001, 10) == [later]
