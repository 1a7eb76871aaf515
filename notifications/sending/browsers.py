"""Wakes browsers by the push services of their makers, without saying why: the browser asks us."""

import time
from collections.abc import Collection, Iterable
from typing import NamedTuple
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import F

from notifications.models import Delivery, PushSubscription
from notifications.sending.client import Answer, Request
from notifications.sending.queue import pause
from notifications.sending.vapid import authorization

# So many are woken at once.
AT_ONCE = 16
# A browser that is off is woken when it is on again, within this time.
KEPT_SECONDS = 24 * 3600
# Who could not be reached for so many notices is forgotten, and each notice is tried so often.
FAILURES_MOST, ATTEMPTS_MOST = 10, 5
_GONE = {404, 410}


class Waking(NamedTuple):
    delivery: Delivery
    browser: PushSubscription
    request: Request


def take() -> list[Waking]:
    """Whom to wake now."""
    due = Delivery.objects.filter(subscription__isnull=False, due_at__lte=time.time())
    found = due.select_related("subscription").order_by("due_at")[:AT_ONCE]
    return [Waking(one, one.subscription, _request(one.subscription)) for one in found if one.subscription]


def store(answers: Iterable[tuple[Waking, Answer | None]]) -> None:
    """Remove what has arrived and browsers that are gone; let the rest wait. `None`: not reached."""
    answers = list(answers)
    with transaction.atomic():
        _arrived([one for one, answer in answers if answer and answer.is_good])
        gone = [one.browser.pk for one, answer in answers if answer and answer.status in _GONE]
        PushSubscription.objects.filter(pk__in=gone).delete()
        for one, answer in answers:
            if answer is None or not (answer.is_good or answer.status in _GONE):
                _put_off(one, answer)


def _arrived(arrived: Collection[Waking]) -> None:
    Delivery.objects.filter(pk__in=[one.delivery.pk for one in arrived]).delete()
    woken = [one.browser.pk for one in arrived]
    PushSubscription.objects.filter(pk__in=woken, failures__gt=0).update(failures=0)


def _put_off(one: Waking, answer: Answer | None) -> None:
    attempts = one.delivery.attempts + 1
    stored = Delivery.objects.filter(pk=one.delivery.pk)
    if attempts < ATTEMPTS_MOST:
        wait = max(pause(attempts), answer.retry_after if answer else 0)
        stored.update(attempts=attempts, due_at=time.time() + wait)
        return
    stored.delete()
    browser = PushSubscription.objects.filter(pk=one.browser.pk)
    browser.filter(failures__gte=FAILURES_MOST - 1).delete()
    browser.update(failures=F("failures") + 1)


def _request(subscription: PushSubscription) -> Request:
    parts = urlsplit(subscription.url)
    headers = [
        ("Authorization", authorization(f"{parts.scheme}://{parts.netloc}")),
        ("TTL", str(KEPT_SECONDS)),
        ("Topic", "im66"),
        ("Urgency", "high"),
    ]
    return Request("POST", subscription.url, headers)
