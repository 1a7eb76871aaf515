"""A backend announces something, by a key for that and no other."""

from typing import Any

import pytest

from accounts.authentication.proofs import Scope
from accounts.models import CustomFields
from log.models import Group
from moderation.announcements import claim, send_portion
from moderation.models import Announcement, AuditEntry
from tests.api.test_people import by_key
from tests.support.api import Api
from tests.support.groups import BOB

NEWS: dict[str, Any] = {"name": "news", "text": "We are back at ten."}


@pytest.fixture
def backend(mode: str) -> Api:
    return by_key(Scope.ANNOUNCE)


def test_announcement_counts_then_sends_with_progress(backend: Api, group: Group) -> None:
    CustomFields.objects.create(user_id=BOB, values={"floor": 3})
    to = {"group": str(group.pk), "field": {"name": "floor", "value": 3}}
    assert backend.post("announcements?dry_run=true", **NEWS, **to).outcome == (200, {"total": 1})
    assert not Announcement.objects.exists()
    made = backend.post("announcements", **NEWS, **to)
    assert (made.status, made.body["state"], made.body["total"], made.body["sent"]) == (201, "running", 1, 0)
    again = backend.post("announcements", **NEWS, **to)
    assert again.outcome == (200, made.body)
    assert backend.post("announcements", **NEWS).failed == (409, "conflict")
    path = f"announcements/{made.body['id']}"
    assert backend.post(path, action="stop").body["state"] == "stopped"
    assert backend.post(path, action="resume").body["state"] == "running"
    while result := claim("this process"):
        send_portion(result)
    assert backend.get(path).body == {**made.body, "state": "done", "sent": 1}
    assert backend.get("announcements").body["items"] == [backend.get(path).body]
    lines = AuditEntry.objects.filter(action__startswith="announcement.")
    assert {line.actor for line in lines} == {f"key:{backend.headers['authorization'].split('.')[1]}"}


@pytest.mark.parametrize(
    ("wrong", "failed"),
    [
        ({"text": ""}, (400, "invalid")),
        ({"text": "x" * 4001}, (400, "invalid")),
        ({"name": ""}, (400, "invalid")),
        ({"group": "x"}, (400, "invalid")),
        ({"group": "77777"}, (404, "not_found")),
        ({"field": {"name": "floor"}}, (400, "invalid")),
        ({"field": {"name": "floor", "value": [3]}}, (400, "invalid")),
        ({"field": {"name": "3", "value": "x"}}, (400, "invalid")),
        ({"field": {"name": 'a"b', "value": "x"}}, (400, "invalid")),
        ({"field": {"name": "floor", "value": float("nan")}}, (400, "invalid")),
        ({"field": {"name": "floor", "value": "\0"}}, (400, "invalid")),
        ({"field": {"name": "floor", "value": "\ud800"}}, (400, "invalid")),
        ({"active_since": "yesterday"}, (400, "invalid")),
        ({"push": 1}, (400, "invalid")),
    ],
)
def test_invalid_announcement_is_rejected(
    backend: Api, wrong: dict[str, Any], failed: tuple[int, str]
) -> None:
    assert backend.post("announcements", **NEWS | wrong).failed == failed
    assert not Announcement.objects.exists()


def test_announcements_need_their_scope(backend: Api, alice: Api) -> None:
    made = backend.post("announcements", **NEWS).body["id"]
    for other in (alice, by_key(*set(Scope) - {Scope.ANNOUNCE})):
        for answer in (
            other.get("announcements"),
            other.get(f"announcements/{made}"),
            other.post("announcements", name="mine", text="hello"),
            other.post(f"announcements/{made}", action="stop"),
        ):
            assert answer.status in (401, 403)
    assert Announcement.objects.get().state == "running"
    assert backend.get("announcements/0").failed == (404, "not_found")
