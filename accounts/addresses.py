"""The address under which a client knows this server, and the one that the client has."""

from contextlib import suppress
from ipaddress import ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.http.request import validate_host

from accounts.limits.callers import address_of, caller_at


def base_url(source: HttpRequest | dict[str, Any]) -> str:
    """The address that the client used, as `http://host:port`. `source`: a request, or the scope of a
    socket."""
    if isinstance(source, HttpRequest):
        return f"{source.scheme}://{source.get_host()}"
    host = dict(source["headers"]).get(b"host", b"").decode("latin-1")
    return f"{'https' if source.get('scheme') == 'wss' else 'http'}://{host}"


def pages_url(request: HttpRequest) -> str:
    """The address below which browsers find the pages, wherever they are; empty if it is not known.
    `request`: of a page."""
    public = settings.IM66.public_url
    if not validate_host(urlsplit(public).hostname or "", settings.ALLOWED_HOSTS):
        return ""
    # Cookies are sent over TLS only, so pages are of no use at the plain address that the shipped apps need.
    if settings.IM66.production and not public.startswith("https:"):
        return base_url(request) if request.is_secure() else ""
    return public


def client_address(request: HttpRequest) -> str:
    """The address that a request comes from, as limits count it."""
    scope = getattr(request, "scope", None)
    return address_of(scope) if scope else caller_at(request.META.get("REMOTE_ADDR", ""))[0]


def readable_address(request: HttpRequest) -> str:
    """The address that a request comes from, as people write it; empty if it is none."""
    with suppress(ValueError):
        address = ip_address(str(request.META.get("REMOTE_ADDR", "")))
        return str(getattr(address, "ipv4_mapped", None) or address)
    return ""


def network_of_client(request: HttpRequest) -> str:
    """The network of that address."""
    return network_of(readable_address(request))


def network_of(address: str) -> str:
    """256 addresses of IPv4, or what a subscriber has of IPv6, around an address as people write it; empty if
    it is none."""
    return str(ip_network(f"{address}/{64 if ':' in address else 24}", strict=False)) if address else ""
