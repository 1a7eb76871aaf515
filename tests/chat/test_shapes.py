"""What the API and exports show of messages."""

from typing import Any

from msgspec import to_builtins

from chat.reading import shapes
from chat.reading.pages import CurrentMessage
from log.reactions import Reactions
from log.rows import Entry, MembershipNotice

ENTRY = Entry(7, "text", "alice", "bob", "hello", "more", 1_700_000_000, reply=3, cid="c1")


def shown(entry: Entry, *, recalled: bool = False, by_desk: bool = False) -> CurrentMessage:
    return CurrentMessage(entry, recalled, None, Reactions({"👍": ["bob"]}, {}), by_desk)


def message(one: CurrentMessage, userid: str) -> dict[str, Any]:
    text: dict[str, Any] = to_builtins(shapes.shown_message(one, userid))
    return text


def test_author_sees_every_field_of_a_message() -> None:
    assert message(shown(ENTRY), "alice") == {
        "id": 7,
        "conversation": "u:bob",
        "from": "alice",
        "kind": "text",
        "content": "hello",
        "extension": "more",
        "time": 1_700_000_000,
        "edited": None,
        "reactions": {"👍": ["bob"]},
        "reply": 3,
        "cid": "c1",
    }


def test_the_other_sees_another_conversation_and_no_name_that_the_sender_gave() -> None:
    text = message(shown(ENTRY), "bob")
    assert text["conversation"] == "u:alice"
    assert "cid" not in text


def test_reactions_that_are_not_all_named_are_counted() -> None:
    one = shown(ENTRY)._replace(reactions=Reactions({"👍": ["bob"]}, {"👍": 7}))
    assert message(one, "bob")["reaction_counts"] == {"👍": 7}


def test_a_group_has_one_name_for_all() -> None:
    entry = ENTRY._replace(to=10)
    assert {message(shown(entry), one)["conversation"] for one in ("alice", "bob")} == {"g:10"}


def test_recalled_message_has_no_content() -> None:
    text = message(shown(ENTRY._replace(content="", extension=""), recalled=True), "bob")
    assert text["recalled"] is True
    assert not {"content", "extension", "by"} & set(text)


def test_recall_by_a_moderator_is_marked() -> None:
    assert message(shown(ENTRY, recalled=True, by_desk=True), "bob")["by"] == "moderator"


def test_a_notice() -> None:
    row = MembershipNotice(8, 10, ("bob",), ("charlie",), 1_700_000_000, "alice")
    assert to_builtins(shapes.shown_notice(row)) == {
        "kind": "notice",
        "id": 8,
        "conversation": "g:10",
        "time": 1_700_000_000,
        "joined": ("bob",),
        "left": ("charlie",),
        "by": "alice",
    }
