"""Clients that connect and say nothing, or not all of their request."""

import asyncio
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from testkit.phone import Phone
from testkit.server import Server
from tests.support.hurried import hurried

HEAD_SECONDS, PAUSE_SECONDS = 2.0, 0.25
# Twisted gives a client that is to be ended some time to close.
LATER_SECONDS = HEAD_SECONDS + 5
HOST = b"Host: 127.0.0.1\r\n"
HEALTH = b"GET /healthz HTTP/1.1\r\n" + HOST
# What is sent at once, and what again and again after it.
UNFINISHED = {
    "nothing": (b"", b""),
    "the first letters": (b"GE", b""),
    "half of a head": (HEALTH, b""),
    "one letter after the other": (b"GET /", b"a"),
    "one line after the other": (HEALTH, b"X-More: yes\r\n"),
    "half of a head after a whole one": (HEALTH + b"\r\n" + HEALTH, b"X-More: yes\r\n"),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = hurried(server__connection__HEAD_SECONDS=HEAD_SECONDS)
    with Server(tmp_path_factory.mktemp("heads"), **settings) as server:
        yield server


def connected(server: Server) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", server.port), timeout=LATER_SECONDS)
    made.settimeout(PAUSE_SECONDS)
    return made


def seconds_until_ended(client: socket.socket, again: bytes) -> float:
    began = time.monotonic()
    while time.monotonic() < began + LATER_SECONDS:
        try:
            client.sendall(again)
            if not client.recv(1 << 16):
                break
        except TimeoutError:
            continue
        except OSError:
            break
    return time.monotonic() - began


def test_incomplete_requests_are_disconnected(server: Server) -> None:
    def seconds(first: bytes, again: bytes) -> float:
        with connected(server) as client:
            client.sendall(first)
            return seconds_until_ended(client, again)

    with ThreadPoolExecutor(len(UNFINISHED)) as senders:
        took = dict(
            zip(UNFINISHED, senders.map(seconds, *zip(*UNFINISHED.values(), strict=True)), strict=True)
        )
    assert all(HEAD_SECONDS - 1 < result < LATER_SECONDS for result in took.values()), took


def test_slow_request_head_within_the_timeout_is_answered(server: Server) -> None:
    with connected(server) as client:
        for part in (HEALTH[:10], HEALTH[10:], b"\r\n"):
            client.sendall(part)
            time.sleep(PAUSE_SECONDS)
        assert client.recv(1 << 16).startswith(b"HTTP/1.1 200 ")


def test_request_body_has_its_own_timeout(server: Server) -> None:
    form = b"userid=alice"
    head = b"POST /querymygrps/ HTTP/1.1\r\n" + HOST + b"Content-Type: application/x-www-form-urlencoded\r\n"
    with connected(server) as client:
        client.sendall(head)
        time.sleep(HEAD_SECONDS / 2)
        client.sendall(b"Content-Length: %d\r\n\r\n" % len(form))
        for part in (form[:6], form[6:]):
            time.sleep(HEAD_SECONDS * 3 / 4)
            client.sendall(part)
        client.settimeout(LATER_SECONDS)
        assert client.recv(1 << 16).startswith(b"HTTP/1.1 200 ")


async def test_open_socket_is_not_subject_to_the_head_timeout(server: Server) -> None:
    async with Phone(server.entry, "alice") as alice, Phone(server.entry, "bob") as bob:
        await asyncio.sleep(HEAD_SECONDS + 1)
        await alice.text("bob", "still here")
        assert (await bob.message()).content == "still here"
