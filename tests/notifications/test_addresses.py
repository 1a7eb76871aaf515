"""Requests go to no address inside, however it is written or found."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from ipaddress import IPv4Address, ip_address
from typing import Any

import pytest
from pytest_django import Settings

from notifications import addresses
from notifications import client as module
from notifications.addresses import (
    MAX_LOOKUPS,
    AddressRefused,
    HostPort,
    Resolver,
    Unresolved,
    host_port_of,
    is_public,
)
from notifications.client import Client, RequestFailed
from notifications.exchange import OutgoingRequest
from tests.notifications.receiver import Receiver
from tests.support.settings import override


@pytest.fixture
async def resolver() -> AsyncIterator[Resolver]:
    resolver = Resolver()
    yield resolver
    resolver.close()


HOST_PORT = HostPort(True, "push.example", 443)


PUBLIC = """
    8.8.8.8 1.1.1.1 100.63.255.255 100.128.0.1 168.63.129.17 192.0.1.1 223.255.255.255
    2606:4700::1111 2001:200::1 2a00:1450:4001::1 ::ffff:808:808 64:ff9b::808:808
"""
INSIDE = """
    127.0.0.1 127.255.0.1 0.0.0.0 10.1.2.3 172.16.0.1 172.31.255.255 192.168.1.1 100.64.0.1 192.0.0.1
    192.0.0.8 192.0.0.170 192.0.2.1 192.88.99.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 240.0.0.1
    255.255.255.255 :: ::1 fe80::1 fe80::1%eth0 2606:4700::1%eth0 fec0::1 fc00::1 ff02::1 ff0e::1 100::1
    5f00::1 4000::1
    2001:db8::1 3fff::1 3fff:fff::1 2001:2::1 2001:10::1 2001:20::1
"""
METADATA_OF_CLOUDS = """
    169.254.169.254 169.254.170.2 169.254.0.23 100.100.100.200 100.96.0.96 168.63.129.16 192.0.0.192
    fd00:ec2::254 fd20:ce::254
"""
V4_IN_V6 = """
    ::ffff:{0} ::ffff:0:{0} ::{0} 64:ff9b::{0} 64:ff9b:1::{0} 2002:{1}:: 2001:0:{1}:0:0:f7f7:f7f7
    2001:0:808:808:0:0:{2}
"""


@pytest.mark.parametrize("address", PUBLIC.split())
def test_global_address_is_public(address: str) -> None:
    assert is_public(ip_address(address))


def test_private_and_cloud_metadata_addresses_are_refused_in_all_forms() -> None:
    inside = [*INSIDE.split(), *METADATA_OF_CLOUDS.split()]
    inside += [other for one in inside if ":" not in one for other in v4_in_v6(one)]
    assert [address for address in inside if is_public(ip_address(address))] == []


def v4_in_v6(address: str) -> list[str]:
    """All addresses of IPv6 that write it in another way, or lead to it."""
    bits = int(IPv4Address(address))
    parts = [f"{value >> 16:x}:{value & 0xFFFF:x}" for value in (bits, bits ^ 0xFFFFFFFF)]
    return [form.format(address, *parts) for form in V4_IN_V6.split()]


@pytest.mark.parametrize(
    ("url", "host_port"),
    [
        ("https://push.example", HostPort(True, "push.example", 443)),
        ("http://push.example:8080/x?y", HostPort(False, "push.example", 8080)),
        ("https://[2606:4700::1111]/", HostPort(True, "2606:4700::1111", 443)),
        ("https://中文.example/", HostPort(True, "xn--fiq228c.example", 443)),
    ],
)
def test_url_is_parsed_to_host_and_port(url: str, host_port: HostPort) -> None:
    assert host_port_of(url) == host_port


def test_invalid_url_is_refused() -> None:
    urls = ["", "x", "//x", "ftp://x", "file:///x", "https://", "https://:1", "https://u@x", "https://x:y"]
    for url in [*urls, "https://x y/", f"https://{'x.' * 127}x/"]:
        with pytest.raises(AddressRefused):
            host_port_of(url)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "0x7f.1", "localhost", "::1"])
async def test_loopback_is_refused_in_every_spelling(host: str, resolver: Resolver) -> None:
    with pytest.raises(AddressRefused):
        await resolver.resolve(HostPort(False, host, 80), allow_private=False)


Answers = list[list[str]]


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Callable[[Answers], list[str]]:
    """Lets a name lead to these addresses, one answer after the other. Returns the hosts that were asked
    for."""

    def set_answers(answers: Answers) -> list[str]:
        lookups: list[str] = []

        def look_up(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
            lookups.append(host)
            resolved = answers.pop(0)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in resolved]

        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        return lookups

    return set_answers


async def test_host_with_one_private_address_is_refused(
    answer: Callable[[Answers], list[str]], resolver: Resolver
) -> None:
    answer([["8.8.8.8", "127.0.0.1"]])
    with pytest.raises(AddressRefused):
        await resolver.resolve(HOST_PORT, allow_private=False)


async def test_name_is_resolved_once_per_connection(
    answer: Callable[[Answers], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was checked is what is connected to, whatever the name says a moment later."""
    lookups = answer([["8.8.8.8"], ["127.0.0.1"]])
    connected: list[str] = []

    async def connect(host: str, port: int, **_: Any) -> Any:
        connected.append(host)
        raise ConnectionRefusedError("refused")

    monkeypatch.setattr(asyncio, "open_connection", connect)
    with pytest.raises(RequestFailed):
        await Client().send(OutgoingRequest("POST", "https://push.example/"))
    assert (lookups, connected) == (["push.example"], ["8.8.8.8"])
    with pytest.raises(RequestFailed, match="inside"):
        await Client().send(OutgoingRequest("POST", "https://push.example/"))
    assert connected == ["8.8.8.8"]


async def test_certificate_is_verified_for_the_host_name(
    answer: Callable[[Answers], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer([["8.8.8.8"]])
    options_used: dict[str, Any] = {}

    async def connect(host: str, port: int, **options: Any) -> Any:
        options_used.update(options)
        raise ConnectionRefusedError("refused")

    monkeypatch.setattr(asyncio, "open_connection", connect)
    with pytest.raises(RequestFailed):
        await Client().send(OutgoingRequest("POST", "https://push.example/"))
    assert options_used["server_hostname"] == "push.example"
    assert options_used["ssl"].check_hostname
    assert options_used["ssl"].verify_mode.name == "CERT_REQUIRED"


@pytest.fixture
def slow_lookups(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The name slow.example is looked up for ever."""
    is_over = threading.Event()

    def look_up(host: str, port: int, *_: Any, **__: Any) -> Any:
        if host == "slow.example":
            is_over.wait(30)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", port))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    yield
    is_over.set()


SLOW = HostPort(True, "slow.example", 443)


async def look_up_slow_ones(resolver: Resolver) -> None:
    """As many as are looked up at once. Those who asked wait no more."""
    waiting = [asyncio.create_task(resolver.resolve(SLOW, allow_private=False)) for _ in range(MAX_LOOKUPS)]
    await asyncio.sleep(0.01)
    for one in waiting:
        one.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_hanging_lookup_delays_no_other_client(slow_lookups: None, resolver: Resolver) -> None:
    await look_up_slow_ones(resolver)
    others = Resolver()
    assert await others.resolve(HOST_PORT, allow_private=False) == "8.8.8.8"
    others.close()


async def test_lookup_beyond_the_limit_fails_at_once(slow_lookups: None, resolver: Resolver) -> None:
    await look_up_slow_ones(resolver)
    with pytest.raises(Unresolved):
        await resolver.resolve(HOST_PORT, allow_private=False)


async def test_busy_resolver_answers_from_its_cache(slow_lookups: None, resolver: Resolver) -> None:
    await resolver.resolve(HOST_PORT, allow_private=False)
    await look_up_slow_ones(resolver)
    assert await resolver.resolve(HOST_PORT, allow_private=False) == "8.8.8.8"


async def test_rebound_private_address_is_not_served_from_cache(
    monkeypatch: pytest.MonkeyPatch, answer: Callable[[Answers], list[str]], resolver: Resolver
) -> None:
    answer([["8.8.8.8"], ["127.0.0.1"]])
    await resolver.resolve(HOST_PORT, allow_private=False)
    with pytest.raises(AddressRefused):
        await resolver.resolve(HOST_PORT, allow_private=False)
    monkeypatch.setattr(addresses, "MAX_LOOKUPS", 0)
    with pytest.raises(Unresolved):
        await resolver.resolve(HOST_PORT, allow_private=False)


def answer_and_wait(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
    connection.recv(1)


async def test_http_connection_is_reused(settings: Settings) -> None:
    override(settings, webhook_private=True)
    with Receiver() as receiver:
        client = Client()
        for _ in range(3):
            assert (await client.send(OutgoingRequest("POST", receiver.url, body=b"{}"))).status == 200
        assert len(client._idle) == 1
        client.close()


async def test_idle_connections_are_bounded(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    override(settings, webhook_private=True)
    monkeypatch.setattr(module, "MAX_IDLE", 2)
    with Receiver() as receiver:
        client = Client()
        hosts = ["127.0.0.1", "localhost", "127.1", "2130706433"]
        for host in hosts:
            await client.send(OutgoingRequest("POST", f"http://{host}:{receiver.port}/"))
        assert [host_port.host for host_port, _ in client._idle.values()] == hosts[-2:]
        client.close()


async def test_response_status_is_returned_if_the_body_never_ends(settings: Settings) -> None:
    override(settings, webhook_private=True)
    with Receiver() as receiver:
        receiver.answer = answer_and_wait
        client = Client()
        async with asyncio.timeout(module.SECONDS / 2):
            assert (await client.send(OutgoingRequest("POST", receiver.url))).status == 200
        assert not client._idle
        client.close()


async def test_closed_idle_connection_is_reopened(settings: Settings) -> None:
    override(settings, webhook_private=True)
    with Receiver() as receiver:
        client = Client()
        await client.send(OutgoingRequest("POST", receiver.url, body=b"{}"))
        receiver.drop()
        assert (await client.send(OutgoingRequest("POST", receiver.url, body=b"{}"))).status == 200
        client.close()


async def test_request_without_answer_times_out(settings: Settings) -> None:
    override(settings, webhook_private=True)
    with Receiver() as receiver:
        receiver.answer = lambda _: receiver.wait(lambda: bool(receiver.got))
        with pytest.raises(RequestFailed, match="no answer"):
            await Client().send(OutgoingRequest("POST", receiver.url), 0.2)
        receiver.got.append(None)  # type: ignore[arg-type]


async def test_private_addresses_are_refused_by_default() -> None:
    with Receiver() as receiver:
        with pytest.raises(RequestFailed, match="inside"):
            await Client().send(OutgoingRequest("POST", receiver.url))
        assert receiver.requests == 0


async def test_push_to_private_address_is_refused_where_webhooks_are_allowed(settings: Settings) -> None:
    override(settings, webhook_private=True)
    with Receiver() as receiver:
        client = Client()
        # Its connection stays open, and must not serve what a person has named.
        await client.send(OutgoingRequest("POST", receiver.url, body=b"{}"))
        with pytest.raises(RequestFailed, match="inside"):
            await client.send(OutgoingRequest("POST", receiver.url, is_public_only=True))
        assert receiver.requests == 1
        client.close()


async def test_cached_private_address_serves_no_public_request(
    monkeypatch: pytest.MonkeyPatch, answer: Callable[[Answers], list[str]], resolver: Resolver
) -> None:
    answer([["127.0.0.1"]])
    await resolver.resolve(HOST_PORT, allow_private=True)
    monkeypatch.setattr(addresses, "MAX_LOOKUPS", 0)
    assert await resolver.resolve(HOST_PORT, allow_private=True) == "127.0.0.1"
    with pytest.raises(Unresolved):
        await resolver.resolve(HOST_PORT, allow_private=False)
