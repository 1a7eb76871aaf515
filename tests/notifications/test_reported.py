"""Endpoints that want it are told of new reports, without anything that people wrote."""

import json
import time
from typing import Any

import pytest
from pytest_django import Settings

from log.models import Group
from moderation.models.reports import DISMISS
from moderation.reports import filing, outcomes
from notifications.events import CREATED, REPORTED
from notifications.models import Delivery, Endpoint
from notifications.notices import reading
from notifications.sending import queue
from tests.support.groups import ALICE, BOB, CHARLIE
from tests.support.moderators import MODERATOR, REASON
from tests.support.notices import requests_for, write
from tests.support.settings import override

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = "meet me at the harbour"


@pytest.fixture
def endpoint(group: Group, settings: Settings) -> Endpoint:
    override(settings, public_url="https://chat.example")
    return Endpoint.objects.create(name="desk", url="https://desk.example/hook", events=REPORTED)


def requests(endpoint: Endpoint) -> list[Any]:
    deliveries = list(Delivery.objects.filter(endpoint=endpoint).order_by("id"))
    return [one for one in requests_for(endpoint, deliveries).values() if one]


def test_new_report_sends_one_signed_webhook(endpoint: Endpoint) -> None:
    message = write(BOB, ALICE, SECRET)
    report = filing.file_report(ALICE, f"m:{message}", "abuse", "he threatens me")
    filing.file_by_rule(7, message)
    (request,) = requests(endpoint)
    headers = dict(request.headers)
    assert headers["webhook-id"] == f"report-{report.pk}"
    assert headers["webhook-signature"].startswith("v1,")
    event = json.loads(request.body)
    assert (event["type"], event["data"]) == (
        "report.created",
        {
            "id": report.pk,
            "target": f"m:{message}",
            "about": BOB,
            "category": "abuse",
            "rule": None,
            "opened": int(report.opened_at.timestamp()),
            "url": f"https://chat.example/admin/reports/{report.pk}/",
        },
    )


def test_report_webhook_of_rule_has_its_number_and_no_text(endpoint: Endpoint, group: Group) -> None:
    filing.file_by_rule(7, write(BOB, group.pk, SECRET))
    (request,) = requests(endpoint)
    assert json.loads(request.body)["data"]["rule"] == 7
    assert SECRET.encode() not in request.body


def test_report_after_resolution_sends_another_webhook(endpoint: Endpoint) -> None:
    report = filing.file_report(ALICE, f"u:{BOB}", "spam", "")
    outcomes.resolve(MODERATOR, report.pk, DISMISS, REASON)
    filing.file_report(CHARLIE, f"u:{BOB}", "spam", "")
    assert len(requests(endpoint)) == 2


def test_report_webhook_goes_to_subscribed_active_endpoints_only(endpoint: Endpoint) -> None:
    Endpoint.objects.create(name="pusher", url="https://push.example/", events=CREATED)
    Endpoint.objects.create(name="off", url="https://push.example/", events=REPORTED, is_active=False)
    filing.file_report(ALICE, f"u:{BOB}", "spam", "")
    assert list(Delivery.objects.values_list("endpoint__name", flat=True)) == ["desk"]


def test_failed_report_webhook_delays_no_other(endpoint: Endpoint) -> None:
    for userid in (BOB, CHARLIE):
        filing.file_report(ALICE, f"u:{userid}", "spam", "")
    first, second = queue.take_due(endpoint, 8).lanes
    failed = queue.DeliveryFailure(first[0][0], "answered 500")
    queue.store([queue.DeliveryOutcome([], failed), queue.DeliveryOutcome([second[0][0].pk])])
    left = Delivery.objects.get(arrived_at=None)
    assert (left.attempts, left.problem) == (1, "answered 500")
    assert not queue.take_due(endpoint, 8).lanes
    Delivery.objects.update(due_at=time.time())
    assert len(queue.take_due(endpoint, 8).lanes) == 1


def test_pending_report_webhook_does_not_block_pruning(endpoint: Endpoint) -> None:
    filing.file_report(ALICE, f"u:{BOB}", "spam", "")
    assert reading.limits(time.time()) == []
