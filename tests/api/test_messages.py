"""The messages of a conversation: pages of them, and sending."""

from typing import Any

import pytest
from pytest_django import Settings

from accounts.limits.buckets import Rate
from chat.services import moderating
from groups import editing, services
from log import appending
from log.appending import Draft
from log.models import Block, Group, Message
from log.rows import EDIT, REACTION, RECALL
from tests.api.over_the_network.shapes import NO_SUCH_CONVERSATION, NO_SUCH_GROUP, error, invalid
from tests.support.api import Api
from tests.support.groups import ALICE, BOB, CHARLIE
from tests.support.settings import override

NOT_FOUND = (404, "not_found")


def say(sender: str, to: str | int, content: str = "hello", **more: Any) -> int:
    (entry,) = appending.append([Draft("text", sender, to, content, "", **more)]).batch.rows
    return entry.id


def amend(kind: str, sender: str, to: str | int, target: int, content: str = "") -> int:
    (row,) = appending.append([Draft(kind, sender, to, content, "", target=target)]).batch.rows
    return row.id


def contents(answer: Any) -> list[str]:
    return [one["content"] for one in answer.body["items"]]


def test_message_is_sent_and_read(alice: Api, bob: Api) -> None:
    sent = alice.post("conversations/u:bob/messages", kind="text", content="hello", cid="1")
    assert sent.status == 201
    (row,) = Message.objects.filter(kind="text")
    assert sent.body == {"id": row.pk, "time": row.timet}
    fields = {
        "id": row.pk,
        "from": ALICE,
        "kind": "text",
        "content": "hello",
        "time": row.timet,
        "edited": None,
        "reactions": {},
    }
    own = {**fields, "conversation": "u:bob", "cid": "1", "extension": row.extension}
    assert alice.get("conversations/u:bob/messages", extension="true").body == {"items": [own], "more": False}
    received = {**fields, "conversation": "u:alice"}
    assert bob.get("conversations/u:alice/messages").body == {"items": [received], "more": False}


def test_group_messages_are_readable_by_members_only(bob: Api, charlie: Api, group: Group) -> None:
    path = f"conversations/g:{group.pk}/messages"
    sent = bob.post(path, kind="text", content="to all")
    assert sent.status == 201
    assert contents(bob.get(path)) == ["to all"]
    assert bob.get(path).body["items"][0]["conversation"] == f"g:{group.pk}"
    assert charlie.get(path).outcome == NO_SUCH_GROUP
    assert charlie.post(path, kind="text", content="x").outcome == NO_SUCH_GROUP
    assert charlie.get("conversations/g:999/messages").failed == NOT_FOUND
    assert Message.objects.filter(kind="text").count() == 1


class TestPages:
    @pytest.fixture
    def ids(self, mode: str) -> list[int]:
        """Of messages in both directions, among those of others."""
        results = []
        for number in range(6):
            results.append(say(*((ALICE, BOB) if number % 2 else (BOB, ALICE)), str(number)))
            say(ALICE, CHARLIE, "to Charlie")
        return results

    def test_message_pages_go_in_both_directions(self, alice: Api, ids: list[int]) -> None:
        path = "conversations/u:bob/messages"
        pages: list[tuple[dict[str, int], list[str], bool]] = [
            ({"limit": 2}, ["4", "5"], True),
            ({"limit": 2, "before": ids[4]}, ["2", "3"], True),
            ({"limit": 2, "before": ids[2]}, ["0", "1"], False),
            ({"limit": 2, "before": ids[0]}, [], False),
            ({"limit": 2, "after": 0}, ["0", "1"], True),
            ({"limit": 4, "after": ids[1]}, ["2", "3", "4", "5"], False),
            ({"limit": 2, "after": ids[5]}, [], False),
            ({"limit": 3, "around": ids[2]}, ["1", "2", "3"], True),
            ({"limit": 200, "around": ids[2]}, ["0", "1", "2", "3", "4", "5"], False),
            ({"limit": 1, "around": ids[2]}, ["2"], True),
        ]
        for query, expected, more in pages:
            answer = alice.get(path, **query)
            assert (contents(answer), answer.body["more"]) == (expected, more), query

    def test_message_pages_begin_at_a_time(self, alice: Api, ids: list[int]) -> None:
        for at, id_ in enumerate(ids):
            # Those in between are of the second before.
            Message.objects.filter(pk__lte=id_, timet__gt=10_000).update(timet=1000 + 10 * at)
        path = "conversations/u:bob/messages"
        for second, expected in ((0, ["0"]), (1015, ["1", "2"]), (1020, ["1", "2"]), (1050, ["4", "5"])):
            assert contents(alice.get(path, time=second, limit=2)) == expected, second
        assert contents(alice.get(path, time=2**62, limit=2)) == ["4", "5"]

    def test_message_pages_filter_by_kind(self, alice: Api, group: Group) -> None:
        for place in (BOB, group.pk):
            for kind in ("picture", "text", "audio", "video", "picture"):
                appending.append([Draft(kind, ALICE, place, kind, "")])
            path = f"conversations/{'u:bob' if place == BOB else f'g:{group.pk}'}/messages"
            answer = alice.get(path, kind="picture,video", limit=2)
            assert (contents(answer), answer.body["more"]) == (["video", "picture"], True)
            first = answer.body["items"][0]["id"]
            older = alice.get(path, kind="picture,video", limit=2, before=first)
            assert (contents(older), older.body["more"]) == (["picture"], False)
            assert contents(alice.get(path, kind="file")) == []

    def test_invalid_message_queries_are_rejected(self, alice: Api) -> None:
        number = "A valid integer is required."
        wrong: list[tuple[dict[str, object], str, str]] = [
            ({"limit": 0}, "limit", "Ensure this value is greater than or equal to 1."),
            ({"limit": 201}, "limit", "Ensure this value is less than or equal to 200."),
            ({"limit": "x"}, "limit", number),
            ({"before": -1}, "before", "Ensure this value is greater than or equal to 0."),
            ({"before": 2**63}, "before", f"Ensure this value is less than or equal to {2**63 - 1}."),
            ({"after": ""}, "after", number),
            ({"around": "1e3"}, "around", number),
            ({"before": 3, "after": 1}, "after", "Not together with before."),
            ({"time": 3, "around": 1}, "time", "Not together with around."),
            ({"kind": "picture,text"}, "kind", "Of audio, file, picture, video only."),
        ]
        for query, field, reason in wrong:
            answer = alice.get("conversations/u:bob/messages", **query)
            assert answer.outcome == invalid(field, reason), query


@pytest.mark.promise("json-32")
def test_messages_are_shown_in_their_current_state(alice: Api, bob: Api) -> None:
    first, second = say(ALICE, BOB, "one"), say(ALICE, BOB, "two")
    third = say(BOB, ALICE, "three", target=first)
    edit = amend(EDIT, ALICE, BOB, first, "one, edited")
    amend(RECALL, ALICE, BOB, second)
    amend(REACTION, BOB, ALICE, first, "👍")
    one, two, three = bob.get("conversations/u:alice/messages").body["items"]
    assert (one["id"], one["content"], one["edited"]) == (first, "one, edited", edit)
    assert one["reactions"] == {"👍": [BOB]}
    assert (two["id"], two["recalled"], "content" in two) == (second, True, False)
    assert (three["id"], three["reply"], "recalled" in three) == (third, first, False)


@pytest.mark.promise("json-32")
def test_message_recalled_by_a_moderator_is_marked(bob: Api) -> None:
    by_author, by_desk = say(ALICE, BOB, "one"), say(ALICE, BOB, "two")
    amend(RECALL, ALICE, BOB, by_author)
    moderating.recall([by_desk])
    one, two = bob.get("conversations/u:alice/messages").body["items"]
    assert (one["recalled"], "by" in one) == (True, False)
    assert (two["recalled"], two["by"], "content" in two) == (True, "moderator", False)
    last = bob.get("conversations/u:alice").body["last"]
    assert (last["id"], last["by"]) == (by_desk, "moderator")
    moderating.restore([by_desk])
    (_, two) = bob.get("conversations/u:alice/messages").body["items"]
    assert (two["content"], "recalled" in two, "by" in two) == ("two", False, False)


class TestSending:
    def test_repeated_cid_sends_nothing(self, alice: Api) -> None:
        path = "conversations/u:bob/messages"
        first = alice.post(path, kind="text", content="hello", cid="x")
        again = alice.post(path, kind="text", content="hello", cid="x")
        assert (first.status, again.status) == (201, 200)
        assert first.body == again.body
        assert Message.objects.filter(kind="text").count() == 1

    def test_reply_must_refer_to_a_message_of_the_conversation(self, alice: Api, charlie: Api) -> None:
        target = say(BOB, ALICE)
        sent = alice.post("conversations/u:bob/messages", kind="text", content="x", reply=target)
        assert Message.objects.get(pk=sent.body["id"]).target == target
        for caller, to in ((charlie, "u:bob"), (alice, "u:charlie")):
            answer = caller.post(f"conversations/{to}/messages", kind="text", content="x", reply=target)
            assert answer.failed == NOT_FOUND
        assert alice.post("conversations/u:bob/messages", kind="text", content="x", reply=None).status == 201

    def test_invalid_message_fields_are_named(self, alice: Api) -> None:
        number, control = "A valid integer is required.", "Control characters cannot be sent."
        too_long = "Ensure this field has no more than 64 characters."
        wrong: list[tuple[str, Any, str]] = [
            ("kind", "song", '"song" is not a valid choice.'),
            ("kind", None, "This field may not be null."),
            ("kind", ["text"], "\"['text']\" is not a valid choice."),
            ("content", 3, "Not a valid string."),
            ("content", None, "This field may not be null."),
            ("content", "\0", control),
            ("content", "\x07", control),
            ("content", "\ud800", control),
            ("cid", "", "This field may not be blank."),
            ("cid", "x" * 65, too_long),
            ("cid", 7, "Not a valid string."),
            ("extension", {}, "Not a valid string."),
            ("reply", "1", number),
            ("reply", 0, "Ensure this value is greater than or equal to 1."),
            ("reply", True, number),
            ("reply", 2**63, f"Ensure this value is less than or equal to {2**63 - 1}."),
        ]
        for field, value, reason in wrong:
            fields = {"kind": "text", "content": "hello", field: value}
            answer = alice.post("conversations/u:bob/messages", **fields)
            assert answer.outcome == invalid(field, reason), fields
        assert not Message.objects.filter(kind="text").exists()

    def test_too_long_text_is_rejected(self, alice: Api, settings: Settings) -> None:
        override(settings, max_text_bytes=5)
        path = "conversations/u:bob/messages"
        reason = "At most 5 bytes."
        answer = alice.post(path, kind="text", content="老板老板")
        assert answer.outcome == error(413, "too_long", f"content: {reason}", content=reason)
        assert alice.post(path, kind="text", content="hello").status == 201

    def test_too_long_extension_is_rejected(self, alice: Api, settings: Settings) -> None:
        override(settings, max_extension_bytes=5)
        path = "conversations/u:bob/messages"
        fields = {"kind": "text", "content": "longer"}
        assert alice.post(path, **fields, extension="x" * 6).failed == (413, "too_long")
        assert alice.post(path, **fields, extension="x" * 5).status == 201
        assert alice.post(path, kind="picture", content="longer").failed == (413, "too_long")

    def test_blocked_person_cannot_send(self, alice: Api, bob: Api) -> None:
        Block.objects.create(user_id=BOB, blocked_id=ALICE)
        answer = alice.post("conversations/u:bob/messages", kind="text", content="x")
        assert answer.outcome == error(403, "blocked", "You are blocked.")
        assert bob.post("conversations/u:alice/messages", kind="text", content="x").status == 201

    def test_unknown_recipient_is_created_in_open_mode_only(self, alice: Api, mode: str) -> None:
        answer = alice.post("conversations/u:dora/messages", kind="text", content="x")
        assert answer.status == (201 if mode == "open" else 404)

    def test_history_with_unknown_person_is_empty_or_404(self, alice: Api, mode: str) -> None:
        answer = alice.get("conversations/u:nobody/messages")
        if mode == "open":
            assert answer.body == {"items": [], "more": False}
        else:
            assert answer.failed == NOT_FOUND

    def test_sending_beyond_the_limit_gets_429(self, alice: Api, settings: Settings) -> None:
        override(settings, limit_messages=Rate(1, 60))
        path = "conversations/u:bob/messages"
        assert alice.post(path, kind="text", content="x").status == 201
        answer = alice.post(path, kind="text", content="x")
        assert answer.failed == (429, "too_fast")
        assert int(answer.headers["Retry-After"]) > 0

    def test_slow_group_answers_with_retry_after(self, bob: Api, group: Group) -> None:
        services.set_slow(group.pk, 1000)
        path = f"conversations/g:{group.pk}/messages"
        assert bob.post(path, kind="text", content="x").status == 201
        answer = bob.post(path, kind="text", content="x")
        assert answer.failed == (429, "too_fast")
        assert 900 < int(answer.headers["Retry-After"]) <= 1000

    def test_invalid_conversation_id_is_rejected(self, alice: Api) -> None:
        for name in ("bob", "u:", "u:a_b", "g:x", "g:0", "x:bob", "u:" + "x" * 65):
            path = f"conversations/{name}/messages"
            assert alice.get(path).outcome == NO_SUCH_CONVERSATION, name
            assert alice.post(path, kind="text", content="x").outcome == NO_SUCH_CONVERSATION, name


class TestNotices:
    """What happened to a group, among its messages."""

    def test_notices_are_listed_on_request(self, bob: Api, group: Group) -> None:
        text = say(ALICE, group.pk)
        services.add_members(group.pk, [CHARLIE], by=ALICE)
        editing.edit_group(group.pk, name="hikers", by=BOB)

        items = bob.get(f"conversations/g:{group.pk}/messages?notices=true").body["items"]
        began, message, joined, renamed = items

        assert (began["kind"], began["joined"]) == ("notice", [ALICE, BOB])
        assert message["id"] == text
        assert (joined["kind"], joined["joined"], joined["left"]) == ("notice", [CHARLIE], [])
        assert joined["by"] == ALICE
        assert (renamed["kind"], renamed["name"], renamed["by"]) == ("notice", "hikers", BOB)
