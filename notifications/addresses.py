"""Resolves the hosts of outgoing requests, and refuses private addresses however a URL or a name spells
them."""

import asyncio
import socket
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, NamedTuple
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}
MAX_HOST_LENGTH = 253
# Concurrent DNS lookups. The system may take half a minute to report that a name server does not answer.
MAX_LOOKUPS = 16
# While MAX_LOOKUPS lookups run, a name resolves to its last address if that is at most this old.
CACHE_SECONDS, MAX_CACHED = 3600.0, 256
# Our own list, because `is_global` differs between versions of Python. It has the networks of IANA's
# special-purpose address registries. Globally reachable addresses within such a network are refused too.
_NOT_GLOBAL = [
    ip_network(network)
    for network in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",
        "100.64.0.0/10",  # metadata of Alibaba Cloud (100.100.100.200), Volcengine (100.96.0.96)
        "127.0.0.0/8",
        "168.63.129.16/32",  # metadata of Azure
        "169.254.0.0/16",  # metadata of most clouds (169.254.169.254, 169.254.170.2, 169.254.0.23)
        "172.16.0.0/12",
        "192.0.0.0/24",  # metadata of Oracle Cloud (192.0.0.192)
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/3",  # multicast, reserved, broadcast
        "2001::/23",  # protocols; 2001::/32 is Teredo
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation
    )
]
# The only assigned range of global IPv6 addresses. So these are not public: fd00:ec2::254 and fd20:ce::254
# (metadata of AWS and Google Cloud), `::127.0.0.1`, `::ffff:0:127.0.0.1`, and local-use NAT64,
# 64:ff9b:1::/48.
_GLOBAL_UNICAST = IPv6Network("2000::/3")
# Networks whose addresses hold an IPv4 address in their last 32 bits.
_IPV4_EMBEDDING = [IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96")]

Address = IPv4Address | IPv6Address


class AddressRefused(Exception):
    """The URL is invalid, or its host has a private address."""


class Unresolved(OSError):
    """The name was not looked up, because MAX_LOOKUPS lookups are running."""


class HostPort(NamedTuple):
    """The host and port of a URL. `is_secure`: TLS."""

    is_secure: bool
    host: str
    port: int

    @property
    def netloc(self) -> str:
        """The value of the Host header: without the port if it is the scheme's default."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS["https" if self.is_secure else "http"] else f"{host}:{self.port}"


def host_of(lane: str) -> str:
    """Return the host of the lane. A lane is named `host`, or `host person` if only one person uses it."""
    return lane.partition(" ")[0]


def own_lane(lane: str, person: str) -> str:
    """Return the name of the lane that only this person uses at the host."""
    return f"{host_of(lane)} {person}"


def host_port_of(url: str) -> HostPort:
    """Parse the URL. Raises AddressRefused if it is not an HTTP URL, or has a user or a password."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS[parts.scheme]
        if not parts.hostname or parts.username is not None or parts.password is not None:
            raise ValueError
        host = parts.hostname if ":" in parts.hostname else parts.hostname.encode("idna").decode()
        if len(host) > MAX_HOST_LENGTH or not all("!" <= letter <= "~" for letter in host):
            raise ValueError
    except (ValueError, KeyError):
        raise AddressRefused("not a URL that can be called") from None
    return HostPort(parts.scheme == "https", host, port)


class Resolver:
    """Resolves names in its own threads, at most MAX_LOOKUPS at a time, because a lookup may hang."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(MAX_LOOKUPS, thread_name_prefix="im66-names")
        # Running lookups, including those whose caller was cancelled.
        self._running: set[asyncio.Future[Any]] = set()
        self._cache: OrderedDict[HostPort, tuple[float, str]] = OrderedDict()

    async def resolve(self, host_port: HostPort, *, allow_private: bool) -> str:
        """Return the address to connect to. Connect to this one: the name may resolve to another one next
        time.

        While MAX_LOOKUPS lookups run, the address comes from the cache. Raises AddressRefused if any address
        of the name is private and `allow_private` is false, and OSError if the name has no address.
        """
        if len(self._running) >= MAX_LOOKUPS:
            return self._cached_address(host_port, allow_private=allow_private)
        addresses = await self._look_up(host_port)
        # Every address must be public: otherwise an attacker repeats the request until a public one comes
        # first.
        if not allow_private and not all(is_public(ip_address(address)) for address in addresses):
            self._cache.pop(host_port, None)
            raise AddressRefused("leads to an address inside")
        self._cache_address(host_port, addresses[0])
        return addresses[0]

    def close(self) -> None:
        for lookup in self._running:
            lookup.cancel()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _look_up(self, host_port: HostPort) -> list[str]:
        loop = asyncio.get_running_loop()
        look_up = partial(socket.getaddrinfo, host_port.host, host_port.port, type=socket.SOCK_STREAM)
        lookup = loop.run_in_executor(self._threads, look_up)
        self._running.add(lookup)
        lookup.add_done_callback(self._on_lookup_done)
        # Shielded, because the thread goes on anyway, and must be counted until it ends.
        infos = await asyncio.shield(lookup)
        return [str(address[0]) for *_, address in infos]

    def _on_lookup_done(self, lookup: "asyncio.Future[Any]") -> None:
        self._running.discard(lookup)
        if not lookup.cancelled():
            lookup.exception()  # marked as retrieved: the caller may have been cancelled

    def _cache_address(self, host_port: HostPort, address: str) -> None:
        self._cache[host_port] = asyncio.get_running_loop().time() + CACHE_SECONDS, address
        self._cache.move_to_end(host_port)
        if len(self._cache) > MAX_CACHED:
            self._cache.popitem(last=False)

    def _cached_address(self, host_port: HostPort, *, allow_private: bool) -> str:
        until, address = self._cache.get(host_port, (0.0, ""))
        if until < asyncio.get_running_loop().time() or not (allow_private or is_public(ip_address(address))):
            raise Unresolved("too many names are looked up")
        return address


def is_public(address: Address) -> bool:
    """Whether the address is globally reachable."""
    if isinstance(address, IPv6Address):
        if any(address in network for network in _IPV4_EMBEDDING):
            return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
        if address not in _GLOBAL_UNICAST or address.scope_id:
            return False
    return not any(address in network for network in _NOT_GLOBAL)
