"""The proxies in front of the server, and the client that they name."""

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import NamedTuple

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# Some proxies write the client's port as well: 192.0.2.1:1234, [2001:db8::1]:1234.
_WITH_PORT = re.compile(r"\[(?P<six>[^\]]*)\](?::\d+)?|(?P<four>[\d.]+):\d+")


class Proxies(NamedTuple):
    """What stands in front. `unix`: also connections through a socket in the file system."""

    networks: tuple[Network, ...] = ()
    unix: bool = False

    def include(self, peer: str) -> bool:
        """Whether this peer of a connection is one of them. A socket in the file system has no address."""
        if not peer:
            return self.unix
        if not self.networks:
            return False
        address = _parsed(peer)
        return address is not None and any(address in network for network in self.networks)

    def client_of(self, peer: str, forwarded: str) -> tuple[str, str]:
        """The client's address, and what `X-Forwarded-For` says beyond it, which anybody may have written.

        Each proxy adds its own peer at the end. So the header is believed from there, as long as a proxy
        wrote it.
        """
        while forwarded and self.include(peer):
            rest, _, last = forwarded.rpartition(",")
            address = _parsed(last)
            if address is None:
                break
            peer, forwarded = str(address), rest
        return peer, forwarded


def _parsed(text: str) -> Address | None:
    bare = text.strip()
    if with_port := _WITH_PORT.fullmatch(bare):
        bare = with_port["six"] or with_port["four"] or ""
    try:
        address = ip_address(bare)
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
