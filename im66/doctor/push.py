"""Checks the key by which push services know this installation."""

from django.conf import settings
from django.db import Error
from django.utils.translation import gettext_noop

from im66.doctor.findings import Fault, Findings
from notifications.models import PushKey, PushSubscription

KEY = Fault(
    "push.key",
    gettext_noop("The key for push services cannot be read: no browser is woken."),
    gettext_noop(
        "Restore notifications_pushkey from a backup; without one, empty the table: browsers subscribe anew."
    ),
)
NO_ADDRESS = Fault(
    "push.no_address",
    gettext_noop("IM66_PUBLIC_URL is not set: some push services refuse to wake browsers."),
    gettext_noop("Set IM66_PUBLIC_URL."),
    is_warning=True,
)


def look() -> Findings:
    try:
        key = PushKey.objects.values_list("private", flat=True).first()
        is_used = PushSubscription.objects.exists()
    except Error:  # the check of the database tells
        return
    if key is not None and not _is_readable(key):
        yield KEY.finding()
    if is_used and not settings.IM66.public_url:
        yield NO_ADDRESS.finding()


def _is_readable(text: str) -> bool:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    try:
        key = serialization.load_pem_private_key(text.encode(), None)
    except (ValueError, TypeError):
        return False
    return isinstance(key, ec.EllipticCurvePrivateKey)
