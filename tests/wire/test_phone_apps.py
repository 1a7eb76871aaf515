"""The shipped apps, as testkit has them, over real sockets: they do to a server what the real ones do."""

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest
from websockets.asyncio.server import Server as Listening
from websockets.asyncio.server import ServerConnection, serve

from testkit.app_rules import MAX_ANDROID_PAYLOAD_BYTES, Crash, extension
from testkit.phone_apps import Android16, Android17, App, IPhone

APPS = [Android16, Android17, IPhone]
HELLO = f"text_bob_hi_unicast_bob_1_{extension('Bob')}"


class Listener:
    """A server that only listens, and sends what it is told to."""

    def __init__(self) -> None:
        self.connections: list[ServerConnection] = []
        self.received: list[str] = []
        # Those connections on which something was said.
        self.spoke: set[ServerConnection] = set()

    async def serve(self, connection: ServerConnection) -> None:
        self.connections.append(connection)
        async for frame in connection:
            self.received.append(str(frame))
            self.spoke.add(connection)

    async def send(self, *frames: str) -> None:
        for connection in self.connections:
            for frame in frames:
                await connection.send(frame)


@dataclass
class Place:
    url: str
    listener: Listener


@pytest.fixture
async def place() -> Any:
    listener = Listener()
    listening: Listening
    async with serve(listener.serve, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        yield Place(f"ws://127.0.0.1:{port}/entry", listener)


async def received(place: Place, count: int) -> list[str]:
    """The first `count` frames that the server hears."""
    while len(place.listener.received) < count:
        await asyncio.sleep(0.01)
    return place.listener.received


@pytest.mark.parametrize("make", APPS)
async def test_simulated_app_shows_received_messages(place: Place, make: type[App]) -> None:
    async with make(place.url, "alice") as app:
        await place.listener.send("heartbeat_1", HELLO, HELLO)
        assert await app.shows(2) == ["hi", "hi"]
        assert app.shown[0].sender == "bob"


@pytest.mark.parametrize(
    ("make", "opening"),
    [(Android16, ["login_alice"]), (Android17, ["logout_alice", "login_alice"]), (IPhone, ["login_alice"])],
)
async def test_simulated_apps_open_as_the_real_ones(
    place: Place, make: type[App], opening: list[str]
) -> None:
    async with make(place.url, "alice"):
        assert await received(place, len(opening)) == opening


@pytest.mark.parametrize(("make", "sockets"), [(Android16, 1), (Android17, 3), (IPhone, 3)])
async def test_foregrounding_opens_one_more_socket(place: Place, make: type[App], sockets: int) -> None:
    async with make(place.url, "alice") as app:
        await app.foreground()
        await app.foreground()
        assert len(app.sockets) == sockets
        await place.listener.send(HELLO)
        assert await app.shows(sockets) == ["hi"] * sockets


@pytest.mark.parametrize("make", APPS)
async def test_app_reopens_a_broken_connection(place: Place, make: type[App]) -> None:
    async with make(place.url, "alice", reconnect_seconds=0.0) as app:
        app.break_connections()
        await app.until(lambda: not app.sockets)
        await app.until(lambda: bool(app.sockets))
        assert len(place.listener.connections) == 2


# To Android, 1012 is a violation, which is reported once.
@pytest.mark.parametrize(
    ("make", "code", "sockets"),
    [(Android16, 1000, 2), (Android17, 4408, 2), (Android17, 1012, 1), (IPhone, 1000, 1), (IPhone, 1012, 1)],
)
async def test_app_reopens_a_closed_connection(
    place: Place, make: type[App], code: int, sockets: int
) -> None:
    async with make(place.url, "alice", reconnect_seconds=0.0) as app:
        await place.listener.connections[0].close(code)
        await app.until(lambda: len(app.sockets) == sockets and app.newest in app.sockets)
        await asyncio.sleep(0.1)
        assert len(place.listener.connections) == 1 + sockets


async def test_android_does_not_answer_an_unknown_close_code(place: Place) -> None:
    async with Android17(place.url, "alice"), IPhone(place.url, "bob"):
        android, iphone = place.listener.connections
        await android.close(1012)
        assert android.protocol.close_rcvd is None
        await iphone.close(1012)
        assert iphone.protocol.close_rcvd is not None


async def test_android_logs_in_on_its_newest_socket_whichever_has_opened(place: Place) -> None:
    async with Android17(place.url, "alice") as app:
        await app.foreground()
        await app.foreground()
        await received(place, 6)
        place.listener.received.clear()
        app.break_connections()
        await app.until(lambda: not app.sockets)
        await app.until(lambda: len(app.sockets) == 3)
        assert await received(place, 6) == ["logout_alice", "login_alice"] * 3
        assert len(place.listener.spoke) == 4
        assert not app.crashes


async def test_android_crashes_if_its_newest_socket_has_no_connection_yet(place: Place) -> None:
    app = Android17(place.url, "alice", round_trip_seconds=0.1)
    starting = asyncio.create_task(app.start())
    await asyncio.sleep(0.01)
    app.round_trip_seconds = 3600
    foreground = asyncio.create_task(app.foreground())
    await asyncio.gather(starting, foreground)
    assert len(app.crashes) == 1


async def test_simulated_apps_answer_pings_unless_switched_off(place: Place) -> None:
    async with Android17(place.url, "alice") as android, IPhone(place.url, "bob") as iphone:
        for phone in place.listener.connections:
            await (await phone.ping())
        android.answers_pings = iphone.answers_pings = False
        waiting = [asyncio.ensure_future(await phone.ping()) for phone in place.listener.connections]
        await place.listener.send(HELLO)
        await android.shows(1)
        await iphone.shows(1)
        assert not (await asyncio.wait(waiting, timeout=0.1))[0]


async def test_android_answers_a_ping_after_the_messages_before_it(place: Place) -> None:
    async with Android17(place.url, "alice") as app:
        (connection,) = place.listener.connections
        await place.listener.send(*[HELLO] * 5)
        await (await connection.ping())
        assert len(app.shown) == 5


async def test_android_reconnects_after_a_too_large_message(place: Place) -> None:
    fits = HELLO.replace("hi", "x" * (MAX_ANDROID_PAYLOAD_BYTES - len(HELLO) + 2))
    assert len(fits) == MAX_ANDROID_PAYLOAD_BYTES
    async with Android17(place.url, "alice") as app:
        await place.listener.send(fits)
        await app.shows(1)
        await place.listener.send(fits + "x")
        await app.until(lambda: len(place.listener.connections) == 2 and bool(app.sockets))
        assert app.oversized == 1
        assert len(app.shown) == 1


async def test_crash_ends_the_simulated_app(place: Place) -> None:
    async with Android17(place.url, "alice") as app:
        await place.listener.send(f"audio_bob_none_unicast_bob_1_{extension('Bob')}")
        await app.until(lambda: not app.sockets)
        assert [type(crash) for crash in app.crashes] == [Crash]
        await app.start()
        assert len(app.sockets) == 1
