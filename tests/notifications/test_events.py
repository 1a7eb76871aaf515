"""Which events endpoints are told of, where they happen, and what is said of each."""

import json
import time
from typing import Any

import pytest
from django.db import transaction

from accounts.access import Role
from chat.reading import selectors
from groups import services
from log.appending import Draft, append
from log.models import Group
from moderation import audit
from moderation.actions import messages, people
from moderation.reports import filing
from notifications import events, lease
from notifications.models import Delivery, Endpoint
from notifications.models.endpoints import normalized_conversations
from notifications.notices import outbox
from notifications.payloads import VERSION
from notifications.sending import queue, replaying
from tests.support.groups import ALICE, BOB, CHARLIE
from tests.support.moderators import MODERATOR, REASON
from tests.support.notices import HOLDER, catch_up, requests_for, write
from tests.support.schema import validator

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def endpoint(group: Group) -> Endpoint:
    """After all that has made the group."""
    catch_up()
    lease.acquire(HOLDER)
    event_types = " ".join(set(events.EVENTS) - {events.NOTICE})
    return Endpoint.objects.create(
        name="backend", url="https://shop.example/hook", events=event_types, with_text=True
    )


def events_for(endpoint: Endpoint) -> list[tuple[str, dict[str, Any]]]:
    """Type and data of each, which are as the schema says."""
    catch_up()
    deliveries = Delivery.objects.filter(endpoint=endpoint, is_dead=False).order_by("id")
    requests = [one for one in requests_for(endpoint, list(deliveries)).values() if one]
    bodies = [json.loads(one.body) for one in requests]
    for one in bodies:
        validator("Webhook").validate(one)
        assert one["version"] == VERSION
    ids = [dict(one.headers)["webhook-id"] for one in requests]
    assert len(set(ids)) == len(ids)
    return [(one["type"], one["data"]) for one in bodies]


def plain(data: dict[str, Any]) -> dict[str, Any]:
    """Without what is another one each time."""
    return {name: value for name, value in data.items() if name not in ("id", "time", "sent")}


def test_webhooks_of_group_and_member_changes(endpoint: Endpoint) -> None:
    made = services.create_group(ALICE, [BOB], "Readers", by=ALICE)
    services.add_members(made.pk, [CHARLIE], by=ALICE)
    services.set_role(made.pk, BOB, Role.ADMIN, by=ALICE)
    services.remove_members(made.pk, [CHARLIE], by=ALICE)
    services.leave(made.pk, BOB)
    services.set_slow(made.pk, 5)
    services.dissolve(made.pk, by=ALICE)
    here = {"conversation": f"g:{made.pk}"}
    by_alice = {**here, "by": ALICE}
    assert [(event, plain(data)) for event, data in events_for(endpoint)] == [
        ("group.created", {**by_alice, "users": [ALICE, BOB], "name": "Readers"}),
        ("member.joined", {**by_alice, "users": [ALICE, BOB]}),
        ("member.joined", {**by_alice, "users": [CHARLIE]}),
        ("member.role", {**by_alice, "roles": {BOB: "admin"}}),
        ("member.removed", {**by_alice, "users": [CHARLIE]}),
        ("member.left", {**here, "by": BOB, "users": [BOB]}),
        ("group.changed", {**here, "slow": 5}),
        ("group.dissolved", {**by_alice, "dissolved": True}),
        ("member.left", {**by_alice, "users": [ALICE]}),
    ]


def test_webhooks_of_message_changes(endpoint: Endpoint, group: Group) -> None:
    first = write(BOB, group.pk, "hello")
    append([Draft("reaction", ALICE, group.pk, "👍", "", target=first)])
    append([Draft("reaction", ALICE, group.pk, "👍", "off", target=first)])
    messages.recall(MODERATOR, [first], REASON)
    messages.restore(MODERATOR, [first], REASON)
    sent = [(event, plain(data)) for event, data in events_for(endpoint) if data.get("to") == f"g:{group.pk}"]
    about = {"to": f"g:{group.pk}", "message": first}
    assert sent == [
        ("message.created", {"from": BOB, "to": f"g:{group.pk}", "kind": "text", "content": "hello"}
         | {"extension": ""}),
        ("reaction.added", {"from": ALICE, **about, "emoji": "👍"}),
        ("reaction.removed", {"from": ALICE, **about, "emoji": "👍"}),
        ("message.recalled", {"from": BOB, **about, "by": "moderator"}),
        ("message.restored", {"from": BOB, **about, "by": "moderator", "kind": "text", "content": "hello"}
         | {"extension": ""}),
    ]  # fmt: skip


def test_webhooks_of_moderation_actions(endpoint: Endpoint, group: Group) -> None:
    people.mute(MODERATOR, BOB, REASON)
    people.ban(MODERATOR, BOB, REASON)
    people.unban(MODERATOR, BOB, REASON)
    people.warn(MODERATOR, CHARLIE, "be kind")
    services.mute_member(group.pk, BOB, 2_000_000_000, "spam")
    sent = events_for(endpoint)
    actions = [data for event, data in sent if event == events.MODERATED]
    assert [(data["action"], data["target"], data["reason"]) for data in actions] == [
        ("person.mute", f"u:{BOB}", REASON),
        ("person.ban", f"u:{BOB}", REASON),
        ("person.unban", f"u:{BOB}", REASON),
        ("person.warn", f"u:{CHARLIE}", "be kind"),
    ]  # fmt: skip
    of_people = [(event, plain(data)) for event, data in sent if event.startswith("person.")]
    assert [event for event, _ in of_people][:3] == ["person.muted", "person.banned", "person.unbanned"]
    assert of_people[3:] == [
        ("person.warned", {"user": CHARLIE, "reason": "be kind"}),
        ("person.muted", {"user": BOB, "conversation": f"g:{group.pk}", "until": 2_000_000_000}
         | {"reason": "spam"}),
    ]  # fmt: skip


def test_endpoint_without_texts_gets_no_texts(endpoint: Endpoint, group: Group) -> None:
    endpoint.with_text = False
    secret = "meet me at the harbour"
    first = write(BOB, group.pk, secret)
    append([Draft("reaction", ALICE, group.pk, "👍", "", target=first)])
    services.create_group(ALICE, [BOB], secret)
    people.warn(MODERATOR, BOB, secret)
    sent = json.dumps(events_for(endpoint), ensure_ascii=False)
    assert "person.warned" in sent
    assert secret not in sent
    assert "👍" not in sent


def test_rolled_back_audit_entry_sends_no_webhook(endpoint: Endpoint) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        people.mute(MODERATOR, BOB, REASON)
        raise ZeroDivisionError
    assert events_for(endpoint) == []


def test_reading_private_messages_sends_no_webhook(endpoint: Endpoint) -> None:
    audit.record_private_read(MODERATOR, ALICE, BOB, REASON)
    assert events_for(endpoint) == []


@pytest.mark.parametrize(("chosen", "expected"), [("g:{}", "group"), ("u:charlie", "pair"), ("7", "")])
def test_endpoint_gets_events_of_its_conversations_only(
    endpoint: Endpoint, group: Group, chosen: str, expected: str
) -> None:
    endpoint.groups = normalized_conversations(chosen.format(group.pk))
    endpoint.events = "message.created reaction.added member.joined report.created"
    endpoint.save()
    first = write(ALICE, group.pk, "group")
    append([Draft("reaction", BOB, group.pk, "👍", "", target=first)])
    services.add_members(group.pk, [CHARLIE], by=ALICE)
    write(CHARLIE, BOB, "pair")
    write(ALICE, BOB, "others")
    filing.file_report(ALICE, f"u:{BOB}", "spam", "")
    sent = events_for(endpoint)
    texts = [data["content"] for event, data in sent if event == "message.created"]
    assert texts == ([expected] if expected else [])
    assert ("member.joined" in dict(sent)) == ("reaction.added" in dict(sent)) == (expected == "group")
    assert "report.created" in dict(sent)  # it is in no conversation


def test_presence_webhook_has_latest_state_only(endpoint: Endpoint) -> None:
    assert outbox.has_presence_endpoint()
    outbox.note_presence({ALICE: True, BOB: True}, 1000.5)
    outbox.note_presence({ALICE: False}, 1001.5)
    assert events_for(endpoint) == [
        ("presence.changed", {"user": BOB, "online": True, "time": 1000}),
        ("presence.changed", {"user": ALICE, "online": False, "time": 1001}),
    ]


def test_replay_sends_log_in_order_from_position(
    endpoint: Endpoint, group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = write(ALICE, group.pk, "0")
    for number in range(1, 6):
        write(ALICE, group.pk, str(number))
    services.mute_member(group.pk, BOB, None, "")
    events_for(endpoint)
    Delivery.objects.all().delete()
    monkeypatch.setattr(replaying, "MAX_WAITING", 3)
    monkeypatch.setattr(replaying, "next_rows", lambda after: selectors.rows_after(after, 2))
    replaying.begin_replay(endpoint.pk, first)
    while replaying.replay_portions(HOLDER):
        pass
    # No more than the endpoint takes, and from where it was, whichever process goes on.
    assert [int(data["content"]) for _, data in events_for(endpoint)] == [1, 2, 3, 4]
    Delivery.objects.all().delete()
    while replaying.replay_portions(HOLDER):
        pass
    assert [event for event, _ in events_for(endpoint)] == ["message.created", "person.muted"]
    endpoint.refresh_from_db()
    assert endpoint.replay_after is None


def test_arrived_deliveries_are_retained_and_replayable(
    endpoint: Endpoint, group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        write(ALICE, group.pk, str(number))
    before = events_for(endpoint)
    queue.store([queue.DeliveryOutcome([one.pk for one in Delivery.objects.all()])])
    assert not queue.take_due(endpoint, 8).lanes
    monkeypatch.setattr(queue, "MAX_ARRIVED", 3)
    assert queue.remove_old(time.time()) == 2
    assert queue.remove_old(time.time()) == 0
    assert queue.replay(Delivery.objects.all()) == 3
    assert events_for(endpoint) == before[2:]
    queue.store([queue.DeliveryOutcome([one.pk for one in Delivery.objects.all()])])
    assert queue.remove_old(time.time() + 8 * 24 * 3600) == 3
    write(ALICE, group.pk, "given up")
    catch_up()
    Delivery.objects.update(is_dead=True)
    assert queue.remove_old(time.time() + 3600) == 0
    assert queue.remove_old(time.time() + 8 * 24 * 3600) == 1
