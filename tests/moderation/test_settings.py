"""What lets somebody in, gives privileges or sends texts away is written down: who has done what
to it."""

import time
from typing import Any

import pytest
from django.contrib.auth.models import Group as Role
from django.test import Client
from pytest_django import Settings

from accounts import invitations
from log.models import Group
from moderation.models import AuditEntry
from notifications import bots
from notifications.models import Delivery, Endpoint
from notifications.models.endpoints import new_secret
from tests.support.admin import operator, send_form
from tests.support.api import Api
from tests.support.settings import override

pytestmark = pytest.mark.django_db

ENDPOINTS, HOOKS = "/admin/notifications/endpoint/", "/admin/notifications/hook/"
DELIVERIES = "/admin/notifications/delivery/"
INVITATIONS = "/admin/accounts/invitation/"
NO_LONGER = {"action": "delete_selected", "post": "yes"}


@pytest.fixture
def admin(group: Group) -> Client:
    return operator()


def fields(**changes: object) -> dict[str, Any]:
    values: dict[str, Any] = {
        "name": "pusher",
        "kind": "standard",
        "url": "https://me:pw@push.example/in?token=x",
        "groups": "",
    }
    values |= {"secret": new_secret(), "with_text": "on", "is_active": "on"}
    values["events"] = ["message.created"]
    return values | changes


def lines() -> list[tuple[str, str, str]]:
    """Oldest first: who, what, on what."""
    return list(AuditEntry.objects.order_by("pk").values_list("actor", "action", "target"))


def last() -> AuditEntry:
    return AuditEntry.objects.latest("pk")


def test_changes_of_endpoints_are_audited(admin: Client) -> None:
    admin.post(f"{ENDPOINTS}add/", fields())
    endpoint = Endpoint.objects.get()
    name = f"endpoint:{endpoint.pk}"
    logged: dict[str, Any] = {
        "name": "pusher",
        "url": "https://push.example/in",
        "events": "message.created",
        "groups": "",
    }
    logged |= {"with_text": True, "active": True}
    assert (last().details, last().address) == (logged, "127.0.0.1")
    admin.post(f"{ENDPOINTS}{endpoint.pk}/change/", fields(url="https://elsewhere.example/"))
    changed = {**logged, "url": "https://elsewhere.example/", "secret": "changed", "before": logged}
    assert last().details == changed
    admin.post(f"{ENDPOINTS}{endpoint.pk}/delete/", {"post": "yes"})
    other = Endpoint.objects.create(name="other", url="https://push.example/")
    admin.post(ENDPOINTS, {**NO_LONGER, "_selected_action": other.pk})
    assert not Endpoint.objects.exists()
    assert lines() == [
        ("admin", "endpoint.make", name),
        ("admin", "endpoint.change", name),
        ("admin", "endpoint.remove", name),
        ("admin", "endpoint.remove", f"endpoint:{other.pk}"),
    ]
    page = admin.get("/admin/audit/").content.decode()
    assert "Changed an endpoint" in page
    assert "https://elsewhere.example/" in page


def test_rejected_setting_is_not_audited(admin: Client) -> None:
    assert admin.post(f"{ENDPOINTS}add/", fields(url="push.example")).status_code == 200
    assert lines() == []


def test_changes_of_invitations_are_audited(admin: Client, settings: Settings) -> None:
    override(settings, signup="invite")
    tomorrow = {"expires_at_0": "2100-01-01", "expires_at_1": "00:00"}
    admin.post(f"{INVITATIONS}add/", {"userid": "dave", **tomorrow})
    used, _ = invitations.invite(None)
    invitations.use(used)
    made = AuditEntry.objects.get().target
    everything = [used.pk, made.removeprefix("invitation:")]
    admin.post(INVITATIONS, {"action": "take_back", "_selected_action": everything})
    assert lines() == [("admin", "invitation.make", made), ("admin", "invitation.revoke", made)]
    assert last().details["userid"] == "dave"


def test_changes_of_bots_are_audited(admin: Client, group: Group) -> None:
    admin.post(f"{HOOKS}add/", {"group": group.pk, "name": "Builds"})
    (hook,) = bots.active_bots(group.pk)
    admin.post(HOOKS, {"action": "revoke", "_selected_action": hook.pk})
    there = f"g:{group.pk}"
    assert lines() == [("admin", "bot.make", there), ("admin", "bot.revoke", there)]
    assert last().details == {"name": "Builds", "userid": hook.bot_id}


def test_bots_made_by_members_are_audited(group: Group) -> None:
    there, url = f"g:{group.pk}", f"groups/{group.pk}/hooks"
    made = Api("alice").post(url, name="Builds").body
    assert Api("alice").delete(f"{url}/{made['id']}").status == 204
    assert lines() == [("alice", "bot.make", there), ("alice", "bot.revoke", there)]
    assert last().details == {"name": "Builds", "userid": made["userid"]}
    assert Api("bob").post(url, name="Mine").failed == (403, "not_allowed")
    assert len(lines()) == 2


def test_replayed_deliveries_are_audited(admin: Client) -> None:
    endpoint = Endpoint.objects.create(name="pusher", url="https://push.example/")
    now = time.time()
    times = {"made_at": now, "due_at": now, "expires_at": now}
    letters = [
        Delivery.objects.create(
            endpoint=endpoint, event="notice.due", key=key, log_id=1, body="[]", is_dead=True, **times
        )
        for key in ("alice", "bob")
    ]
    chosen = {"action": "replay", "_selected_action": [letter.pk for letter in letters]}
    admin.post(DELIVERIES, chosen)
    assert lines() == [("admin", "delivery.replay", f"endpoint:{endpoint.pk}")]
    assert last().details == {"deliveries": 2}
    admin.post(DELIVERIES, chosen)
    assert len(lines()) == 1, "none of them is dead any more"


def test_changes_of_privileges_are_audited(admin: Client) -> None:
    role = Role.objects.create(name="role")
    send_form(admin, "/admin/accounts/user/bob/change/", is_staff="on", groups=str(role.pk))
    assert lines() == [("admin", "person.privileges", "u:bob")]
    assert last().details == {
        "is_staff": True,
        "roles": ["role"],
        "before": {"is_staff": False, "roles": []},
    }
    send_form(admin, "/admin/accounts/user/bob/change/", nickname="Bob")
    assert len(lines()) == 1, "a name is no privilege"
