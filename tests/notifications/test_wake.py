"""Browsers are woken by their makers' push services."""

import base64
import time
from collections.abc import Callable

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from pytest_django import Settings

from notifications.exchange import EndpointAnswer
from notifications.models import Delivery, Endpoint, PushDevice
from notifications.providers.devices import MAX_FAILURES
from notifications.providers.web_push import public_key
from notifications.sending import push_queue
from notifications.sending.push_queue import MAX_ATTEMPTS, DuePush, PushOutcome
from tests.support.notices import look_later, subscribe, write
from tests.support.settings import override

pytestmark = pytest.mark.django_db(transaction=True)

URL = "https://push.example:8443/send/secret"


@pytest.fixture
def waking(endpoint: Endpoint) -> Callable[[], DuePush]:
    """Lets Alice write to Bob; returns how his browser is woken."""
    endpoint.delete()
    subscribe("bob", URL)

    def begin() -> DuePush:
        write("alice", "bob")
        look_later()
        Delivery.objects.update(due_at=time.time())
        (one,) = take()
        return one

    return begin


HOST = "push.example:8443"


def take() -> list[DuePush]:
    return push_queue.take_due_pushes({HOST: 4, f"{HOST} bob": 4}, most=4, busy=[], people=[])


def store(due: DuePush, answer: EndpointAnswer | None, *, is_host_healthy: bool = False) -> None:
    push_queue.store([PushOutcome(due, answer, is_host_healthy)])


def test_web_push_is_signed_with_the_servers_key(waking: Callable[[], DuePush], settings: Settings) -> None:
    override(settings, public_url="https://chat.example")
    request = waking().request
    assert (request.method, request.url, request.body) == ("POST", URL, b"")
    assert request.is_public_only
    headers = dict(request.headers)
    assert int(headers["TTL"]) > 0
    scheme, _, rest = headers["Authorization"].partition(" ")
    token, key = (part.partition("=")[2] for part in rest.split(", "))
    assert (scheme, key) == ("vapid", public_key())
    point = base64.urlsafe_b64decode(key + "=")
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    claims = jwt.decode(token, public, ["ES256"], audience="https://push.example:8443")
    assert time.time() + 3600 < claims["exp"] <= time.time() + 24 * 3600
    assert claims["sub"] == "https://chat.example"


def test_answered_push_is_removed_and_resets_failures(waking: Callable[[], DuePush]) -> None:
    PushDevice.objects.update(failures=3)
    store(waking(), EndpointAnswer(201))
    assert not Delivery.objects.exists()
    browser = PushDevice.objects.get()
    assert (browser.failures, browser.has_answered) == (0, True)


@pytest.mark.parametrize("status", [404, 410])
def test_push_answer_gone_removes_subscription(waking: Callable[[], DuePush], status: int) -> None:
    store(waking(), EndpointAnswer(status))
    assert not PushDevice.objects.exists()
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("answer", [None, EndpointAnswer(500), EndpointAnswer(301), EndpointAnswer(429, 1)])
def test_failing_push_is_dropped_after_max_attempts(
    waking: Callable[[], DuePush], answer: EndpointAnswer | None
) -> None:
    one = waking()
    for attempt in range(1, MAX_ATTEMPTS):
        store(one, answer)
        assert Delivery.objects.get().attempts == attempt
        assert take() == []
        Delivery.objects.update(due_at=time.time())
        (one,) = take()
    store(one, answer)
    assert not Delivery.objects.exists()
    assert PushDevice.objects.get().failures == 1


def test_subscription_with_too_many_failures_is_removed(waking: Callable[[], DuePush]) -> None:
    PushDevice.objects.update(failures=MAX_FAILURES - 1)
    one = waking()
    Delivery.objects.update(attempts=MAX_ATTEMPTS - 1)
    one.delivery.refresh_from_db()
    store(one, None)
    assert not PushDevice.objects.exists()


def test_retry_after_header_delays_push(waking: Callable[[], DuePush]) -> None:
    store(waking(), EndpointAnswer(429, 1000))
    assert Delivery.objects.get().due_at > time.time() + 900
