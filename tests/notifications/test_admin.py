"""Endpoints, dead letters and bots in the admin."""

import re
import time
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from log.models import Group
from notifications import bots
from notifications.models import Delivery, Endpoint, Hook
from notifications.models.endpoints import new_secret
from tests.support.admin import operator

pytestmark = pytest.mark.django_db(transaction=True)

ENDPOINTS, DELIVERIES, HOOKS = (f"/admin/notifications/{name}/" for name in ("endpoint", "delivery", "hook"))


@pytest.fixture
def staff(group: Group) -> Client:
    return operator()


def form(**changes: object) -> dict[str, object]:
    fields = {
        "name": "pusher",
        "kind": "standard",
        "url": "https://push.example/",
        "secret": new_secret(),
        "events": ["notice.due", "message.created"],
        "groups": "",
        "with_text": "on",
        "is_active": "on",
    }
    return fields | changes


def dead(endpoint: Endpoint) -> Delivery:
    now = time.time()
    return Delivery.objects.create(
        endpoint=endpoint,
        event="notice.due",
        key="bob",
        log_id=1,
        body="[]",
        made_at=now,
        due_at=now,
        expires_at=now,
        is_dead=True,
        problem="answered 500",
    )


def test_admin_creates_endpoint(staff: Client) -> None:
    assert staff.post(f"{ENDPOINTS}add/", form()).status_code == 302
    made = Endpoint.objects.get()
    assert made.events == "notice.due message.created"
    page = staff.get(f"{ENDPOINTS}{made.pk}/change/").content.decode()
    checked = set(re.findall(r'value="([a-z.]+)"[^>]* checked', page))
    assert checked == {"notice.due", "message.created"}
    assert staff.get(ENDPOINTS).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"url": "push.example"},
        {"url": "ftp://push.example/"},
        {"secret": "whsec_short"},
        {"groups": "1, 2"},
        {"events": []},
        {"events": ["message.lost"]},
        {"kind": "first_server"},
    ],
)
def test_incomplete_form_makes_no_endpoint(staff: Client, changes: dict[str, object]) -> None:
    assert staff.post(f"{ENDPOINTS}add/", form(**changes)).status_code == 200
    assert not Endpoint.objects.exists()


def test_admin_lists_and_resends_dead_letter(staff: Client, endpoint: Endpoint) -> None:
    letter = dead(endpoint)
    assert "answered 500" in staff.get(f"{DELIVERIES}?state=dead").content.decode()
    staff.post(DELIVERIES, {"action": "replay", "_selected_action": letter.pk})
    letter.refresh_from_db()
    assert not letter.is_dead
    assert letter.expires_at > time.time() + 3600


def test_admin_lists_and_resends_arrived_delivery(staff: Client, endpoint: Endpoint) -> None:
    letter = dead(endpoint)
    Delivery.objects.update(arrived_at=time.time(), problem="")
    assert f"/{letter.pk}/" not in staff.get(f"{DELIVERIES}?state=dead").content.decode()
    assert f"/{letter.pk}/" in staff.get(f"{DELIVERIES}?state=arrived").content.decode()
    staff.post(DELIVERIES, {"action": "replay", "_selected_action": letter.pk})
    assert Delivery.objects.get().state == "waiting"


def test_replay_of_endpoint_runs_until_stopped(staff: Client, endpoint: Endpoint) -> None:
    page = f"{ENDPOINTS}{endpoint.pk}/replay/"
    assert staff.post(page, {"after": "-1"}).status_code == 200
    assert staff.post(page, {"after": "0", "upto": "1"}).status_code == 302
    assert "Sending again: 0 of 1." in staff.get(page).content.decode()
    # The form of the endpoint does not move it.
    staff.post(f"{ENDPOINTS}{endpoint.pk}/change/", form(secret=endpoint.secret, groups="g:7 u:bob"))
    stored = Endpoint.objects.values_list("replay_after", "groups")
    assert stored.get() == (0, "7 u:bob")
    assert 'value="g:7 u:bob"' in staff.get(f"{ENDPOINTS}{endpoint.pk}/change/").content.decode()
    staff.post(page, {"stop": "Stop"})
    assert stored.get() == (None, "7 u:bob")
    assert Client().get(page).status_code == 302
    call_command("replaywebhook", "pusher", "--after", "1", stdout=StringIO())
    assert stored.get() == (1, "7 u:bob")
    for wrong in (["nobody", "--stop"], ["pusher"], ["pusher", "--stop", "--after", "1"]):
        with pytest.raises(CommandError):
            call_command("replaywebhook", *wrong)


def test_admin_cannot_create_or_change_deliveries(staff: Client, endpoint: Endpoint) -> None:
    letter = dead(endpoint)
    assert staff.get(f"{DELIVERIES}add/").status_code == 403
    assert staff.post(f"{DELIVERIES}{letter.pk}/change/", {"key": "x"}).status_code == 403


def test_admin_shows_secret_of_new_bot_once(staff: Client, group: Group) -> None:
    page = staff.post(f"{HOOKS}add/", {"group": group.pk, "name": "Builds"}).content.decode()
    (token,) = set(re.findall(r"Bearer ([\w-]+)", page))
    hook = bots.bot_of_secret(token)
    assert (hook.group_id, hook.name) == (group.pk, "Builds")
    for url in (HOOKS, f"{HOOKS}{hook.pk}/change/", f"{HOOKS}{hook.pk}/history/"):
        assert token not in staff.get(url).content.decode()


def test_admin_revokes_bot(staff: Client, group: Group) -> None:
    made = bots.make_bot(group.pk, "Builds")
    staff.post(HOOKS, {"action": "revoke", "_selected_action": made.pk})
    with pytest.raises(bots.NoSuchBot):
        bots.bot_of_secret(made.token)


def test_admin_refuses_bot_beyond_group_limit(
    staff: Client, group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("groups.bots.MAX_BOTS", 1)
    bots.make_bot(group.pk, "Builds")
    assert staff.post(f"{HOOKS}add/", {"group": group.pk, "name": "Other"}).status_code == 200
    assert Hook.objects.count() == 1
