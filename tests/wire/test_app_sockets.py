"""How sockets of the shipped apps stay open and end, with IM66_CLIENTS=shipped: one that ends must come back
as one."""

import asyncio
import base64
import os
from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest
from websockets.frames import Opcode

from testkit.phone import Phone
from testkit.phone_apps import Android16, Android17
from testkit.raw import RawSocket, frame, text
from testkit.server import Server
from tests.conftest import MakeServer
from tests.support.hurried import hurried
from tests.support.operator import SILENT, Operator

pytestmark = pytest.mark.slow

RESTART = 1012
LOGIN_SECONDS = 0.3
# Of one address: a tenth of all.
KEPT = 3
SETTINGS = {
    "IM66_CLIENTS": "shipped",
    "IM66_LOGIN_SECONDS": str(LOGIN_SECONDS),
    "IM66_LEGACY_WITHOUT_LOGIN": str(10 * KEPT),
    "IM66_MAX_CONNECTIONS_PER_USER": "1",
    **SILENT,
}
# The standard ends the connection for each of these.
BROKEN = {
    "a text that is no UTF-8": frame(Opcode.TEXT, b"\xff"),
    "a reserved bit": b"\xc1\x80\0\0\0\0",
    "a frame that is too large": b"\x81\xff" + (1 << 30).to_bytes(8) + bytes(4),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("shipped"), **SETTINGS) as running:
        yield running


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Where the kind of server does not matter."""
    with Server(tmp_path_factory.mktemp("one"), **SETTINGS) as running:
        yield running


@pytest.mark.promise("socket-15")
async def test_app_socket_without_a_login_stays_open(one: Server) -> None:
    async with Phone(one.entry) as silent, Phone(one.entry, "alice1") as alice:
        await asyncio.sleep(3 * LOGIN_SECONDS)
        await silent.log_in("bob1")
        await alice.text("bob1", "still here")
        assert await silent.contents(1) == ["still here"]


@pytest.mark.promise("socket-16")
async def test_app_socket_that_answers_no_pings_is_ended(make_server: MakeServer) -> None:
    patience = hurried(server__pulse__MIN_ANSWERING_SECONDS=1)
    server = make_server(**SETTINGS, **patience, IM66_HEARTBEAT_SECONDS="1")
    with RawSocket(server.entry) as silent:
        assert await asyncio.to_thread(silent.is_ended)


@pytest.mark.promise("socket-16")
async def test_oldest_waiting_socket_of_an_address_is_closed(one: Server) -> None:
    async with AsyncExitStack() as open_, Phone(one.entry, "alice2"):
        phones = []
        for _ in range(KEPT + 1):
            phones.append(await open_.enter_async_context(Phone(one.entry)))
            await asyncio.sleep(LOGIN_SECONDS / 3)
        assert await phones[0].close_code() == RESTART
        await phones[1].log_in("bob2")
        await open_.enter_async_context(Phone(one.entry))
        await asyncio.sleep(2 * LOGIN_SECONDS)
        for phone in phones[1:]:
            await (await phone.socket.ping())


@pytest.mark.promise("socket-17")
async def test_waiting_app_sockets_get_no_messages_and_do_not_count_as_connections(one: Server) -> None:
    async with Android17(one.entry, "bob3") as app, Phone(one.entry, "alice3") as alice:
        for _ in range(KEPT):
            await app.foreground()
        app.break_connections()
        await app.until(lambda: not app.sockets)
        await app.until(lambda: len(app.sockets) == KEPT + 1)
        await asyncio.sleep(2 * LOGIN_SECONDS)
        await alice.text("bob3", "once")
        await app.shows(1)
        await asyncio.sleep(0.5)
        assert app.contents == ["once"]
        assert (len(app.sockets), app.crashes) == (KEPT + 1, [])


async def test_logins_of_an_app_on_many_sockets_are_not_refused_as_too_fast(make_server: MakeServer) -> None:
    """After a break it logs in on its newest connection as often as it has connections."""
    server = make_server(**SETTINGS, IM66_LIMIT_LOGINS="12/3600")
    async with Android17(server.entry, "bob") as app, Phone(server.entry, "alice") as alice:
        for _ in range(9):
            await app.foreground()
        app.break_connections()
        await app.until(lambda: not app.sockets)
        await app.until(lambda: len(app.sockets) == 10)
        await alice.text("bob", "still heard")
        assert await app.shows(1) == ["still heard"]


async def test_throttled_app_login_waits_and_succeeds(make_server: MakeServer) -> None:
    """An app that is refused on its newest connection does not try again, and would get nothing more."""
    server = make_server(**SETTINGS, IM66_LIMIT_LOGINS="2/2")
    async with Phone(server.entry) as phone:
        for userid in ("bob", "charlie", "dave", "eve"):
            await phone.send(f"login_{userid}")
        await phone.log_in("bob")
        assert phone.buffered() == []


@pytest.mark.promise("socket-18")
@pytest.mark.parametrize("data", BROKEN.values(), ids=list(BROKEN))
async def test_protocol_violation_by_an_app_is_closed_with_1012(server: Server, data: bytes) -> None:
    async with Phone(server.entry, "bob4") as bob:
        bob.socket.transport.write(data)
        assert await bob.close_code() in (None, RESTART)


@pytest.mark.promise("socket-18")
async def test_banned_app_opens_no_more_sockets(server: Server) -> None:
    operator = await Operator.of(server)
    async with Android17(server.entry, "bob5") as app, Phone(server.entry, "alice5") as alice:
        await app.foreground()
        await operator.act("lock", "bob5")
        await asyncio.sleep(3 + 3 * LOGIN_SECONDS)
        assert (len(app.sockets), app.attempts, app.crashes) == (2, 4, [])
        await alice.text("bob5", "meanwhile")
        await alice.settle()
        await operator.act("unlock", "bob5")
        app.break_connections()
        assert await app.shows(1) == ["meanwhile"]


@pytest.mark.promise("socket-19")
@pytest.mark.parametrize("extensions", ["an extension", "nothing else"])
async def test_frames_sent_with_the_handshake_are_handled(server: Server, extensions: str) -> None:
    """The Android app logs in on its newest socket, which may not be open yet."""
    more = "Sec-WebSocket-Extensions: x-unknown\r\n" if extensions == "an extension" else ""
    key = base64.b64encode(os.urandom(16)).decode()
    request = (
        f"GET /entry HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nUpgrade: WebSocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n{more}\r\n"
    )
    frames = [text(texts) for texts in ("logout_bob6", "login_bob6", "members_none")]
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(request.encode() + b"".join(frames))
    try:
        async with asyncio.timeout(10):
            await reader.readuntil(b"error_400_")
    finally:
        writer.close()


@pytest.mark.promise("socket-5")
async def test_app_refused_for_its_host_reconnects_slowly(make_server: MakeServer) -> None:
    server = make_server(IM66_CLIENTS="shipped", IM66_ALLOWED_HOSTS="chat.example")
    async with asyncio.TaskGroup() as group:
        app = Android16(server.entry, "bob")
        starting = group.create_task(app.start())
        await asyncio.sleep(5)
        app.kill()
        await starting
    assert 1 < app.attempts < 4
    assert server.log.read_text().count("Refused:") < 4
