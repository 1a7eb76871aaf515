"""Where requests may go: to no address inside, whatever a URL or a name says."""

import asyncio
import socket
from concurrent.futures import Executor
from functools import partial
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}
# An address of the other protocol is in its last bits.
_NAT64 = IPv6Network("64:ff9b::/96")

Address = IPv4Address | IPv6Address


class Refused(Exception):
    """The URL cannot be called, or leads to where requests may not go."""


class Place(NamedTuple):
    """What a URL says of where to connect."""

    is_secure: bool
    host: str
    port: int

    @property
    def named(self) -> str:
        """As the header Host names it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS["https" if self.is_secure else "http"] else f"{host}:{self.port}"


def place_of(url: str) -> Place:
    """Raises Refused."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS[parts.scheme]
        if not parts.hostname or parts.username is not None or parts.password is not None:
            raise ValueError
        host = parts.hostname if ":" in parts.hostname else parts.hostname.encode("idna").decode()
    except (ValueError, KeyError):
        raise Refused("not a URL that can be called") from None
    return Place(parts.scheme == "https", host, port)


async def resolve(place: Place, threads: Executor, *, private: bool) -> str:
    """The address to connect to, and no other one. `threads`: where the name is looked up, which may hang.
    `private`: it may be inside. Raises Refused if it may not be called, and OSError if it has none."""
    loop = asyncio.get_running_loop()
    look_up = partial(socket.getaddrinfo, place.host, place.port, type=socket.SOCK_STREAM)
    found = await loop.run_in_executor(threads, look_up)
    addresses = [str(address[0]) for *_, address in found]
    # Of several, none may be inside: who sees one refused would ask until another comes first.
    if not private and not all(is_public(ip_address(address)) for address in addresses):
        raise Refused("leads to an address inside")
    return addresses[0]


def is_public(address: Address) -> bool:
    """Whether the address is one that anybody may reach from anywhere."""
    if isinstance(address, IPv6Address):
        inner = _inner(address)
        if inner is not None:
            return is_public(inner)
        if address.scope_id or address.is_site_local:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _inner(address: IPv6Address) -> IPv4Address | None:
    """The address of the other protocol that this one leads to."""
    if address.teredo:
        return address.teredo[1]
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour
