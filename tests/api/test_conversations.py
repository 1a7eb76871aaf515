"""A person's conversations, how far they are read, and who is kept out of them."""

from typing import Any

import pytest
from pytest_django import Settings

from chat.signals import conversation_changed, read_marked
from log import appending
from log.appending import Draft
from log.models import Group
from tests.api.over_the_network.shapes import NO_SUCH_CONVERSATION, invalid
from tests.support.api import Api
from tests.support.groups import ALICE, AVATAR, BOB, CHARLIE, NAME, SNAP
from tests.support.settings import override

NOT_FOUND = (404, "not_found")


def say(sender: str, to: str | int, content: str = "hello") -> int:
    (entry,) = appending.append([Draft("text", sender, to, content, "")]).batch.rows
    return entry.id


def test_conversations_are_read_by_id(bob: Api, group: Group) -> None:
    say(ALICE, BOB)
    (complete,) = bob.get("conversations?ids=u:alice,u:charlie,g:999,nonsense").body["items"]
    assert complete == bob.get("conversations/u:alice").body
    bob.delete("conversations/u:alice")
    assert [one["removed"] for one in bob.get("conversations?ids=u:alice").body["items"]] == [True]
    assert bob.get("conversations?ids=u:charlie").body == {"items": [], "more": False, "next": None}


def test_conversation_list_has_last_message_and_unread_count(bob: Api, group: Group) -> None:
    first, second = say(ALICE, group.pk, "to all"), say(ALICE, BOB, "to Bob")
    person, of_group = bob.get("conversations").body["items"]
    assert bob.get("conversations/u:alice").body == person
    (text,) = bob.get("conversations/u:alice/messages").body["items"]
    (to_all,) = bob.get(f"conversations/g:{group.pk}/messages").body["items"]
    assert (text["id"], to_all["id"]) == (second, first)
    more = {
        "unread": 1,
        "mentioned": 0,
        "read": 0,
        "muted": False,
        "notify": "all",
        "pinned": False,
        "archived": False,
        "marked_unread": False,
        "remark": "",
        "draft": "",
        "removed": False,
        "cleared": 0,
        "hidden_count": 0,
        "read_by_other": None,
        "joined": None,
        "request": False,
    }
    assert person == {
        "id": "u:alice",
        "title": ALICE,
        "picture": AVATAR,
        "last": text,
        "role": "",
        **more,
    }
    assert of_group == {
        "id": f"g:{group.pk}",
        "title": NAME,
        "picture": SNAP,
        "last": to_all,
        "role": "member",
        **more,
    }


def test_new_group_has_no_last_message(bob: Api, group: Group) -> None:
    (only,) = bob.get("conversations").body["items"]
    assert (only["id"], only["last"], only["unread"]) == (f"g:{group.pk}", None, 0)


def test_conversations_of_others_are_not_accessible(bob: Api, charlie: Api, group: Group) -> None:
    say(ALICE, BOB)
    for name in (f"g:{group.pk}", "u:alice", "u:nobody", "nonsense"):
        path = f"conversations/{name}"
        assert charlie.get(path).outcome == NO_SUCH_CONVERSATION
        events = [charlie.patch(path, muted=True), charlie.put(f"{path}/read", upto=1)]
        assert [answer.failed for answer in events] == [NOT_FOUND] * 2
    assert bob.get(f"conversations/g:{group.pk}").status == 200
    assert bob.get("conversations/u:alice").status == 200


def test_mute_and_pin_preferences_are_stored(bob: Api, group: Group) -> None:
    path = f"conversations/g:{group.pk}"
    changed = bob.patch(path, muted=True).body
    assert (changed["muted"], changed["pinned"]) == (True, False)
    assert bob.patch(path, pinned=True).body["muted"] is True
    for wrong in ("true", 1, None):
        assert bob.patch(path, muted=wrong).failed == (400, "invalid")
    assert bob.patch(path, muted="yes").outcome == invalid("muted", "Must be a valid boolean.")


def test_notification_preference_is_all_mentions_or_none(
    bob: Api, group: Group, django_capture_on_commit_callbacks: Any
) -> None:
    say(ALICE, BOB)
    path = f"conversations/g:{group.pk}"
    events: list[dict[str, Any]] = []

    def note(changed: dict[str, Any], **_: Any) -> None:
        events.append(changed)

    conversation_changed.connect(note)
    for wish in ({"notify": "mentions"}, {"muted": True}, {"muted": False}, {"notify": "none"}):
        with django_capture_on_commit_callbacks(execute=True):
            bob.patch(path, **wish)
    conversation_changed.disconnect(note)
    assert bob.patch(path, notify="all").body["notify"] == "all"
    assert events == [
        {"notify": "mentions"},
        {"muted": True, "notify": "none"},
        {"muted": False, "notify": "mentions"},
        {"muted": True, "notify": "none"},
    ]
    assert bob.patch("conversations/u:alice", notify="mentions").outcome == invalid(
        "notify", "Only for groups."
    )


def test_unread_mentions_are_counted_and_listed(alice: Api, bob: Api, charlie: Api, group: Group) -> None:
    path = f"conversations/g:{group.pk}"

    def post(api: Api, *mentions: str) -> Any:
        return api.post(f"{path}/messages", kind="text", content="look", mentions=mentions)

    post(alice)
    ids = [post(alice, BOB, CHARLIE).body["id"], post(alice, "*").body["id"]]
    assert post(bob, "*").failed == (403, "not_allowed")
    assert post(alice, "a_b").failed == (400, "invalid")
    assert post(alice, *(f"p{number}" for number in range(101))).failed == (400, "invalid")
    assert bob.get(path).body["mentioned"] == 2
    items = bob.get(f"{path}/messages?mentioned=true&after=0").body["items"]
    assert [(one["id"], one["mentions"]) for one in items] == [(ids[0], [BOB]), (ids[1], ["*"])]
    assert alice.get(f"{path}/messages?mentioned=true").body["items"] == []
    assert charlie.get(f"{path}/messages?mentioned=true").status in (403, 404)


def test_archive_unread_remark_and_draft_are_stored(
    alice: Api, bob: Api, group: Group, django_capture_on_commit_callbacks: Any
) -> None:
    say(ALICE, BOB)
    path = "conversations/u:alice"
    events: list[dict[str, Any]] = []

    def note_change(**body: Any) -> None:
        events.append({name: body[name] for name in ("userid", "peer", "changed")})

    conversation_changed.connect(note_change)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            body = bob.patch(path, archived=True, unread=True, remark="Ali", draft="Dear 爱丽丝\n").body
        names = ("archived", "marked_unread", "remark", "draft", "title")
        assert [body[name] for name in names] == [True, True, "Ali", "Dear 爱丽丝\n", ALICE]
        with django_capture_on_commit_callbacks(execute=True):
            bob.put(f"{path}/read", upto=body["last"]["id"])
        with django_capture_on_commit_callbacks(execute=True):
            assert bob.post(f"{path}/clear", upto=body["last"]["id"]).body == {"cleared": body["last"]["id"]}
        with django_capture_on_commit_callbacks(execute=True):
            assert bob.delete(path).status == 204
    finally:
        conversation_changed.disconnect(note_change)
    changed = [
        {"archived": True, "remark": "Ali", "draft": "Dear 爱丽丝\n", "marked_unread": True},
        {"marked_unread": False},
        {"cleared": body["last"]["id"]},
        {"removed": True},
    ]
    assert events == [{"userid": BOB, "peer": ALICE, "changed": one} for one in changed]
    assert "u:alice" not in [one["id"] for one in bob.get("conversations").body["items"]]
    assert bob.get(path).body["removed"] is True
    assert bob.get(f"{path}/messages").body["items"] == []
    around = bob.get(f"{path}/messages", around=body["last"]["id"])
    assert around.body["items"] == []
    of_alice = alice.get("conversations/u:bob").body
    assert (of_alice["last"]["id"], of_alice["remark"], of_alice["draft"]) == (body["last"]["id"], "", "")
    assert len(alice.get("conversations/u:bob/messages").body["items"]) == 1


def test_invalid_conversation_preferences_are_rejected(bob: Api, charlie: Api, group: Group) -> None:
    path = f"conversations/g:{group.pk}"
    assert bob.patch(path, remark="x").outcome == invalid("remark", "Only for people.")
    for field, wrong in {"draft": "x" * 4001, "remark": "x" * 65, "archived": 1, "unread": None}.items():
        assert bob.patch(path, **{field: wrong}).failed == (400, "invalid"), field
    assert bob.post(f"{path}/clear").failed == (400, "invalid")
    assert charlie.delete(path).failed == NOT_FOUND
    assert charlie.post(f"{path}/clear", upto=1).failed == NOT_FOUND
    message = say(ALICE, group.pk)
    assert charlie.post(f"{path}/hide", messages=[message]).failed == NOT_FOUND
    for wrong in ([], ["1"], [0], list(range(1, 102))):
        assert bob.post(f"{path}/hide", messages=wrong).failed[0] in (400, 404), wrong
    assert bob.post(f"{path}/hide", messages=[message, message]).body == {"hidden": [message]}
    assert bob.get(path).body["hidden_count"] == 1
    assert charlie.post(f"{path}/unhide", messages=[message]).body == {"unhidden": []}
    assert bob.post(f"{path}/unhide", messages=[message, message + 1]).body == {"unhidden": [message]}
    assert bob.get(path).body["hidden_count"] == 0
    assert bob.delete(path).status == 204


def test_read_mark_moves_forward_only(
    bob: Api, group: Group, django_capture_on_commit_callbacks: Any
) -> None:
    first = say(ALICE, group.pk)
    last = say(ALICE, group.pk)
    path = f"conversations/g:{group.pk}/read"
    events: list[dict[str, Any]] = []

    def note_change(**text: Any) -> None:
        events.append({name: text[name] for name in ("userid", "peer", "upto")})

    read_marked.connect(note_change)
    try:
        for upto, text in ((first, (first, 1)), (last + 100, (last, 0)), (first, (last, 0))):
            with django_capture_on_commit_callbacks(execute=True):
                answer = bob.put(path, upto=upto).body
            assert (answer["upto"], answer["unread"]) == text
    finally:
        read_marked.disconnect(note_change)
    assert events == [{"userid": BOB, "peer": group.pk, "upto": upto} for upto in (first, last)]


def test_invalid_read_mark_is_rejected(bob: Api, group: Group) -> None:
    path = f"conversations/g:{group.pk}/read"
    for upto in (-1, None, 2**63, 1.5, True):
        assert bob.put(path, upto=upto).failed == (400, "invalid"), upto
    assert bob.put(path, upto="1").outcome == invalid("upto", "A valid integer is required.")
    assert bob.put(path).outcome == invalid("upto", "This field is required.")


class TestBlocks:
    def test_block_rejects_messages_until_lifted(self, alice: Api, bob: Api) -> None:
        assert bob.put("blocks/alice").status == 204
        assert bob.put("blocks/alice").status == 204
        assert [one["userid"] for one in bob.get("blocks").body["items"]] == [ALICE]
        sent = {"kind": "text", "content": "x"}
        assert alice.post("conversations/u:bob/messages", **sent).failed == (403, "blocked")
        assert alice.get("blocks").body["items"] == []
        assert bob.delete("blocks/alice").status == 204
        assert alice.post("conversations/u:bob/messages", **sent).status == 201

    def test_invalid_block_is_rejected(self, bob: Api) -> None:
        for name in ("nobody", "%00"):
            assert bob.put(f"blocks/{name}").failed == NOT_FOUND
            assert bob.delete(f"blocks/{name}").failed == NOT_FOUND
        assert bob.put("blocks/bob").status == 400


def test_conversation_shows_the_read_mark_of_the_other_person(
    alice: Api, bob: Api, charlie: Api, group: Group
) -> None:
    sent = say(ALICE, BOB)
    assert alice.get("conversations/u:bob").body["read_by_other"] is None
    bob.put("conversations/u:alice/read", upto=sent)
    assert alice.get("conversations/u:bob").body["read_by_other"] == sent
    assert bob.get("conversations/u:alice").body["read_by_other"] is None
    bob.put(f"conversations/g:{group.pk}/read", upto=say(ALICE, group.pk))
    assert alice.get(f"conversations/g:{group.pk}").body["read_by_other"] is None


@pytest.mark.parametrize("who", [ALICE, BOB])
def test_read_mark_is_hidden_between_blocked_people(alice: Api, bob: Api, who: str) -> None:
    sent = say(ALICE, BOB)
    bob.put("conversations/u:alice/read", upto=sent)
    blocker, other = (alice, BOB) if who == ALICE else (bob, ALICE)
    blocker.put(f"blocks/{other}")
    assert alice.get("conversations/u:bob").body["read_by_other"] is None


def test_read_mark_is_hidden_without_receipts(alice: Api, bob: Api, settings: Settings) -> None:
    bob.put("conversations/u:alice/read", upto=say(ALICE, BOB))
    override(settings, read_receipts=False)
    assert alice.get("conversations/u:bob").body["read_by_other"] is None


def test_conversation_without_messages_shows_the_joining(
    alice: Api, bob: Api, charlie: Api, group: Group
) -> None:
    made = int(alice.post("groups", name="Hiking", members=[BOB]).body["id"])
    path = f"conversations/g:{made}"
    joined = bob.get(path).body["joined"]
    assert (joined["kind"], joined["conversation"], joined["by"]) == ("notice", f"g:{made}", ALICE)
    assert set(joined["joined"]) == {ALICE, BOB}
    alice.post(f"groups/{made}/members", userids=[CHARLIE])
    assert charlie.get(path).body["joined"]["joined"] == [CHARLIE]
    assert bob.get(path).body["joined"] == joined
    say(ALICE, made)
    assert charlie.get(path).body["joined"] is bob.get(path).body["joined"] is None


@pytest.mark.parametrize(
    ("verb", "path", "body"),
    [
        ("get", "conversations/g:{}/messages", {}),
        ("post", "conversations/g:{}/messages", {"kind": "text", "content": "hello"}),
        ("put", "conversations/g:{}/read", {"upto": 1}),
        ("put", "conversations/g:{}/pins", {"message": 1}),
        ("get", "conversations/g:{}/pins", {}),
        ("get", "conversations/g:{}/commands", {}),
        ("get", "groups/{}", {}),
        ("get", "groups/{}/members", {}),
    ],
)
def test_outsider_cannot_tell_whether_a_group_exists(
    group: Group, verb: str, path: str, body: dict[str, Any]
) -> None:
    charlie = Api(CHARLIE)
    there, nowhere = (getattr(charlie, verb)(path.format(id_), **body) for id_ in (group.pk, 999_999))
    assert there.body == nowhere.body
    assert there.status == nowhere.status == 404
