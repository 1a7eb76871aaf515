"""Detects requests that a browser sends on behalf of a page of another site.

A web page can send forms and open sockets to any server that its reader's browser can reach, for example on
the reader's own machine. A page of another site must not act in the reader's name. Browsers say which site a
page belongs to; the apps send no such header.
"""

from collections.abc import Collection
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest

_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def is_foreign(origin: str | None, fetch_site: str | None, host: str, trusted: Collection[str]) -> bool:
    """Whether the headers `Origin` and `Sec-Fetch-Site` say that a request to `host` comes from another
    site's page.

    `trusted`: origins that are ours, whatever the host. The scheme is not compared, because a proxy in front
    speaks HTTPS to browsers and HTTP to us.
    """
    if origin is None:
        return fetch_site in {"cross-site", "same-site"}
    if origin in trusted:
        return False
    return not _matches_host(origin, host) or fetch_site == "cross-site"


def _matches_host(origin: str, host: str) -> bool:
    try:
        parts = urlsplit(origin)
    except ValueError:  # not from a browser
        return False
    port = _DEFAULT_PORTS.get(parts.scheme, "")
    theirs = parts.netloc.lower().removesuffix(port)
    return bool(theirs) and theirs == host.lower().removesuffix(port)


def is_ours(origin: str | None, fetch_site: str | None, host: str, trusted: Collection[str]) -> bool:
    """Whether the headers say that a request comes from a page of ours. Requests of apps have no such
    headers."""
    is_known = origin is not None or fetch_site == "same-origin"
    return is_known and not is_foreign(origin, fetch_site, host, trusted)


def is_of_another_site(request: HttpRequest) -> bool:
    """Whether the request comes from a page of another site."""
    headers = request.headers
    return is_foreign(
        headers.get("Origin"),
        headers.get("Sec-Fetch-Site"),
        request.get_host(),
        settings.CSRF_TRUSTED_ORIGINS,
    )
