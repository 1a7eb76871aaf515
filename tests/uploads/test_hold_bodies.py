"""Limits of unfinished and unhandled request bodies, in time, number and bytes, shared among senders."""

import asyncio
import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial

import pytest
from PIL import Image

from accounts.limits.callers import caller_at
from testkit.recordings import photo
from testkit.server import Server
from testkit.uploading import UploadReply, fetch, upload_from
from tests.conftest import MakeServer
from tests.support.hurried import hurried
from tests.support.playing import seen
from uploads.arriving import (
    FORM_BYTES_PER_SECOND,
    FORM_SECONDS,
    GRACE_SECONDS,
    MIN_BYTES_PER_SECOND,
    PAUSE_SECONDS,
    TURN_SECONDS,
    Arriving,
    ReadPacer,
    SharedLimit,
    UploadBody,
)

pytestmark = pytest.mark.slow

ALICE, BOB = "127.0.0.2", "127.0.0.3"
MEGABYTE = 1024 * 1024
BUSY = UploadReply(2, "The server is busy. Try again.", "")


class Sender:
    """Sends a body at a controlled pace from a given address."""

    def __init__(self, server: Server, address: str, length: int, path: str = "/upload/writev3") -> None:
        self._socket = socket.create_connection(
            ("127.0.0.1", server.port), timeout=30, source_address=(address, 0)
        )
        self.send(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode())

    def __enter__(self) -> "Sender":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, content: bytes) -> None:
        self._socket.sendall(content)

    def answer(self, seconds: float) -> tuple[int, UploadReply] | None:
        """Return the HTTP status and the reply, or None if there is none within `seconds`."""
        self._socket.settimeout(seconds)
        try:
            got = self._socket.recv(65536)
        except TimeoutError:
            return None
        while not got.endswith(b"}"):
            self._socket.settimeout(10)
            got += self._socket.recv(65536)
        head, _, body = got.partition(b"\r\n\r\n")
        # Group calls have no data.
        return int(head.split()[1]), UploadReply(**{"data": "", **json.loads(body)})

    def is_taken(self) -> bool:
        """Return whether it may continue to send."""
        return self.answer(0.05) is None


@pytest.fixture
def senders() -> Iterator[ExitStack]:
    with ExitStack() as senders:
        yield senders


# The rule.


def take_all(shares: SharedLimit, *callers: str) -> dict[str, int]:
    """Let callers take one unit each in turn until none gets any more. Return the amount of each."""
    got = dict.fromkeys(callers, 0)
    waiting = set(callers)
    while waiting:
        for caller in sorted(waiting):
            if shares.take(tuple(caller.split("/")), 1):
                got[caller] += 1
            else:
                waiting.discard(caller)
    return got


def test_single_uploader_gets_half_of_budget() -> None:
    assert take_all(SharedLimit(100), "alice") == {"alice": 50}


def test_two_uploaders_get_a_third_of_the_budget_each() -> None:
    assert take_all(SharedLimit(99), "alice", "bob") == {"alice": 33, "bob": 33}


def test_second_uploader_gets_quarter_of_budget() -> None:
    shares = SharedLimit(100)
    take_all(shares, "alice")

    assert take_all(shares, "bob") == {"bob": 25}


def test_callers_below_one_path_share_its_budget() -> None:
    shares = SharedLimit(1_000)
    got = take_all(shares, *(f"alice/{number}" for number in range(100)))

    assert sum(got.values()) <= 500
    assert shares.take(("bob", ""), 150)


def test_released_budget_can_be_taken_again() -> None:
    shares = SharedLimit(100)
    take_all(shares, "alice")
    shares.release(("alice",), 50)

    assert take_all(shares, "bob") == {"bob": 50}


async def test_upload_body_must_arrive_at_minimum_rate() -> None:
    arriving = Arriving(MEGABYTE)
    body = arriving.begin((ALICE,), lambda: None, is_upload=True)
    assert body
    first = body.due

    assert body.grow(10 * MIN_BYTES_PER_SECOND)

    assert body.due == first + 10
    assert body.grow(400_000)
    assert body.due - first < PAUSE_SECONDS, "who has sent much may not pause for ever"
    body.is_complete()
    body.end()


async def test_form_body_has_its_own_deadline() -> None:
    arriving = Arriving(MEGABYTE)
    body = arriving.begin((ALICE,), lambda: None, is_upload=False)
    assert body
    assert body.grow(FORM_BYTES_PER_SECOND)
    assert body.due == pytest.approx(asyncio.get_running_loop().time() + FORM_SECONDS + 1, abs=0.5)
    body.end()


async def test_uploads_and_forms_have_separate_limits() -> None:
    arriving = Arriving(MEGABYTE, max_bodies=3)
    for kind in (True, False):
        assert arriving.begin((ALICE,), lambda: None, is_upload=kind)
        assert not arriving.begin((ALICE,), lambda: None, is_upload=kind)


@pytest.mark.parametrize("is_upload", [True, False])
async def test_caller_with_most_bodies_loses_oldest(is_upload: bool) -> None:
    """Only bodies that have not arrived completely are abandoned."""
    arriving = Arriving(MEGABYTE, max_bodies=32)
    refused: list[tuple[str, int]] = []

    def begin(name: str, number: int = 0) -> UploadBody | None:
        return arriving.begin(caller_at(name), lambda: refused.append((name, number)), is_upload=is_upload)

    # As in the attack that this is about: each takes what the others have left.
    held = dict.fromkeys((f"10.0.0.{number}" for number in range(24)), 0)
    for name in held:
        while begin(name, held[name]) and not refused:
            held[name] += 1
        if refused:
            break
    most = max(held, key=lambda name: held[name])
    assert refused == [(most, 0)]
    assert begin("10.1.1.1", 0)
    assert begin("10.1.1.2", 0)
    assert {name for name, _ in refused} <= {name for name in held if held[name] > 1}
    for one in list(arriving.unfinished):
        one.is_complete()
    before = list(refused)
    for number in range(40):
        if taken := begin(f"10.2.2.{number}"):
            taken.is_complete()
    assert refused == before, "what has arrived stays"
    assert not begin("10.3.3.3")


async def test_callers_with_equal_bodies_do_not_evict_each_other() -> None:
    """Otherwise they would evict each other's bodies again and again."""
    arriving = Arriving(MEGABYTE, max_bodies=32)
    refused: list[str] = []

    def begin(name: str) -> UploadBody | None:
        return arriving.begin(caller_at(name), lambda: refused.append(name), is_upload=False)

    names = [f"10.0.0.{number}" for number in range(16)]
    for name in names + names:
        begin(name)
    before = len(arriving.unfinished)
    assert not refused
    for name in names * 3:
        assert not begin(name)
    assert not refused
    assert len(arriving.unfinished) == before
    assert begin("10.1.1.1"), "others find a place"


async def test_ipv6_network_counts_as_one_sender() -> None:
    arriving = Arriving(MEGABYTE, max_bodies=64)
    refused: list[str] = []

    def begin(name: str) -> UploadBody | None:
        return arriving.begin(caller_at(name), lambda: refused.append(name), is_upload=False)

    taken = [begin(f"2001:db8:1:{number:x}::1") for number in range(100)]
    assert sum(body is not None for body in taken[:32]) <= 32
    assert len(arriving.unfinished) <= 32
    assert begin("2001:db8:2::1")
    assert begin("10.0.0.7")
    assert not any(name.startswith(("10.", "2001:db8:2")) for name in refused)


async def test_body_reading_takes_turns_at_limited_rate() -> None:
    pacer = ReadPacer()
    read: list[str] = []
    began = asyncio.get_running_loop().time()
    for number in range(50):
        pacer.schedule(("alice",), partial(read.append, f"alice {number}"))
    pacer.schedule(("bob",), partial(read.append, "bob"))

    while len(read) < 51:
        await asyncio.sleep(0)

    assert read.index("bob") == 1
    assert [one for one in read if one != "bob"] == [f"alice {number}" for number in range(50)]
    taken = asyncio.get_running_loop().time() - began
    assert taken >= 51 * TURN_SECONDS * 0.8


# What clients see.


def test_slow_body_is_refused(make_server: MakeServer) -> None:
    server = make_server(**hurried(uploads__arriving__GRACE_SECONDS=3, uploads__arriving__FORM_SECONDS=4))
    with (
        Sender(server, ALICE, 1_000_000) as slow,
        Sender(server, BOB, 1_000_000) as fast,
        Sender(server, BOB, 1_000_000, "/creategrp") as call,
    ):
        answer = None
        deadline = time.monotonic() + GRACE_SECONDS + 10
        while answer is None and time.monotonic() < deadline:
            slow.send(b"x")
            fast.send(bytes(4 * MIN_BYTES_PER_SECOND))
            answer = slow.answer(0.5)

        assert answer == (200, UploadReply(2, "The body of the request comes too slowly.", ""))
        assert fast.is_taken()
        assert call.answer(FORM_SECONDS) == (
            200,
            UploadReply(9, "The body of the request comes too slowly.", ""),
        )


def test_unfinished_bodies_are_limited_per_sender(make_server: MakeServer, senders: ExitStack) -> None:
    server = make_server()

    taken = [senders.enter_context(Sender(server, ALICE, 1_000_000)) for _ in range(300)]
    deadline = time.monotonic() + GRACE_SECONDS - 2
    while len(taken) > 128 and time.monotonic() < deadline:
        taken = [sender for sender in taken if sender.answer(0.01) is None]

    assert 50 <= len(taken) <= 128
    with Sender(server, ALICE, 1_000_000) as one_more:
        assert one_more.answer(0.3) is None, "it would ask again at once"
        assert one_more.answer(5) == (200, BUSY)
    assert upload_from(BOB, server, "/upload/writev2", b"no picture").code == 4


def test_slow_upload_occupies_no_conversion_slot(
    make_server: MakeServer, senders: ExitStack, picture: bytes
) -> None:
    server = make_server(IM66_MEDIA_JOBS="1")
    for _ in range(5):
        senders.enter_context(Sender(server, ALICE, 1_000_000, "/upload/writev2")).send(bytes(200_000))

    assert upload_from(BOB, server, "/upload/writev2", picture).code == 0


def test_body_buffer_is_bounded_per_caller(make_server: MakeServer, senders: ExitStack) -> None:
    server = make_server(IM66_MAX_BODIES_MB="80")
    large = 18 * MEGABYTE

    first = senders.enter_context(Sender(server, ALICE, large))
    first.send(bytes(large - 1))
    assert first.is_taken()
    with Sender(server, ALICE, large) as second:
        second.send(bytes(large - 1))
        assert second.answer(5) == (200, BUSY)
    assert upload_from(BOB, server, "/upload/writev2", bytes(large)).code == 4

    first.send(b"x")
    finished = first.answer(20)
    assert finished
    assert finished[1].code == 1
    assert upload_from(ALICE, server, "/upload/writev2", bytes(large)).code == 4


def test_disconnected_upload_releases_budget(make_server: MakeServer) -> None:
    server = make_server(IM66_MAX_BODIES_MB="80")

    for _ in range(6):
        with Sender(server, ALICE, 18 * MEGABYTE) as sender:
            sender.send(bytes(17 * MEGABYTE))
            assert sender.is_taken()
        time.sleep(0.1)

    assert upload_from(ALICE, server, "/upload/writev2", bytes(18 * MEGABYTE)).code == 4


def test_large_body_arrives_unchanged(make_server: MakeServer) -> None:
    server = make_server()
    large = photo(Image.effect_noise((1_500, 1_400), 90), "PNG")
    assert len(large) > MEGABYTE

    assert seen(fetch(upload_from(ALICE, server, "/upload/writev2", large).data).body).size == (1_500, 1_400)
