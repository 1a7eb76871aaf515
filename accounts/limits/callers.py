"""The caller without authentication: the network address."""

from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Any

Caller = tuple[str, ...]

FORWARDED_FOR = b"x-forwarded-for"

# A subscriber can choose freely from this many bits of IPv6 addresses.
SUBSCRIBER_BITS = 64
# A customer can get a network with this many bits of subscribers: a /48.
NETWORK_BITS = 16
# The size of the cache of parsed addresses.
_CACHED_ADDRESSES = 4096
# A longer value is no address. It is cut, because it is a key of caches and limits.
MAX_CHARACTERS = 64


def caller(scope: Any) -> Caller:
    """Return the caller of an ASGI scope: first the part that cannot be forged.

    That is the client's address according to the configured proxies (`im66.forwarded`). Behind another
    proxy, all callers have the proxy's address, and the second part is the address that the proxy added. A
    client that forges the second part only divides its own share.
    """
    client = scope.get("client")
    forwarded = [value for name, value in scope["headers"] if name == FORWARDED_FOR]
    return caller_at(client[0] if client else "", b",".join(forwarded).decode("latin-1"))


def address_of(scope: Any) -> str:
    """Return the trusted address of an ASGI scope's client: one key for all addresses of a subscriber."""
    return caller(scope)[0]


def network_of(address: str) -> str:
    """Return one key for all addresses of a network: a /24 of IPv4, or a /48 of IPv6. `address`: as
    returned by `address_of`."""
    if address.isdecimal():
        return f"{int(address) >> NETWORK_BITS}/48"
    return address.rpartition(".")[0] or address


def caller_at(address: str, forwarded: str = "") -> Caller:
    """Return the caller from an address and the header value that a proxy may have added."""
    parts = (address, forwarded.rpartition(",")[2].strip())
    return tuple(_subscriber(part[:MAX_CHARACTERS]) for part in parts)


def by_network(who: Caller) -> Caller:
    """Insert the network before each IPv6 address of the caller, for shares that are divided by networks
    first. IPv4 addresses get no network, because thousands of people share a few neighbouring ones."""
    return tuple(part for name in who for part in ((network_of(name), name) if name.isdecimal() else (name,)))


@lru_cache(maxsize=_CACHED_ADDRESSES)
def _subscriber(address: str) -> str:
    """Return one key for all addresses of a subscriber."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address  # a Unix socket, or no address at all
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or int(parsed) >> SUBSCRIBER_BITS)
    return address
