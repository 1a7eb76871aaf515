"""What programs attach to messages and groups, and what is found by it."""

import json

import pytest
from django.test import Client

from accounts.authentication.authentication import Person
from chat.protocol.commands import Amend, Forward
from chat.reading.selectors import message
from chat.services import moderating
from chat.services.amending import amend
from chat.services.forwarding import forward
from chat.services.plans import run_in_thread
from chat.services.sending import Caller
from groups.services import remove_members
from log.models import CustomValue, Group, Message
from log.positions import last_id
from log.rows import EDIT
from moderation.reports import snapshots
from notifications.following import EventFilter, events_after
from tests.api.over_the_network.shapes import invalid
from tests.support.api import Api
from tests.support.groups import ALICE, BOB

ORDER = {"order": 17, "state": "open", "paid": True, "items": [{"sku": "中"}]}


def send(api: Api, conversation: str, **custom: object) -> int:
    sent = api.post(f"conversations/{conversation}/messages", kind="text", content="hi", custom=custom)
    assert sent.status == 201
    return int(sent.body["id"])


def edit(userid: str, id_: int, **fields: object) -> None:
    sender = Caller(Person(userid, False, 0), "")
    run_in_thread(amend(sender, Amend(EDIT, id_, "changed", **fields)))  # type: ignore[arg-type]


def found(api: Api, conversation: str, **query: object) -> list[int]:
    body = api.get("messages/search", conversation=conversation, **query).body
    return [one["id"] for one in body["items"]]


def attached(api: Api, conversation: str) -> list[object]:
    return [one.get("custom") for one in api.get(f"conversations/{conversation}/messages").body["items"]]


def test_message_has_attached_object(alice: Api, bob: Api) -> None:
    send(alice, "u:bob", **ORDER)
    send(alice, "u:bob")
    assert attached(bob, "u:alice") == [ORDER, None]


def test_edit_keeps_or_replaces_attached_object(alice: Api, bob: Api) -> None:
    id_ = send(alice, "u:bob", **ORDER)
    edit(ALICE, id_)
    assert attached(bob, "u:alice") == [ORDER]
    edit(ALICE, id_, custom={"order": 18})
    edit(ALICE, id_)
    assert attached(bob, "u:alice") == [{"order": 18}]
    assert found(bob, "u:alice", **{"custom.order": 18}) == [id_]
    assert found(bob, "u:alice", **{"custom.order": 17}) == []
    edit(ALICE, id_, custom={})
    assert attached(bob, "u:alice") == [None]
    assert not CustomValue.objects.exists()


def test_forwarded_message_has_no_attached_object(alice: Api, group: Group) -> None:
    id_ = send(alice, "u:bob", **ORDER)
    run_in_thread(forward(Caller(Person(ALICE, False, 0), ""), Forward(1, (id_,), (group.pk,)), ""))
    assert attached(alice, f"g:{group.pk}") == [None]


def test_messages_are_found_by_attached_object(alice: Api, bob: Api, charlie: Api, group: Group) -> None:
    place = f"g:{group.pk}"
    first, second = send(alice, place, **ORDER), send(bob, place, order="17")
    other = send(alice, "u:bob", **ORDER)
    for name, value in (("state", "open"), ("paid", "true"), ("order", "17")):
        assert first in found(bob, place, **{f"custom.{name}": value})
    assert found(bob, place, **{"custom.order": 17}) == [second, first]
    assert found(bob, place, **{"custom.order": 17, "from": ALICE}) == [first]
    assert found(bob, place, **{"custom.order": 17, "before": second}) == [first]
    assert found(alice, "u:bob", **{"custom.order": 17}) == [other]
    assert found(bob, "u:alice", **{"custom.order": 17}) == [other]
    page = bob.get("messages/search", conversation=place, limit=1, **{"custom.order": 17}).body
    assert (page["more"], page["before"]) == (True, second)
    for conversation in (place, "u:bob"):
        assert found(charlie, conversation, **{"custom.order": 17}) == []
    moderating.recall([second])
    assert found(bob, place, **{"custom.order": 17}) == [first]


def test_former_member_does_not_find_later_attached_object(bob: Api, alice: Api, group: Group) -> None:
    place = f"g:{group.pk}"
    id_ = send(alice, place, order=17)
    remove_members(group.pk, [BOB])
    send(alice, place, order=18)
    edit(ALICE, id_, custom={"order": 18})
    assert found(bob, place, **{"custom.order": 18}) == []


def test_search_by_attached_names_one_conversation(bob: Api) -> None:
    there = {"conversation": "u:alice"}
    for query in ({}, {"q": "x"}, {**there, "custom.b": "2"}, {**there, "q": "x"}):
        assert bob.get("messages/search", **{"custom.a": "1", **query}).failed == (400, "invalid")
    assert bob.get("messages/search", conversation="u:alice", customs="1").failed == (400, "invalid")


def test_erased_message_loses_attached_object(alice: Api, bob: Api) -> None:
    id_ = send(alice, "u:bob", secret="swordfish")
    edit(ALICE, id_)
    moderating.erase(id_)
    assert not CustomValue.objects.exists()
    for fields in Message.objects.values_list("content", "details"):
        assert "swordfish" not in str(fields)


def test_restored_message_has_attached_object(alice: Api, bob: Api) -> None:
    id_ = send(alice, "u:bob", **ORDER)
    moderating.recall([id_])
    assert attached(bob, "u:alice") == [None]
    moderating.restore([id_])
    assert attached(bob, "u:alice") == [ORDER]
    assert found(bob, "u:alice", **{"custom.order": 17}) == [id_]


def test_invalid_attached_object_is_rejected(alice: Api, group: Group) -> None:
    for call, path in ((alice.post, "conversations/u:bob/messages"), (alice.patch, f"groups/{group.pk}")):
        fields = {"kind": "text", "content": "hi"} if call == alice.post else {}
        assert call(path, **fields, custom=[]).outcome == invalid("custom", "not an object")
        assert call(path, **fields, custom={"a": "x" * 4097}).failed == (413, "too_long")
        assert call(path, **fields, custom={"__proto__": 1}).failed == (400, "invalid")


@pytest.mark.parametrize("nothing", [None, {}])
def test_owners_and_admins_attach_object_to_group(
    alice: Api, bob: Api, group: Group, nothing: object
) -> None:
    path = f"groups/{group.pk}"
    assert bob.patch(path, custom=ORDER).failed == (403, "not_allowed")
    assert alice.patch(path, custom=ORDER).body["custom"] == ORDER
    assert bob.get(path).body["custom"] == ORDER
    rows = Message.objects.filter(kind="group").count()
    alice.patch(path, custom=ORDER)
    assert Message.objects.filter(kind="group").count() == rows
    alice.patch(path, custom={**ORDER, "paid": 1})
    assert json.dumps(bob.get(path).body["custom"]["paid"]) == "1"
    (notice,) = bob.get(f"conversations/g:{group.pk}/messages", notices="true").body["items"][-1:]
    assert notice["custom"] == {**ORDER, "paid": 1}
    assert alice.patch(path, custom=nothing).body["custom"] == {}


def test_own_groups_are_found_by_attached_object(alice: Api, charlie: Api, group: Group) -> None:
    alice.patch(f"groups/{group.pk}", custom={"ticket": "A-1", "of": {"ticket": "A-2"}})
    alice.post("groups", name="other")

    def listed(api: Api, value: str) -> list[str]:
        return [one["id"] for one in api.get("conversations", **{"custom.ticket": value}).body["items"]]

    assert listed(alice, "A-1") == [f"g:{group.pk}"]
    assert listed(alice, "A-2") == listed(charlie, "A-1") == []


def test_report_snapshot_has_attached_object(alice: Api, bob: Api, group: Group) -> None:
    id_ = send(alice, "u:bob", order=17)
    entry = message(id_)
    assert entry
    assert snapshots.message_snapshot(entry, BOB)["messages"][-1]["custom"] == '{"order":17}'
    alice.patch(f"groups/{group.pk}", custom={"order": 17})
    group.refresh_from_db()
    assert snapshots.group_snapshot(group)["group"]["custom"] == '{"order":17}'


def test_changed_card_keeps_attached_object(alice: Api, group: Group) -> None:
    secret = alice.post(f"groups/{group.pk}/hooks", name="Shop").body["token"]
    client = Client(headers={"Authorization": f"Bearer {secret}"})
    card = {"text": "x", "card": {"title": "An order"}}
    id_ = client.post("/hooks/", {**card, "custom": ORDER}, "application/json").json()["id"]
    for changes, expected in (
        ({}, ORDER),
        ({"custom": {"order": 18}}, {"order": 18}),
        ({"custom": None}, None),
    ):
        changed = client.patch("/hooks/", {**card, "message": id_, **changes}, "application/json")
        assert changed.status_code == 200
        assert attached(alice, f"g:{group.pk}")[-1] == expected


def test_only_endpoints_with_text_get_attached_object(alice: Api, group: Group) -> None:
    start = last_id()
    send(alice, f"g:{group.pk}", **ORDER)
    alice.patch(f"groups/{group.pk}", custom=ORDER)
    for with_text in (True, False):
        told = events_after(start, EventFilter(with_text=with_text)).events
        assert [one["data"].get("custom") for one in told] == [ORDER if with_text else None] * 2
