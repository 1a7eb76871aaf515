"""The calls by which people say how they want to be told."""

import base64
from typing import Any

import pytest
from pytest_django import Settings

from log.models import Group
from notifications.models import PushDevice
from notifications.pushing import MAX_DEVICES
from tests.support.api import Api
from tests.support.groups import ALICE, BOB
from tests.support.settings import override

URL = "https://push.example/1"


def browsers() -> list[tuple[str, str]]:
    return list(PushDevice.objects.order_by("pk").values_list("user_id", "token"))


def test_browser_can_subscribe_and_unsubscribe(group: Group) -> None:
    assert Api(ALICE).put("push/subscriptions", endpoint=URL, keys={"auth": "x"}).status == 204
    assert browsers() == [(ALICE, URL)]
    assert Api(ALICE).send("DELETE", "push/subscriptions", f'{{"endpoint": "{URL}"}}').status == 204
    assert browsers() == []


def test_push_key_is_created_once(group: Group) -> None:
    key = Api(ALICE).get("push").body["key"]
    assert Api(BOB).get("push").body["key"] == key
    point = base64.urlsafe_b64decode(key + "=")
    assert (len(point), point[0]) == (65, 4)


def test_browser_subscription_belongs_to_its_last_person(group: Group) -> None:
    for person in (ALICE, BOB, BOB):
        Api(person).put("push/subscriptions", endpoint=URL)
    assert browsers() == [(BOB, URL)]


def test_push_subscription_of_another_person_cannot_be_removed(group: Group) -> None:
    Api(ALICE).put("push/subscriptions", endpoint=URL)
    Api(BOB).send("DELETE", "push/subscriptions", f'{{"endpoint": "{URL}"}}')
    assert browsers() == [(ALICE, URL)]


def test_oldest_browser_is_removed_beyond_device_limit(group: Group) -> None:
    for number in range(MAX_DEVICES + 2):
        Api(ALICE).put("push/subscriptions", endpoint=f"https://push.example/{number}")
    assert len(browsers()) == MAX_DEVICES
    assert (ALICE, "https://push.example/0") not in browsers()


@pytest.mark.parametrize(
    "url", ["", "x", "http://push.example/1", "ftp://push.example", "https://", "https://a:b@push.example/"]
)
def test_invalid_push_endpoint_is_refused(group: Group, url: str) -> None:
    assert Api(ALICE).put("push/subscriptions", endpoint=url).failed == (400, "invalid")


def test_push_service_over_http_needs_push_private(group: Group, settings: Settings) -> None:
    override(settings, webhook_private=True)
    refused = Api(ALICE).put("push/subscriptions", endpoint="http://127.0.0.1:1/")
    assert refused.failed == (400, "invalid")
    override(settings, push_private=True)
    assert Api(ALICE).put("push/subscriptions", endpoint="http://127.0.0.1:1/").status == 204


QUIET = {"from": "22:00", "to": "07:00", "zone": "Asia/Shanghai"}


def test_quiet_hours_are_stored(group: Group) -> None:
    assert Api(ALICE).get("me").body["quiet"] is None
    assert Api(ALICE).patch("me", quiet=QUIET).body["quiet"] == QUIET
    assert Api(ALICE).patch("me", nickname="Al").body["quiet"] == QUIET
    assert Api(ALICE).get("me").body["nickname"] == "Al"
    assert Api(ALICE).patch("me", quiet=None).body["quiet"] is None


@pytest.mark.parametrize(
    "change",
    [
        {"from": "24:00"},
        {"from": "7:00"},
        {"from": 7},
        {"to": "07:60"},
        {"to": ""},
        {"zone": "Asia"},
        {"zone": "Nowhere/Town"},
        {"zone": "/etc/passwd"},
        {"zone": "../x"},
        {"zone": ""},
    ],
)
def test_invalid_quiet_hours_are_refused(group: Group, change: dict[str, Any]) -> None:
    assert Api(ALICE).patch("me", quiet=QUIET | change).failed == (400, "invalid")
    assert Api(ALICE).get("me").body["quiet"] is None
