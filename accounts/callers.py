"""Who calls, as far as open mode can tell: an address."""

from ipaddress import IPv6Address, ip_address
from typing import Any

Caller = tuple[str, ...]

# One subscriber has so many bits of IPv6 addresses to choose from.
_SUBSCRIBER_BITS = 64


def caller(scope: Any) -> Caller:
    """Whoever an ASGI scope is of: first what cannot be made up. Behind a proxy all have its address, and the
    proxy adds theirs; whoever else adds one divides nothing but a share of his own."""
    client = scope.get("client")
    forwarded = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
    return caller_at(client[0] if client else "", forwarded[-1] if forwarded else b"")


def caller_at(address: str, forwarded: bytes = b"") -> Caller:
    """The same, of an address and what a proxy may have added."""
    last = forwarded.decode("latin-1").rpartition(",")[2].strip()
    return _subscriber(address), _subscriber(last)


def _subscriber(address: str) -> str:
    """The same for all addresses that one has."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address  # a socket in the file system, or nonsense
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or int(parsed) >> _SUBSCRIBER_BITS)
    return address
