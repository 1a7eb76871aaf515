"""The caller as far as open mode can tell: an address."""

from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Any

Caller = tuple[str, ...]

FORWARDED_FOR = b"x-forwarded-for"

# A subscriber can choose freely from this many bits of IPv6 addresses.
SUBSCRIBER_BITS = 64
# A customer who asks gets a network with this many bits of subscribers: a /48.
NETWORK_BITS = 16
# Everybody behind a proxy connects from the same address.
_REMEMBERED = 4096
# A longer value is no address, and only its beginning is compared: it is a key of caches and limits.
MAX_CHARACTERS = 64


def caller(scope: Any) -> Caller:
    """The caller that an ASGI scope belongs to: first the part that cannot be forged.

    That is the address of the client, as far as the configured proxies tell (`im66.forwarded`). Behind
    another proxy, all callers have the proxy's address, and the proxy adds the client's. A client that adds
    an address itself only divides its own share.
    """
    client = scope.get("client")
    forwarded = [value for name, value in scope["headers"] if name == FORWARDED_FOR]
    return caller_at(client[0] if client else "", b",".join(forwarded).decode("latin-1"))


def address_of(scope: Any) -> str:
    """The believed address of an ASGI scope's client: one name for all addresses of a subscriber."""
    return caller(scope)[0]


def network_of(address: str) -> str:
    """One name for all addresses of a network, given what `address_of` returns: 256 addresses of IPv4 (/24),
    or the subscribers of a /48 of IPv6."""
    if address.isdecimal():
        return f"{int(address) >> NETWORK_BITS}/48"
    return address.rpartition(".")[0] or address


def caller_at(address: str, forwarded: str = "") -> Caller:
    """The same, from an address and the header value that a proxy may have added."""
    return tuple(_subscriber(one[:MAX_CHARACTERS]) for one in (address, forwarded.rpartition(",")[2].strip()))


def by_network(who: Caller) -> Caller:
    """The caller, with its network before each IPv6 address: for what is shared by networks first. IPv4 has
    no networks here: its addresses are scarce, and thousands of people share a few neighbouring ones."""
    return tuple(part for name in who for part in _with_network(name))


def _with_network(subscriber: str) -> Caller:
    return (network_of(subscriber), subscriber) if subscriber.isdecimal() else (subscriber,)


@lru_cache(maxsize=_REMEMBERED)
def _subscriber(address: str) -> str:
    """One name for all addresses of a subscriber."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address  # a socket in the file system, or no address at all
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or int(parsed) >> SUBSCRIBER_BITS)
    return address
