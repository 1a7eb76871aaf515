"""Requests go to no address inside, however it is written or found."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from ipaddress import ip_address
from typing import Any

import pytest
from pytest_django import Settings

from notifications.sending import client as module
from notifications.sending.addresses import Place, Refused, is_public, place_of, resolve
from notifications.sending.client import Client, Failed, Request
from tests.notifications.receiver import Receiver
from tests.support.settings import override


@pytest.fixture
def threads() -> Iterator[Executor]:
    with ThreadPoolExecutor(1) as threads:
        yield threads


PLACE = Place(True, "push.example", 443)


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "64:ff9b::808:808"])
def test_it_works(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.255.0.1",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "192.0.0.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "fc00::1",
        "fd00:ec2::254",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:a9fe:a9fe",
        "2002:7f00:1::",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "2001:0:4136:e378:8000:63bf:80ff:fffe",
        "2001:db8::1",
    ],
)
def test_inside_is_refused(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://push.example", Place(True, "push.example", 443)),
        ("http://push.example:8080/x?y", Place(False, "push.example", 8080)),
        ("https://[2606:4700::1111]/", Place(True, "2606:4700::1111", 443)),
        ("https://中文.example/", Place(True, "xn--fiq228c.example", 443)),
    ],
)
def test_a_url_says_where(url: str, place: Place) -> None:
    assert place_of(url) == place


@pytest.mark.parametrize(
    "url", ["", "x", "//x", "ftp://x", "file:///x", "https://", "https://:1", "https://u@x", "https://x:y"]
)
def test_what_says_no_place_is_refused(url: str) -> None:
    with pytest.raises(Refused):
        place_of(url)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "0x7f.1", "localhost", "::1"])
async def test_loopback_is_refused_however_it_is_written(host: str, threads: Executor) -> None:
    with pytest.raises(Refused):
        await resolve(Place(False, host, 80), threads, private=False)


Answers = list[list[str]]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Callable[[Answers], list[str]]:
    """Lets a name lead to these addresses, one answer after the other. Returns the hosts that were asked
    for."""

    def set_answers(answers: Answers) -> list[str]:
        asked: list[str] = []

        def look_up(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
            asked.append(host)
            found = answers.pop(0)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        return asked

    return set_answers


async def test_one_address_inside_among_others_is_refused(
    names: Callable[[Answers], list[str]], threads: Executor
) -> None:
    names([["8.8.8.8", "127.0.0.1"]])
    with pytest.raises(Refused):
        await resolve(PLACE, threads, private=False)


async def test_a_name_that_changes_is_looked_up_once(
    names: Callable[[Answers], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was checked is what is connected to, whatever the name says a moment later."""
    asked = names([["8.8.8.8"], ["127.0.0.1"]])
    connected: list[str] = []

    async def connect(host: str, port: int, **_: Any) -> Any:
        connected.append(host)
        raise ConnectionRefusedError("refused")

    monkeypatch.setattr(asyncio, "open_connection", connect)
    with pytest.raises(Failed):
        await Client().send(Request("POST", "https://push.example/"))
    assert (asked, connected) == (["push.example"], ["8.8.8.8"])
    with pytest.raises(Failed, match="inside"):
        await Client().send(Request("POST", "https://push.example/"))
    assert connected == ["8.8.8.8"]


async def test_the_certificate_is_that_of_the_name(
    names: Callable[[Answers], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    names([["8.8.8.8"]])
    told: dict[str, Any] = {}

    async def connect(host: str, port: int, **options: Any) -> Any:
        told.update(options)
        raise ConnectionRefusedError("refused")

    monkeypatch.setattr(asyncio, "open_connection", connect)
    with pytest.raises(Failed):
        await Client().send(Request("POST", "https://push.example/"))
    assert told["server_hostname"] == "push.example"
    assert told["ssl"].check_hostname
    assert told["ssl"].verify_mode.name == "CERT_REQUIRED"


async def test_a_name_that_hangs_delays_no_other_client(monkeypatch: pytest.MonkeyPatch) -> None:
    is_over = threading.Event()

    def look_up(host: str, port: int, *_: Any, **__: Any) -> Any:
        if host == "slow.example":
            is_over.wait(30)
        raise socket.gaierror("no such name")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    slow, quick = Client(), Client()
    try:
        waiting = [
            asyncio.create_task(slow.send(Request("POST", "https://slow.example/"))) for _ in range(40)
        ]
        with pytest.raises(Failed, match="not reached"):
            await quick.send(Request("POST", "https://push.example/"))
        assert not any(one.done() for one in waiting)
    finally:
        is_over.set()
        await asyncio.gather(*waiting, return_exceptions=True)


async def test_a_connection_is_used_again(settings: Settings) -> None:
    override(settings, webhook_private=True)
    with Receiver() as receiver:
        client = Client()
        for _ in range(3):
            assert (await client.send(Request("POST", receiver.url, body=b"{}"))).status == 200
        (kept,) = client._idle.values()
        assert len(kept) == 1
        client.close()


async def test_one_that_was_closed_meanwhile_is_made_anew(settings: Settings) -> None:
    override(settings, webhook_private=True)
    with Receiver() as receiver:
        client = Client()
        await client.send(Request("POST", receiver.url, body=b"{}"))
        receiver.drop()
        assert (await client.send(Request("POST", receiver.url, body=b"{}"))).status == 200
        client.close()


async def test_who_does_not_answer_is_given_up(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    override(settings, webhook_private=True)
    monkeypatch.setattr(module, "SECONDS", 0.2)
    with Receiver() as receiver:
        receiver.answer = lambda _: receiver.wait(lambda: bool(receiver.got))
        with pytest.raises(Failed, match="no answer"):
            await Client().send(Request("POST", receiver.url))
        receiver.got.append(None)  # type: ignore[arg-type]


async def test_without_leave_nothing_inside_is_called() -> None:
    with Receiver() as receiver:
        with pytest.raises(Failed, match="inside"):
            await Client().send(Request("POST", receiver.url))
        assert receiver.requests == 0
