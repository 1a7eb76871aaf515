"""A backend manages the webhooks that tell it of events, by a key for that and no other."""

import time
from typing import Any

import pytest

from accounts.authentication.proofs import Scope
from moderation.models import AuditEntry
from notifications.models import Delivery, Endpoint
from tests.api.test_people import by_key
from tests.support.api import Answer, Api

URL = "https://shop.example/hook"
NEW: dict[str, Any] = {"name": "shop", "url": URL, "events": ["message.created", "member.joined"]}


@pytest.fixture
def backend(mode: str) -> Api:
    return by_key(Scope.WEBHOOKS)


def lines() -> list[tuple[str, dict[str, Any]]]:
    """Of the audit log, without the one that says where the key is used."""
    entries = AuditEntry.objects.exclude(action__startswith="key.").order_by("pk")
    return [(one.action, one.details) for one in entries]


def test_webhook_is_created_changed_and_removed(backend: Api) -> None:
    made = backend.post("webhooks", **NEW, conversations=["g:7", "u:bob"], text=False)
    assert made.status == 201
    stored = Endpoint.objects.get()
    assert made.body.pop("secret") == stored.secret
    assert (stored.groups, stored.with_text, stored.url) == ("7 u:bob", False, URL)
    assert made.body == {**NEW, "id": str(stored.pk), "conversations": ["g:7", "u:bob"], "text": False} | {
        "active": True,
        "replay": None,
    }
    path = f"webhooks/{stored.pk}"
    assert backend.patch(path, active=False).body == {**made.body, "active": False}
    assert backend.get("webhooks").body["items"] == [backend.get(path).body]
    assert backend.delete(path).status == 204
    assert not Endpoint.objects.exists()
    assert [action for action, _ in lines()] == ["endpoint.make", "endpoint.change", "endpoint.remove"]
    assert stored.secret not in str(lines())


def test_webhook_has_no_text_unless_it_is_set(backend: Api) -> None:
    made = backend.post("webhooks", **NEW).body
    assert made["text"] is Endpoint.objects.get().with_text is False
    path = f"webhooks/{made['id']}"
    assert backend.patch(path, text=True).body["text"] is True
    assert backend.patch(path, active=False).body["text"] is True


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "ftp://shop.example/"},
        {"url": ""},
        {"events": []},
        {"events": ["message.lost"]},
        {"conversations": ["g:x"]},
        {"conversations": ["u:a b"]},
        {"active": "yes"},
        {"name": ""},
    ],
)
def test_invalid_webhook_is_rejected(backend: Api, wrong: dict[str, Any]) -> None:
    assert backend.post("webhooks", **NEW | wrong).failed == (400, "invalid")
    assert not Endpoint.objects.exists()


def test_webhook_deliveries_are_listed_and_resent(backend: Api) -> None:
    path = f"webhooks/{backend.post('webhooks', **NEW).body['id']}"
    now = time.time()
    times = {"made_at": now, "due_at": now, "expires_at": now + 60}
    of_shop: dict[str, Any] = {
        "endpoint": Endpoint.objects.get(),
        "event": "message.created",
        "key": "g:1",
        **times,
    }
    states: list[dict[str, Any]] = [
        {"is_dead": True, "arrived_at": now},
        {"is_dead": True, "problem": "answered 500"},
        {},
    ]
    arrived, dead, waiting = (
        Delivery.objects.create(log_id=number, **of_shop, **state) for number, state in enumerate(states, 1)
    )
    listed = backend.get(f"{path}/deliveries").body["items"]
    assert [(one["id"], one["state"], one["webhook_id"]) for one in listed] == [
        (waiting.pk, "waiting", "3"),
        (dead.pk, "dead", "2"),
        (arrived.pk, "arrived", "1"),
    ]
    assert [one["problem"] for one in backend.get(f"{path}/deliveries", state="dead").body["items"]] == [
        "answered 500"
    ]
    assert len(backend.get(f"{path}/deliveries", before=dead.pk).body["items"]) == 1
    other = Endpoint.objects.create(name="other", url=URL)
    chosen = [arrived.pk, dead.pk, waiting.pk]
    assert backend.post(f"webhooks/{other.pk}/resend", deliveries=chosen).body == {"sent": 0}
    assert backend.post(f"{path}/resend", deliveries=chosen).body == {"sent": 2}
    assert not Delivery.objects.filter(is_dead=True).exists()
    assert lines()[-1] == ("delivery.replay", {"deliveries": 2})


def test_webhook_replay_starts_and_stops(backend: Api) -> None:
    path = f"webhooks/{backend.post('webhooks', **NEW).body['id']}/replay"
    assert backend.post(path, after=0, upto=1).body["replay"] == {"after": 0, "upto": 0}
    assert backend.delete(path).status == 204
    assert Endpoint.objects.get().replay_after is None
    assert [action for action, _ in lines()][1:] == ["endpoint.replay"] * 2


def test_webhook_calls_need_their_scope(backend: Api, alice: Api) -> None:
    made = backend.post("webhooks", **NEW).body["id"]
    first = Endpoint.objects.create(name="pusher", kind="first_server", url=URL).pk
    paths = (f"webhooks/{made}", f"webhooks/{made}/deliveries", "webhooks")
    for other in (alice, by_key(*set(Scope) - {Scope.WEBHOOKS})):
        refused: list[Answer] = [other.get(path) for path in paths]
        refused += [other.post("webhooks", **NEW), other.delete(f"webhooks/{made}")]
        refused += [
            other.post(f"webhooks/{made}/{call}", after=0, deliveries=[1]) for call in ("replay", "resend")
        ]
        assert {answer.status for answer in refused} <= {401, 403}
    assert backend.get(f"webhooks/{made}?as=alice").failed == (400, "invalid")
    for wrong in ("0", "x", str(first), "9" * 30):
        assert backend.get(f"webhooks/{wrong}").failed == (404, "not_found")
