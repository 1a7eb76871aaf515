"""Searching: everybody finds the texts that they may read, and no others."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.services import ensure_users
from chat import selectors
from chat.log import Draft, append
from chat.models import Message
from chat.protocol.rows import EDIT, RECALL, LogId, Recipient
from chat.readers import fulltext
from chat.readers import search as module
from chat.readers.fulltext import Document
from chat.readers.reader import step
from chat.readers.search import search
from chat.readers.search_index import SearchIndex, reader_word
from groups.models import Group
from groups.services import add_members, create_group, remove_members

pytestmark = pytest.mark.usefixtures("empty_index")


def say(sender: str, to: Recipient, content: str, kind: str = "text", **more: Any) -> LogId:
    """Write, and let the index know."""
    id_ = append([Draft(kind, sender, to, content, "", **more)]).batch.last
    follow()
    return id_


def follow() -> None:
    index = SearchIndex()
    while (step(index) or 0) < selectors.last_id():
        pass


def found(userid: str, text: str, **more: Any) -> list[LogId]:
    return search(userid, text, **more)[0]


def test_it_works(group: Group) -> None:
    first, second = say("alice", "bob", "Hello, 今天天气很好"), say("bob", group.pk, "hello again")
    assert search("bob", "HELLO") == ([second, first], False)
    assert search("bob", "天气 hello") == ([first], False)
    assert search("bob", "bye") == ([], False)


def test_both_of_a_conversation_find_it_and_nobody_else(group: Group) -> None:
    message = say("alice", "bob", "hello")
    assert found("alice", "hello") == found("bob", "hello") == [message]
    assert found("charlie", "hello") == []


def test_members_find_what_is_said_in_the_group_and_nobody_else(group: Group) -> None:
    message = say("alice", group.pk, "hello")
    assert found("alice", "hello") == found("bob", "hello") == [message]
    assert found("charlie", "hello") == found("charlie", "hello", peer=group.pk) == []


def test_who_joins_finds_what_is_said_from_then_on(group: Group) -> None:
    say("alice", group.pk, "hello")
    add_members(group.pk, ["charlie"])
    later = say("alice", group.pk, "hello")
    assert found("charlie", "hello") == [later]


def test_who_leaves_finds_what_was_said_until_then(group: Group) -> None:
    before = say("alice", group.pk, "hello")
    remove_members(group.pk, ["bob"])
    say("alice", group.pk, "hello")
    assert found("bob", "hello") == found("bob", "hello", peer=group.pk) == [before]


@pytest.mark.parametrize("portion", [1, 2, 3, 100])
def test_who_comes_and_goes_finds_what_was_said_meanwhile(
    group: Group, monkeypatch: pytest.MonkeyPatch, portion: int
) -> None:
    monkeypatch.setattr(module, "FIRST", portion)
    heard, other = [], create_group("alice", ["bob"], "other").pk
    for _ in range(3):
        heard += [say("alice", group.pk, "hello"), say("alice", other, "hello"), say("bob", "bob", "hello")]
        remove_members(group.pk, ["bob"])
        say("alice", group.pk, "hello")
        say("alice", group.pk, "hello")
        heard += [say("alice", other, "hello")]
        add_members(group.pk, ["bob"])
    assert found("bob", "hello") == heard[::-1]
    assert found("bob", "hello", peer=group.pk) == heard[::4][::-1]


def test_a_group_that_went_on_without_somebody_does_not_hide_the_rest(
    group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FIRST", 5)
    monkeypatch.setattr(module, "MOST", 20)
    before = say("alice", group.pk, "hello")
    note = say("bob", "bob", "hello")
    remove_members(group.pk, ["bob"])
    append([Draft("text", "alice", group.pk, "hello", "")] * 100)
    follow()
    assert found("bob", "hello") == [note, before]


def test_a_conversation(group: Group) -> None:
    ensure_users(["charlie"])
    here, there = say("bob", "alice", "hello"), say("charlie", "bob", "hello")
    both, note = say("bob", group.pk, "hello"), say("bob", "bob", "hello")
    assert found("bob", "hello", peer="alice") == [here]
    assert found("bob", "hello", peer="charlie") == [there]
    assert found("bob", "hello", peer=group.pk) == [both]
    assert found("bob", "hello", peer="bob") == [note]
    assert found("bob", "hello", peer="nobody") == found("bob", "hello", peer=10**6) == []


def test_a_sender(group: Group) -> None:
    ours, theirs = say("bob", "alice", "hello"), say("alice", "bob", "hello")
    in_group = say("alice", group.pk, "hello")
    assert found("bob", "hello", sender="alice") == [in_group, theirs]
    assert found("bob", "hello", sender="bob") == [ours]
    assert found("bob", "hello", sender="alice", peer="alice") == [theirs]


def test_only_texts_are_found(group: Group) -> None:
    text = say("alice", "bob", "hello")
    say("alice", "bob", "hello", "picture")
    assert found("bob", "hello") == found("bob", "hello", kind="text") == [text]
    assert found("bob", "hello", kind="picture") == []


def test_pages(group: Group) -> None:
    ids = [say("alice", "bob", f"hello {number}") for number in range(5)][::-1]
    page, more = search("bob", "hello", limit=2)
    assert (page, more) == (ids[:2], True)
    page, more = search("bob", "hello", limit=2, before=page[-1])
    assert (page, more) == (ids[2:4], True)
    assert search("bob", "hello", limit=2, before=page[-1]) == (ids[4:], False)
    assert search("bob", "hello", before=ids[-1]) == ([], False)


def test_more_than_are_asked_of_the_index_at_once(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST", 2)
    ids = [row.id for row in append([Draft("text", "alice", "bob", "hello", "")] * 50).batch.rows]
    follow()
    assert search("bob", "hello", limit=40) == (ids[:9:-1], True)
    assert search("bob", "hello", limit=50) == (ids[::-1], False)


def test_more_groups_than_are_asked_for_at_once(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GROUPS_AT_ONCE", 2)
    groups = [create_group("alice", ["bob"], f"{number}").pk for number in range(5)]
    places: list[Recipient] = [*groups, group.pk, "bob", *groups]
    ids = [say("alice", to, "hello") for to in places]
    assert found("bob", "hello") == ids[::-1]
    assert search("bob", "hello", limit=3) == (ids[:-4:-1], True)


def test_an_edited_text_is_found_by_what_it_says_now(group: Group) -> None:
    message = say("alice", "bob", "hello")
    say("alice", "bob", "bye", EDIT, target=message)
    assert (found("bob", "hello"), found("bob", "bye")) == ([], [message])


@pytest.mark.parametrize("kind", [EDIT, RECALL])
def test_what_is_recalled_or_edited_is_gone_before_the_index_knows(group: Group, kind: str) -> None:
    message = say("alice", "bob", "hello")
    append([Draft(kind, "alice", "bob", "", "", target=message)])
    assert found("bob", "hello") == []


def test_what_stands_apart_is_not_found_together(group: Group) -> None:
    message = say("alice", "bob", "大天 气天大 天气")
    assert found("bob", "天气") == [message]
    assert found("bob", "大天气") == []


# Each but the last ones asks for a word that is not there, if none of it is an operator.
NOT_FOUND = [
    *('" OR hello', "bye OR hello", "NOT bye", "hel*", "words:hello bye", "bye | hello", "!bye"),
    *("hello <-> bye", "hello:* bye", "' | 'hello bye", "\\' | hello bye", "NEAR(hello bye)", "^hello bye"),
    *("@self", "%", "", " ", "\x00", "\ud800"),
]
FOUND = ["NOT hello OR bye*", "'hello'", '"hello"', "hello:*", "not & or", "^bye", "OR", "\\hello"]


def test_nothing_in_a_text_is_an_operator(group: Group) -> None:
    say("alice", "bob", "hello")
    assert [text for text in NOT_FOUND if found("bob", text)] == []
    message = say("alice", "bob", "hello or bye or not")
    assert [text for text in FOUND if message not in found("bob", text)] == []


def test_people_are_told_apart(group: Group) -> None:
    """Also if the index does not."""
    ensure_users(["Bob", "BOB"])
    message = say("alice", "BOB", "hello")
    assert found("BOB", "hello") == [message]
    assert found("bob", "hello") == found("Bob", "hello") == []


def test_what_the_index_should_not_have_is_not_found(group: Group) -> None:
    message = say("alice", "bob", "hello")
    wrong = Document({reader_word("charlie"), reader_word(group.pk)}, {"hello"})
    fulltext.replace({message: wrong, message + 1: wrong})
    assert found("charlie", "hello") == found("bob", "hello", peer=group.pk) == []


def test_it_gives_up(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST", 5)
    monkeypatch.setattr(module, "MOST", 20)
    say("alice", "bob", "大天气")
    append([Draft("text", "alice", "bob", "大天 天气", "")] * 100)
    follow()
    assert search("bob", "大天气") == ([], False)


def test_what_the_index_has_not_read_yet_is_not_looked_through(group: Group) -> None:
    message = say("alice", "bob", "hello")
    with CaptureQueriesContext(connection) as before:
        assert found("bob", "hello") == [message]
    Message.objects.create(
        pk=10_000_000, kind="text", sender_id="alice", recipient_id="bob", content="hello", timet=1
    )
    with CaptureQueriesContext(connection) as behind:
        assert found("bob", "hello") == [message]
    assert len(behind) == len(before)
