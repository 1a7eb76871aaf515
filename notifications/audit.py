"""Details of endpoints for the audit log."""

from typing import Any
from urllib.parse import urlsplit, urlunsplit

from notifications.models import Endpoint


def audit_details(endpoint: Endpoint) -> dict[str, Any]:
    """Return the settings of the endpoint for the audit log, without its secret. The user, the password and
    the query of the URL are left out, because they may be secrets too."""
    parts = urlsplit(endpoint.url)
    url = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
    fields = {name: getattr(endpoint, name) for name in ("name", "events", "groups", "with_text")}
    return {**fields, "url": url, "active": endpoint.is_active}
