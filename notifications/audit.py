"""What the audit log says of endpoints."""

from typing import Any
from urllib.parse import urlsplit, urlunsplit

from notifications.models import Endpoint


def audit_details(endpoint: Endpoint) -> dict[str, Any]:
    """What is sent where: without the secret, and without what may be one in the URL."""
    parts = urlsplit(endpoint.url)
    url = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
    named = {name: getattr(endpoint, name) for name in ("name", "events", "groups", "with_text")}
    return {**named, "url": url, "active": endpoint.is_active}
