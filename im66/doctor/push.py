"""Checks the keys with which this installation authenticates to push services."""

import asyncio

from django.conf import settings
from django.db import Error
from django.utils.translation import gettext_noop

from im66.doctor.findings import Fault, Findings
from notifications.client import Client, RequestFailed
from notifications.models import PushDevice, PushKey
from notifications.providers.devices import TokenProvider, device_providers

KEY = Fault(
    "push.key",
    gettext_noop("The key for push services cannot be read: no push is sent."),
    gettext_noop(
        "Restore notifications_pushkey from a backup; without one, empty the table: browsers subscribe again."
    ),
)
NO_ADDRESS = Fault(
    "push.no_address",
    gettext_noop("IM66_PUBLIC_URL is not set: some push services refuse to wake browsers."),
    gettext_noop("Set IM66_PUBLIC_URL."),
    is_warning=True,
)
REFUSED = Fault(
    "push.refused",
    gettext_noop("%(provider)s gives out no access token for %(app)s: %(problem)s."),
    gettext_noop("Mend its keys in IM66_PUSH_APPS, and see that this machine reaches %(host)s."),
)


def check() -> Findings:
    try:
        key = PushKey.objects.values_list("private", flat=True).first()
        is_used = PushDevice.objects.filter(provider="web").exists()
    except Error:  # the database check reports it
        return
    if key is not None and not _is_readable(key):
        yield KEY.finding()
    if is_used and not settings.IM66.public_url:
        yield NO_ADDRESS.finding()
    for provider in device_providers().values():
        if isinstance(provider, TokenProvider):
            for app in provider.apps():
                if problem := asyncio.run(_token_problem(provider, app)):
                    host = provider.host_for(app, "")
                    yield REFUSED.finding(provider=provider.name, app=app, problem=problem, host=host)


async def _token_problem(provider: TokenProvider, app: str) -> str:
    client = Client()
    try:
        await provider.fetch_token(provider.apps()[app], client)
    except RequestFailed as failed:
        return str(failed)
    except (LookupError, ValueError):
        return "not an answer"
    finally:
        client.close()
    return ""


def _is_readable(text: str) -> bool:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    try:
        key = serialization.load_pem_private_key(text.encode(), None)
    except (ValueError, TypeError):
        return False
    return isinstance(key, ec.EllipticCurvePrivateKey)
