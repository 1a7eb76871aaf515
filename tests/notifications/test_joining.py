"""A request to join is told to owners and admins who want that, once, and outside of quiet hours."""

import json

import pytest
from django.utils import timezone

from groups import links
from log.models import Conversation, Group
from notifications import erasing
from notifications.models import Delivery, Endpoint
from notifications.notices.quiet import Quiet
from notifications.providers.web_push import WebPush
from notifications.pushing import set_quiet
from tests.support.groups import ALICE, BOB, CHARLIE
from tests.support.notices import requests_for, subscribe

pytestmark = pytest.mark.django_db(transaction=True)

ALL_DAY = Quiet(0, 24 * 60 - 1, "UTC")


@pytest.fixture
def code(group: Group) -> str:
    """Of a link by which people ask to join. The browsers of Alice, who owns the group, and Bob are woken."""
    Group.objects.filter(pk=group.pk).update(needs_approval=True)
    for person in (ALICE, BOB):
        subscribe(person, f"https://push.example/{person}")
    return links.create_link(group.pk, ALICE).code


def pushes() -> list[str]:
    """Whose browsers are woken, once this is due."""
    deliveries = list(Delivery.objects.filter(endpoint=None, event="join.requested"))
    return [one.key for one in deliveries if WebPush().requests([one])]


def test_join_request_pushes_to_the_owner_once(code: str) -> None:
    links.join_by_link(code, CHARLIE)
    links.join_by_link(code, CHARLIE)
    assert pushes() == [ALICE]


def test_join_request_sends_no_push_to_an_owner_who_muted_the_group(code: str, group: Group) -> None:
    Conversation.objects.update_or_create(user_id=ALICE, group=group, defaults={"muted": True})
    links.join_by_link(code, CHARLIE)
    assert pushes() == []


def test_answered_join_request_sends_no_push(code: str, group: Group) -> None:
    links.join_by_link(code, CHARLIE)
    links.answer_join_request(group.pk, CHARLIE, ALICE, accepts=False)
    assert pushes() == []


def test_join_request_push_waits_for_end_of_quiet_hours(code: str) -> None:
    set_quiet(ALICE, ALL_DAY)
    if timezone.now().strftime("%H:%M") == "23:59":
        pytest.skip("the one minute that is not quiet")
    links.join_by_link(code, CHARLIE)
    (one,) = Delivery.objects.filter(event="join.requested")
    assert one.due_at > one.made_at


def test_join_request_webhook_names_people_to_notify(code: str, group: Group) -> None:
    endpoint = Endpoint.objects.create(name="pusher", url="https://push.example", events="join.requested")
    links.join_by_link(code, CHARLIE)
    (one,) = Delivery.objects.filter(endpoint=endpoint)
    request = requests_for(endpoint, [one])[one.pk]
    assert request
    assert request.body
    event_data = json.loads(request.body)["data"]
    assert event_data.pop("time")
    assert event_data == {
        "user": ALICE,
        "conversation": f"g:{group.pk}",
        "title": group.name,
        "by": CHARLIE,
        "count": 1,
    }


@pytest.mark.parametrize("person", [ALICE, CHARLIE])
def test_join_request_of_erased_person_sends_no_webhook(code: str, person: str) -> None:
    Endpoint.objects.create(name="pusher", url="https://push.example", events="join.requested")
    links.join_by_link(code, CHARLIE)
    erasing.erase_person(person)
    assert not Delivery.objects.filter(endpoint__isnull=False).exists()
