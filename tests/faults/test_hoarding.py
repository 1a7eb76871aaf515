"""Clients that would have the server hold much for them, most of which read nothing."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from websockets.frames import Opcode

from testkit.availability import unavailable
from testkit.device import Device
from testkit.phone import Phone
from testkit.raw import RawSocket, frame, text
from testkit.server import WITHOUT_LIMITS, Server
from testkit.services import Postgres, Unavailable

MEGABYTE = 1024 * 1024
# Over what the server took before.
AT_MOST, AFTERWARDS = 64 * MEGABYTE, 10 * MEGABYTE
# No pings, which would end those who do not answer.
SETTINGS = {"IM66_HEARTBEAT_SECONDS": "3600", "IM66_LOGIN_SECONDS": "600"}
LARGE = "x" * (MEGABYTE - 100)
# The longest that is delivered, so eight of them for each megabyte.
STORED, WAITING_MEGABYTES = "x" * (MEGABYTE // 8 - 100), 20
PATIENCE = 20.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """With WAITING_MEGABYTES of large messages that wait for Bob."""
    server = Server(tmp_path_factory.mktemp("hoarding"), **SETTINGS, **WITHOUT_LIMITS)
    server.prepare()
    server.start()
    asyncio.run(_fill(server))
    yield server
    server.stop()


@pytest.fixture(scope="module")
def on_postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with ExitStack() as running:
        try:
            url = running.enter_context(Postgres()).url
        except Unavailable as reason:
            unavailable(str(reason))
        server = Server(tmp_path_factory.mktemp("hoarding"), DATABASE_URL=url, **SETTINGS, **WITHOUT_LIMITS)
        server.prepare()
        server.start()
        running.callback(server.stop)
        asyncio.run(_fill(server))
        yield server


async def _fill(server: Server) -> None:
    async with Phone(server.entry, "alice") as alice:
        for _ in range(WAITING_MEGABYTES * 8):
            await alice.send(f"video_bob_{STORED}_unicast_")
            await alice.settle()


class Watch:
    """What the server takes, over what it took at first."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._before = server.memory()
        self.most = 0

    def look(self, seconds: float) -> None:
        """Look at it for a while."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.most = max(self.most, self.now())
            time.sleep(0.02)

    def now(self) -> int:
        return self._server.memory() - self._before

    def check(self, at_most: int = AT_MOST) -> None:
        """All that hoarded are gone."""
        assert self.most < at_most, f"{self.most / MEGABYTE:.0f} MB more"
        deadline = time.monotonic() + PATIENCE
        while self.now() > AFTERWARDS:
            assert time.monotonic() < deadline, f"{self.now() / MEGABYTE:.0f} MB are left"
            time.sleep(0.1)


@pytest.fixture
def watch(server: Server) -> Watch:
    return Watch(server)


def test_unread_pongs_take_bounded_memory(server: Server, watch: Watch) -> None:
    pings = frame(Opcode.PING, b"x" * 125) * 1000
    with RawSocket(server.entry) as stranger:
        for _ in range(10):
            stranger.push(pings, 0.4)
            watch.look(0.1)
    # It could be ten times as much if it went on ten times as long.
    watch.check(8 * MEGABYTE)


def test_endless_messages_before_a_login_take_bounded_memory(server: Server, watch: Watch) -> None:
    piece = frame(Opcode.TEXT, b"x" * 60_000, fin=False)
    pieces = piece + frame(Opcode.CONT, b"x" * 60_000, fin=False) * 249
    complete = frame(Opcode.TEXT, b"x" * (15 * MEGABYTE))[:-1]
    with ExitStack() as sockets:
        for number in range(10):
            stranger = sockets.enter_context(RawSocket(server.entry))
            stranger.push(complete if number % 2 else pieces, 0.4)
            watch.look(0.1)
    watch.check()


def test_long_four_byte_texts_take_bounded_memory(server: Server, watch: Watch) -> None:
    long = frame(Opcode.TEXT, b"video_bob_" + b"x" * (8 * MEGABYTE) + "😀_unicast_".encode())
    with RawSocket(server.entry) as bob:
        bob.log_in("bob")
        watch.look(0.5)
        # Its answer comes after what waits for Bob, so nothing after it is handled.
        bob.send(text("members_1"))
        for _ in range(10):
            bob.push(long, 0.3)
            watch.look(0.2)
    watch.check()


def test_longest_allowed_four_byte_texts_take_bounded_memory(server: Server, watch: Watch) -> None:
    long = text(f"video_carol_{LARGE[:-50]}😀_unicast_")
    with ExitStack() as sockets:
        for _ in range(5):
            carol = sockets.enter_context(RawSocket(server.entry))
            carol.log_in("carol")
        alice = sockets.enter_context(RawSocket(server.entry))
        alice.log_in("alice")
        for _ in range(20):
            alice.send(long)
            watch.look(0.1)
    watch.check()


def test_unread_backlogs_take_bounded_memory(server: Server, watch: Watch) -> None:
    _leave_backlogs(server, watch)


def test_unread_histories_take_bounded_memory(server: Server, watch: Watch) -> None:
    _leave_histories(server, watch)


@pytest.mark.wide
@pytest.mark.parametrize("attack", ["backlogs", "histories"])
def test_unread_backlogs_and_histories_take_bounded_memory_on_postgresql(
    on_postgresql: Server, attack: str
) -> None:
    watch = Watch(on_postgresql)
    {"backlogs": _leave_backlogs, "histories": _leave_histories}[attack](on_postgresql, watch)


def _leave_backlogs(server: Server, watch: "Watch") -> None:
    with ExitStack() as sockets:
        for _ in range(6):
            sockets.enter_context(RawSocket(server.entry)).log_in("bob")
            watch.look(0.1)
        watch.look(2)
    watch.check()


def _leave_histories(server: Server, watch: "Watch") -> None:
    with ExitStack() as sockets:
        for _ in range(4):
            alice = sockets.enter_context(RawSocket(server.entry))
            alice.log_in("alice")
            alice.send(text("records_bob_0") * 20)
        watch.look(2)
    watch.check()


def test_memory_is_bounded_for_many_slow_readers(server: Server, watch: Watch) -> None:
    """No one of them is left much, but all together would be."""
    with ExitStack() as sockets:
        for number in range(20):
            sockets.enter_context(RawSocket(server.entry)).log_in(f"listener{number}")
        writer = sockets.enter_context(RawSocket(server.entry))
        writer.log_in("writer")
        for _ in range(5):
            for number in range(20):
                writer.send(text(f"video_listener{number}_{STORED}_unicast_") * 8)
                watch.look(0.02)
    watch.check()


async def test_refused_forwards_take_bounded_memory(server: Server, watch: Watch) -> None:
    async with Device(server.entry, "forwarder") as device:
        ids = [await device.text("u:reader", "x" * 65_000) for _ in range(100)]
        fields = {"targets": ids, "to": ["u:first", "u:second"], "merged": True}
        for _ in range(30):
            assert (await device.refusal("forward", **fields)).name == "too_long"
            watch.look(0.02)
    watch.check()
