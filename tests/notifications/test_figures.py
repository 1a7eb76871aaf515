"""What watchers are told of what is on its way."""

import time

import pytest

from notifications.figures import FIGURES
from notifications.models import Delivery, Endpoint

pytestmark = pytest.mark.django_db(transaction=True)

OLDEST, NUMBER, *_ = FIGURES


def add(endpoint: Endpoint, event: str, *, age: float, is_dead: bool = False) -> None:
    now = time.time()
    Delivery.objects.create(
        endpoint=endpoint,
        event=event,
        key=event,
        log_id=1,
        made_at=now - age,
        due_at=now,
        expires_at=now + 3600,
        is_dead=is_dead,
    )


def test_metrics_have_oldest_and_number_of_waiting_deliveries(endpoint: Endpoint) -> None:
    add(endpoint, "notice.due", age=60)
    add(endpoint, "notice.due", age=5)
    add(endpoint, "message.created", age=600)
    read = OLDEST.read()
    assert read["notice",] == pytest.approx(60, abs=10)
    assert read["other",] == pytest.approx(600, abs=10)
    assert NUMBER.read() == {("waiting",): 3, ("dead",): 0}


def test_delivery_metrics_are_zero_without_deliveries() -> None:
    assert OLDEST.read() == {("notice",): 0, ("other",): 0, ("push",): 0}
    assert NUMBER.read() == {("waiting",): 0, ("dead",): 0}


def test_dead_letters_count_as_dead_and_not_waiting(endpoint: Endpoint) -> None:
    add(endpoint, "notice.due", age=60, is_dead=True)
    assert OLDEST.read()["notice",] == 0
    assert NUMBER.read() == {("waiting",): 0, ("dead",): 1}
