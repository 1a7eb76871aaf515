"""Who calls, as far as open mode can tell: an address."""

from ipaddress import IPv6Address, ip_address
from typing import Any

# One subscriber has so many bits of IPv6 addresses to choose from.
_SUBSCRIBER_BITS = 64


def caller(scope: Any) -> str:
    """Whoever an ASGI scope is of."""
    client = scope.get("client")
    return caller_at(client[0]) if client else ""


def caller_at(address: str) -> str:
    """The same for all addresses that one subscriber has."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address  # a socket in the file system, or the name of one
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or int(parsed) >> _SUBSCRIBER_BITS)
    return address
