"""Pinned messages of a conversation, and who has read one."""

import pytest
from pytest_django import Settings

from chat.services import blocks, own_list, pinning
from groups import editing, services
from log import appending
from log.appending import Draft
from log.models import Group, Message, Pin
from log.rows import EDIT, RECALL
from tests.api.over_the_network.shapes import NO_SUCH_GROUP
from tests.support.api import Api
from tests.support.groups import ALICE, BOB, CHARLIE, changes
from tests.support.settings import override

NOT_FOUND, NOT_ALLOWED = (404, "not_found"), (403, "not_allowed")


def say(sender: str, to: str | int, content: str = "hello") -> int:
    return appending.append([Draft("text", sender, to, content, "")]).batch.last


@pytest.fixture
def path(group: Group) -> str:
    return f"conversations/g:{group.pk}"


def pinned(api: Api, path: str) -> list[str]:
    return [one["content"] for one in api.get(f"{path}/pins").body["items"]]


@pytest.mark.promise("json-48")
def test_owners_and_admins_pin_messages_for_all_members(
    alice: Api, bob: Api, charlie: Api, group: Group, path: str
) -> None:
    first, second = say(BOB, group.pk, "first"), say(ALICE, group.pk, "second")
    for message in (first, second, first):
        assert alice.put(f"{path}/pins", message=message).status == 204
    assert pinned(bob, path) == ["second", "first"]
    assert bob.put(f"{path}/pins", message=first).failed == NOT_ALLOWED
    assert bob.delete(f"{path}/pins?message={first}").failed == NOT_ALLOWED
    for answer in (charlie.get(f"{path}/pins"), charlie.put(f"{path}/pins", message=first)):
        assert answer.outcome[0] == 404
    assert alice.delete(f"{path}/pins?message={first}").status == 204
    assert alice.delete(f"{path}/pins?message={first}").status == 204
    assert pinned(bob, path) == ["second"]
    events = [
        {name: id_ for name, id_ in changed.items() if name != "extension"} for _, changed in changes(group)
    ]
    assert events == [{"message_pinned": first}, {"message_pinned": second}, {"message_unpinned": first}]


def test_both_people_of_a_conversation_can_pin(alice: Api, bob: Api, charlie: Api) -> None:
    message = say(ALICE, BOB)
    say(BOB, CHARLIE)
    assert bob.put("conversations/u:alice/pins", message=message).status == 204
    (seen,) = alice.get("conversations/u:bob/pins").body["items"]
    assert (seen["id"], seen["pinned_by"]) == (message, BOB)
    assert charlie.put("conversations/u:alice/pins", message=message).failed == NOT_FOUND
    assert bob.put("conversations/u:charlie/pins", message=message).failed == NOT_FOUND
    assert pinned(charlie, "conversations/u:bob") == []
    blocks.block(BOB, ALICE)
    assert alice.delete(f"conversations/u:bob/pins?message={message}").failed == (403, "blocked")


def test_pinned_message_shows_edits_and_disappears_after_recall(
    alice: Api, bob: Api, group: Group, path: str
) -> None:
    message = say(ALICE, group.pk)
    alice.put(f"{path}/pins", message=message)
    appending.append([Draft(EDIT, ALICE, group.pk, "better", "", target=message)])
    assert pinned(bob, path) == ["better"]
    own_list.clear_history(BOB, group.pk, message)
    assert (pinned(bob, path), pinned(alice, path)) == ([], ["better"])
    appending.append([Draft(RECALL, ALICE, group.pk, "", "", target=message)])
    assert pinned(alice, path) == []
    assert alice.put(f"{path}/pins", message=message).failed == NOT_FOUND
    assert alice.put(f"{path}/pins", message=10**15).failed == NOT_FOUND


def test_later_member_sees_the_pins_of_readable_messages(
    alice: Api, charlie: Api, group: Group, path: str
) -> None:
    early = say(ALICE, group.pk, "early")
    services.add_members(group.pk, [CHARLIE])
    for message in (early, say(ALICE, group.pk, "late")):
        alice.put(f"{path}/pins", message=message)
    assert pinned(charlie, path) == ["late"]
    editing.edit_group(group.pk, history="all")
    assert pinned(charlie, path) == ["late", "early"]


def test_pins_per_conversation_are_limited(
    alice: Api, group: Group, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pinning, "MAX_PINS", 2)
    first, second, third = (say(ALICE, group.pk, content) for content in ("1", "2", "3"))
    for message in (first, second):
        alice.put(f"{path}/pins", message=message)
    assert alice.put(f"{path}/pins", message=third).failed == (409, "conflict")
    appending.append([Draft(RECALL, ALICE, group.pk, "", "", target=first)])
    assert alice.put(f"{path}/pins", message=third).status == 204
    assert pinned(alice, path) == ["3", "2"]
    # It was pruned.
    Message.objects.filter(pk=second).delete()
    assert alice.put(f"{path}/pins", message=say(ALICE, group.pk, "4")).status == 204
    assert Pin.objects.count() == 2


@pytest.mark.promise("json-49")
def test_members_see_who_has_read_a_message(
    alice: Api, bob: Api, charlie: Api, group: Group, path: str
) -> None:
    services.add_members(group.pk, [CHARLIE])
    message = say(ALICE, group.pk)
    readers = f"{path}/messages/{message}/readers"
    assert alice.get(readers).body["items"] == []
    bob.put(f"{path}/read", upto=message)
    alice.put(f"{path}/read", upto=message)
    assert [one["userid"] for one in alice.get(readers).body["items"]] == [BOB]
    assert [one["userid"] for one in charlie.get(readers).body["items"]] == [BOB]
    blocks.block(BOB, CHARLIE)
    assert charlie.get(readers).body["items"] == []
    services.remove_members(group.pk, [CHARLIE])
    assert charlie.get(readers).outcome == NO_SUCH_GROUP
    appending.append([Draft(RECALL, ALICE, group.pk, "", "", target=message)])
    assert alice.get(readers).failed == NOT_FOUND
    assert alice.get(f"{path}/messages/x/readers").failed == NOT_FOUND


def test_read_mark_of_later_member_does_not_count_for_earlier_messages(
    alice: Api, charlie: Api, group: Group, path: str
) -> None:
    early = say(ALICE, group.pk)
    services.add_members(group.pk, [CHARLIE])
    editing.edit_group(group.pk, history="all")
    charlie.put(f"{path}/read", upto=say(ALICE, group.pk))
    assert alice.get(f"{path}/messages/{early}/readers").body["items"] == []


def test_private_message_has_one_reader(alice: Api, bob: Api) -> None:
    message = say(ALICE, BOB)
    readers = f"conversations/u:bob/messages/{message}/readers"
    assert alice.get(readers).body["items"] == []
    bob.put("conversations/u:alice/read", upto=message)
    assert [one["userid"] for one in alice.get(readers).body["items"]] == [BOB]
    assert bob.get(f"conversations/u:alice/messages/{message}/readers").body["items"] == []
    blocks.block(BOB, ALICE)
    assert alice.get(readers).body["items"] == []


def test_readers_are_hidden_without_receipts_and_in_large_groups(
    alice: Api, group: Group, path: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    readers = f"{path}/messages/{say(ALICE, group.pk)}/readers"
    monkeypatch.setattr("chat.reading.readers.MAX_MEMBERS", 1)
    assert alice.get(readers).failed == (409, "conflict")
    override(settings, read_receipts=False)
    assert alice.get(readers).failed == NOT_ALLOWED
