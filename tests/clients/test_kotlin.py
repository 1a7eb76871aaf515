"""clients/kotlin against a real server, while server and app are killed."""

import asyncio
import base64
import json
import os
import subprocess
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from testkit.device import SUBPROTOCOL, Device
from testkit.recordings import halves, photo
from testkit.server import WITHOUT_LIMITS
from tests.clients.kotlin_app import PACKAGE, SECONDS, App, compiled
from tests.conftest import MakeServer
from tests.support.tokens import IN_TOKEN_MODE, token

pytestmark = pytest.mark.slow
# The compilers are half a gigabyte.
wide = pytest.mark.wide

Frame = dict[str, Any]


@pytest.fixture(scope="module")
def java(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return compiled(tmp_path_factory.mktemp("kotlin"))


@asynccontextmanager
async def withholding(
    entry: str, is_withheld: Callable[[Frame], bool]
) -> AsyncIterator[tuple[str, asyncio.Event]]:
    """The address of a server that keeps such frames for itself, and whether there was one."""
    withheld = asyncio.Event()

    async def talk(app: ServerConnection) -> None:
        async def pass_on() -> None:
            with suppress(ConnectionClosed):
                async for frame in app:
                    await there.send(frame)
            await there.close()

        async with connect(entry, subprotocols=[SUBPROTOCOL]) as there:
            passing = asyncio.create_task(pass_on())
            async for frame in there:
                if withheld.is_set() or is_withheld(json.loads(frame)):
                    withheld.set()
                else:
                    await app.send(frame)
            await passing

    async with serve(talk, "127.0.0.1", 0, subprotocols=[SUBPROTOCOL]) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", withheld


def test_kotlin_types_match_the_schema() -> None:
    subprocess.run([sys.executable, "make_types.py", "--check"], cwd=PACKAGE, check=True, timeout=SECONDS)


@wide
async def test_killed_server_loses_and_repeats_no_kotlin_messages(
    java: list[str], make_server: MakeServer
) -> None:
    server = make_server()
    picture = base64.b64encode(photo(halves((40, 30)), "PNG")).decode()
    journey = await asyncio.create_subprocess_exec(
        *java,
        "journey.JourneyKt",
        server.http,
        env={**os.environ, "PICTURE": picture},
        stdin=PIPE,
        stdout=PIPE,
    )
    assert journey.stdin
    assert journey.stdout
    orders, text = {"kill": server.kill, "start": server.start}, ""
    try:
        async with asyncio.timeout(SECONDS):
            async for line in journey.stdout:
                text = line.decode().strip()
                if order := orders.get(text):
                    await asyncio.to_thread(order)
                    journey.stdin.write(b"\n")
    finally:
        if journey.returncode is None:
            journey.kill()
        await journey.communicate()
    result = json.loads(text)
    ids = result.pop("ids")
    assert ids == sorted(set(ids))
    assert len(ids) == 12
    assert result == {
        "kinds": ["text"] * 12 + ["picture"],
        "unread": 0,
        "device": "laptop",
        "devices": 0,
        "absent": "not_found",
        "refused": "not_found",
        "large": "too_long",
        "pending": 0,
        "open": True,
    }


@wide
async def test_app_killed_between_send_and_reply_sends_its_message_once(
    java: list[str], make_server: MakeServer, tmp_path: Path
) -> None:
    server, database = make_server(), tmp_path / "phone.sqlite3"
    async with (
        withholding(server.entry, lambda frame: "time" in frame.get("ok", {})) as (address, withheld),
        App(java, database, address, "alice", "u:bob") as app,
        asyncio.timeout(SECONDS),
    ):
        app.write("once")
        await withheld.wait()
        assert server.stored() == ["once"]
    assert app.rows() == []
    async with App(java, database, server.http, "alice", "u:bob") as app:
        await app.prints("sent: once")
        await app.has(0, "im66_outbox")
        assert app.rows() == [("alice", "once")]
    assert server.stored() == ["once"]


@wide
async def test_hundred_messages_survive_kills_of_the_app_in_order(
    java: list[str], make_server: MakeServer, tmp_path: Path
) -> None:
    server, database = make_server(**WITHOUT_LIMITS), tmp_path / "phone.sqlite3"
    server.kill()
    texts = [str(number) for number in range(100)]
    async with App(java, database, server.http, "alice", "u:bob") as app:
        app.write(*texts)
        await app.has(100, "im66_outbox")
    server.start()
    for last in ("sent: 20", "sent: 60", "sent: 99"):
        async with App(java, database, server.http, "alice", "u:bob") as app:
            await app.prints(last)
            if last == "sent: 99":
                await app.has(0, "im66_outbox")
    assert server.stored() == texts
    assert app.rows() == [("alice", text) for text in texts]
    assert app.rows("SELECT * FROM im66_outbox") == []


@wide
async def test_two_devices_that_are_killed_receive_each_message_once(
    java: list[str], make_server: MakeServer, tmp_path: Path
) -> None:
    server = make_server(**WITHOUT_LIMITS)
    texts = [str(number) for number in range(90)]

    async def receive(name: str) -> App:
        # The table takes no message twice: the app would end.
        for last in ("bob: 10", "bob: 40", "alice: the end"):
            async with App(java, tmp_path / name, server.http, "alice", "u:bob") as app:
                await app.prints(last)
                if last == "alice: the end":
                    await app.has(91, "message")
        return app

    for name in ("phone", "tablet"):
        async with App(java, tmp_path / name, server.http, "alice", "u:bob") as app:
            await app.has(3, "im66_state")
    async with Device(server.entry, "bob") as bob, Device(server.entry, "alice") as laptop:

        async def write() -> None:
            for text in texts:
                await bob.text("u:alice", text)
                await asyncio.sleep(0.05)
            await laptop.text("u:bob", "the end")

        *apps, _ = await asyncio.gather(receive("phone"), receive("tablet"), write())
    expected = [*(("bob", text) for text in texts), ("alice", "the end")]
    assert [app.rows() for app in apps] == [expected, expected]


@wide
async def test_another_log_makes_a_gap_that_a_kill_does_not_hide(
    java: list[str], make_server: MakeServer, tmp_path: Path
) -> None:
    before, after, database = make_server(), make_server(), tmp_path / "phone.sqlite3"
    async with App(java, database, before.http, "alice", "u:bob") as app:
        app.write("of the old log")
        await app.prints("sent: of the old log")
        await app.has(0, "im66_outbox")
    async with (
        withholding(after.entry, lambda frame: frame.get("ev") == "gap") as (address, withheld),
        App(java, database, address, "alice", "u:bob"),
        asyncio.timeout(SECONDS),
    ):
        await withheld.wait()
    assert app.rows() == [("alice", "of the old log")]
    async with App(java, database, after.http, "alice", "u:bob") as app, Device(after.entry, "bob") as bob:
        await app.prints("out of date")
        await bob.text("u:alice", "of the new log")
        await app.has(1, "message")
    assert app.rows() == [("bob", "of the new log")]


@wide
async def test_a_refused_token_loses_no_message_and_another_user_sends_none(
    java: list[str], make_server: MakeServer, tmp_path: Path
) -> None:
    server = make_server(**IN_TOKEN_MODE, IM66_TOKEN_CREATES_USERS="true", IM66_TOKEN_LEEWAY_SECONDS="0")
    database, file = tmp_path / "phone.sqlite3", tmp_path / "token"
    file.write_text(token("alice", seconds=10))
    async with App(java, database, server.http, "alice", "u:alice", file) as app:
        await app.prints("Open as alice")
        file.write_text(token("alice"))
        await app.prints("Away")
        await app.prints("Open as alice")
    file.write_text(token("alice", "x" * 40))
    async with App(java, database, server.http, "alice", "u:alice", file) as app:
        app.write("kept")
        await app.prints("Ended: log_in_first")
        await app.has(1, "im66_outbox")
    file.write_text(token("bob"))
    async with App(java, database, server.http, "bob", "u:alice", file) as app:
        await app.prints("Ended: another_user")
    file.write_text(token("alice"))
    async with App(java, database, server.http, "alice", "u:alice", file) as app:
        await app.prints("sent: kept")
    assert server.stored() == ["kept"]
