"""Whether a browser speaks for a page of somebody else's, which must not act in its reader's name.

A page may open a socket to any server that its reader's browser reaches, on the reader's own machine for
instance, and send it forms. A browser says whose page it is; the apps say nothing of the kind.
"""

from collections.abc import Collection
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest

_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def is_foreign(origin: str | None, fetch_site: str | None, host: str, trusted: Collection[str]) -> bool:
    """Whether the headers `Origin` and `Sec-Fetch-Site` of a request to `host` tell of another site's page.

    `trusted`: origins that are ours, whatever the host. The scheme is not compared: a proxy in front speaks
    HTTPS to browsers and HTTP to us.
    """
    if origin is None:
        return fetch_site in {"cross-site", "same-site"}
    if origin in trusted:
        return False
    parts = urlsplit(origin)
    port = _DEFAULT_PORTS.get(parts.scheme, "")
    ours = host.lower().removesuffix(port) == parts.netloc.lower().removesuffix(port)
    return not (ours and parts.netloc) or fetch_site == "cross-site"


def is_of_another_site(request: HttpRequest) -> bool:
    """Whether a page of another site makes the request."""
    headers = request.headers
    return is_foreign(
        headers.get("Origin"),
        headers.get("Sec-Fetch-Site"),
        request.get_host(),
        settings.CSRF_TRUSTED_ORIGINS,
    )
