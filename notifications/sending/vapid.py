"""How push services know this installation: RFC 8292.

The libraries are imported where they are needed. They take time and memory to load, and where no browser is
to be woken nobody needs them.
"""

import base64
import time
from functools import lru_cache

from django.conf import settings

from notifications.models import PushKey

# A token holds for so long, and is used for a part of it.
HOLDS_SECONDS = 12 * 3600
USED_SECONDS = 3600


def public_key() -> str:
    """What browsers are told: a point in base64. The key is created on first use."""
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
