"""Wakes browsers by the push services of their makers (RFC 8030), with empty pushes: the browser then
requests the content. The services know this installation by its key (VAPID, RFC 8292).

The libraries are imported in functions, because they take time and memory to load, and an installation
without subscribed browsers does not need them."""

import base64
import time
from collections.abc import Mapping, Sequence
from functools import lru_cache
from http import HTTPStatus
from urllib.parse import urlsplit

from django.conf import settings

from groups.selectors import join_request_counts
from notifications.addresses import AddressRefused, host_port_of
from notifications.events import JOIN_REQUESTED
from notifications.exchange import EndpointAnswer, OutgoingRequest
from notifications.models import Delivery, PushDevice, PushKey
from notifications.providers import register
from notifications.providers.devices import TTL_SECONDS, DeviceProvider

URL_LENGTH = 2000

# A token is valid for TOKEN_SECONDS, and reused for REUSE_SECONDS.
TOKEN_SECONDS = 12 * 3600
REUSE_SECONDS = 3600


def public_key() -> str:
    """Return the public key for browsers: a point in base64. The key is created on first use."""
    return _public_key(_private_key())


def authorization(origin: str) -> str:
    """Return the Authorization header for the push service at this origin."""
    return _authorization(_private_key(), origin, int(time.time() // REUSE_SECONDS))


def _private_key() -> str:
    stored = PushKey.objects.values_list("private", flat=True).first()
    if stored is None:
        PushKey.objects.bulk_create([PushKey(id=1, private=_new_private_key())], ignore_conflicts=True)
        stored = PushKey.objects.values_list("private", flat=True).get()
    return stored


def _new_private_key() -> str:
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

    claims = {"aud": origin, "exp": period * REUSE_SECONDS + TOKEN_SECONDS}
    if settings.IM66.public_url:
        claims["sub"] = settings.IM66.public_url
    token = jwt.encode(claims, private, algorithm="ES256")
    return f"vapid t={token}, k={_public_key(private)}"


@lru_cache(1)
def _public_key(private: str) -> str:
    from cryptography.hazmat.primitives import serialization

    key = serialization.load_pem_private_key(private.encode(), None)
    point = key.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()


class WebPush(DeviceProvider):
    """The token of a browser is the URL of its subscription."""

    name = "web"
    is_by_conversation = False
    # The next message wakes the browser anyway.
    keeps_dead = False

    def host_for(self, app: str, token: str) -> str:
        """Return the host of the subscription's URL. Raises AddressRefused if the URL is not of a push
        service."""
        host_port = host_port_of(token)
        if len(token) > URL_LENGTH or not (host_port.is_secure or settings.IM66.push_private):
            raise AddressRefused("not a URL of a push service")
        return host_port.netloc

    def is_used(self) -> bool:
        return bool(self._devices().exists())

    def requests(self, deliveries: Sequence[Delivery]) -> Mapping[int, OutgoingRequest | None]:
        browsers = self._devices().in_bulk({delivery.target_id for delivery in deliveries})
        due = [
            delivery
            for delivery in deliveries
            if delivery.target_id in browsers and _is_still_needed(delivery)
        ]
        return {
            delivery.pk: request_for(browsers[delivery.target_id], _TOPICS.get(delivery.event, "im66"))
            for delivery in due
        }

    def is_gone(self, answer: EndpointAnswer) -> bool:
        return answer.status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)

    def on_answer(self, answer: EndpointAnswer) -> None:
        """Do not count gone browsers: they belong to different services."""


def _is_still_needed(delivery: Delivery) -> bool:
    """Whether the push is still needed: not if the group has no requests to join any more."""
    return delivery.event != JOIN_REQUESTED or bool(join_request_counts([int(delivery.body)]))


# While a browser is off, its push service keeps only the last push of each topic.
_TOPICS = {JOIN_REQUESTED: "im66-requests"}


def request_for(browser: PushDevice, topic: str = "im66") -> OutgoingRequest:
    parts = urlsplit(browser.token)
    headers = [
        ("Authorization", authorization(f"{parts.scheme}://{parts.netloc}")),
        ("TTL", str(TTL_SECONDS)),
        ("Topic", topic),
        ("Urgency", "high"),
    ]
    return OutgoingRequest("POST", browser.token, headers, is_public_only=not settings.IM66.push_private)


register(WebPush())
