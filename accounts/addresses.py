"""The URL at which a client reaches this server, and the client's own network address."""

from contextlib import suppress
from ipaddress import ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.http.request import validate_host

from accounts.limits.callers import address_of, caller_at


def base_url(source: HttpRequest | dict[str, Any]) -> str:
    """Return the URL that the client used, as `http://host:port`. `source`: a request, or the ASGI scope of a
    socket."""
    if isinstance(source, HttpRequest):
        return f"{source.scheme}://{source.get_host()}"
    host = dict(source["headers"]).get(b"host", b"").decode("latin-1")
    return f"{'https' if source.get('scheme') == 'wss' else 'http'}://{host}"


def pages_url(request: HttpRequest) -> str:
    """Return the public base URL of the pages, empty if it is not known. `request`: the request of a page."""
    public = settings.IM66.public_url
    if not validate_host(urlsplit(public).hostname or "", settings.ALLOWED_HOSTS):
        return ""
    # Cookies are sent over TLS only, so pages are of no use at the plain address that the shipped apps need.
    if settings.IM66.production and not public.startswith("https:"):
        return base_url(request) if request.is_secure() else ""
    return public


def client_address(request: HttpRequest) -> str:
    """Return the client's address in the form that rate limits use as a key."""
    scope = getattr(request, "scope", None)
    return address_of(scope) if scope else caller_at(request.META.get("REMOTE_ADDR", ""))[0]


def readable_address(request: HttpRequest) -> str:
    """Return the client's IP address in its usual notation, empty if the client has none."""
    with suppress(ValueError):
        address = ip_address(str(request.META.get("REMOTE_ADDR", "")))
        return str(getattr(address, "ipv4_mapped", None) or address)
    return ""


def network_of_client(request: HttpRequest) -> str:
    """Return the network of the client's address."""
    return network_of(readable_address(request))


def network_of(address: str) -> str:
    """Return the network of an address in its usual notation: /24 for IPv4, /64 for IPv6. Empty for an empty
    address."""
    return str(ip_network(f"{address}/{64 if ':' in address else 24}", strict=False)) if address else ""
