"""Tells the audit log what becomes of endpoints and deliveries."""

from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.http import HttpRequest

from accounts.addresses import client_address
from accounts.signals import setting_changed
from notifications.models import Endpoint


def said_of(endpoint: Endpoint) -> dict[str, Any]:
    """What is sent where: without the secret, and without what may be one in the URL."""
    parts = urlsplit(endpoint.url)
    url = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
    named = {name: getattr(endpoint, name) for name in ("name", "events", "groups", "with_text")}
    return {**named, "url": url, "active": endpoint.is_active}


def tell_audit(request: HttpRequest, action: str, target: str, **details: Any) -> None:
    by, address = str(request.user.pk), client_address(request)
    setting_changed.send(sender=None, action=action, target=target, by=by, address=address, details=details)
