"""Wakes browsers by the push services of their makers (RFC 8030), without saying why: the browser asks us.
The services know this installation by its key (VAPID, RFC 8292).

The libraries are imported where they are needed. They take time and memory to load, and where no browser is
to be woken nobody needs them."""

import base64
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from http import HTTPStatus
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Count, F, Q

from groups.selectors import requests_in
from notifications.addresses import own_lane
from notifications.client import EndpointAnswer, OutgoingRequest
from notifications.events import JOIN_REQUESTED
from notifications.models import Delivery, PushKey, PushSubscription
from notifications.providers import NoticeTarget, Provider, Verdict, register

# A browser that is off is woken when it is on again, within this time.
KEPT_SECONDS = 24 * 3600
# A browser that could not be reached for so many notices is forgotten.
MAX_FAILURES = 10
_GONE = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}

# A token holds for so long, and is used for a part of it.
HOLDS_SECONDS = 12 * 3600
USED_SECONDS = 3600


def public_key() -> str:
    """The public key for browsers: a point in base64. The key is created on first use."""
    return _public(_private_text())


def authorization(origin: str) -> str:
    """The header of this name, for the push service there."""
    return _authorization(_private_text(), origin, int(time.time() // USED_SECONDS))


def _private_text() -> str:
    stored = PushKey.objects.values_list("private", flat=True).first()
    if stored is None:
        PushKey.objects.bulk_create([PushKey(id=1, private=_new_private())], ignore_conflicts=True)
        stored = PushKey.objects.values_list("private", flat=True).get()
    return stored


def _new_private() -> str:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    return (
        ec.generate_private_key(ec.SECP256R1())
        .private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        .decode()
    )


@lru_cache(1000)
def _authorization(private: str, origin: str, period: int) -> str:
    import jwt

    claims = {"aud": origin, "exp": period * USED_SECONDS + HOLDS_SECONDS}
    if settings.IM66.public_url:
        claims["sub"] = settings.IM66.public_url
    token = jwt.encode(claims, private, algorithm="ES256")
    return f"vapid t={token}, k={_public(private)}"


@lru_cache(1)
def _public(private: str) -> str:
    from cryptography.hazmat.primitives import serialization

    key = serialization.load_pem_private_key(private.encode(), None)
    point = key.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()


class WebPush(Provider):
    name = "web_push"
    people = PushSubscription._meta.db_table
    # The browser is woken for the next message.
    keeps_dead = False

    def is_used(self) -> bool:
        return PushSubscription.objects.exists()

    def targets(self, userids: Collection[str]) -> Iterator[NoticeTarget]:
        for browser in PushSubscription.objects.filter(user__in=userids):
            yield NoticeTarget(browser.pk, browser.user_id, lane_of(browser))

    def requests(self, deliveries: Sequence[Delivery]) -> Mapping[int, OutgoingRequest | None]:
        browsers = PushSubscription.objects.in_bulk({one.target_id for one in deliveries})
        waking = [one for one in deliveries if one.target_id in browsers and _is_due(one)]
        return {one.pk: _request(browsers[one.target_id], _TOPICS.get(one.event, "im66")) for one in waking}

    def judge(self, answer: EndpointAnswer) -> Verdict:
        return Verdict.GONE if answer.status in _GONE else super().judge(answer)

    def reached(self, ids: Collection[int]) -> None:
        changed = Q(failures__gt=0) | Q(has_answered=False)
        PushSubscription.objects.filter(changed, pk__in=ids).update(failures=0, has_answered=True)

    def missed(self, ids: Collection[int]) -> None:
        browsers = PushSubscription.objects.filter(pk__in=ids)
        browsers.filter(failures__gte=MAX_FAILURES - 1).delete()
        browsers.update(failures=F("failures") + 1)

    def forget(self, ids: Collection[int]) -> None:
        PushSubscription.objects.filter(pk__in=ids).delete()

    def erase(self, userid: str) -> None:
        PushSubscription.objects.filter(user=userid).delete()

    def served(self, limit: int) -> list[tuple[str, int]]:
        known = PushSubscription.objects.filter(has_answered=True, failures=0).exclude(host="")
        counted = known.values_list("host").annotate(people=Count("user", distinct=True))
        return list(counted.order_by("-people")[:limit])


def lane_of(browser: PushSubscription) -> str:
    """In which its pushes wait: that of its host, or if it could not be reached, the person's own there."""
    return own_lane(browser.host, browser.user_id) if browser.failures and browser.host else browser.host


def _is_due(delivery: Delivery) -> bool:
    """No push is sent for people who no longer ask to join."""
    return delivery.event != JOIN_REQUESTED or bool(requests_in([int(delivery.body)]))


# Of what waits for a browser that is off, its push service keeps the last one with each topic.
_TOPICS = {JOIN_REQUESTED: "im66-requests"}


def _request(browser: PushSubscription, topic: str) -> OutgoingRequest:
    parts = urlsplit(browser.url)
    headers = [
        ("Authorization", authorization(f"{parts.scheme}://{parts.netloc}")),
        ("TTL", str(KEPT_SECONDS)),
        ("Topic", topic),
        ("Urgency", "high"),
    ]
    return OutgoingRequest("POST", browser.url, headers, is_public_only=not settings.IM66.push_private)


register(WebPush())
