"""clients/swift: its example app and the program of docs/app.md, which are killed, and so is the server."""

import asyncio
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Self

import pytest

from testkit.availability import unavailable
from testkit.device import Device
from testkit.forwarder import Forwarder
from testkit.recordings import halves, photo
from testkit.server import ROOT, WITHOUT_LIMITS
from tests.conftest import MakeServer
from tests.support.app_page import block, lists_talks_and_resumes
from tests.support.tokens import IN_TOKEN_MODE, token

pytestmark = pytest.mark.slow

PACKAGE = ROOT / "clients" / "swift"
SECONDS = 60.0
BUILD_SECONDS = 600.0


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the program of docs/app.md and the example app. It is next to a clone."""
    if not (swift := shutil.which("swift")):
        unavailable("needs swift (swiftlang, libsqlite3-dev, libcurl4-openssl-dev)")
    folder = tmp_path_factory.mktemp("swift") / "chat"
    (folder / "Sources" / "Chat").mkdir(parents=True)
    (folder.parent / "im66").symlink_to(ROOT)
    (folder / "Package.swift").write_text(block("swift package"))
    (folder / "Sources" / "Chat" / "main.swift").write_text(block("swift"))
    for product in ("Chat", "Im66Chat"):
        command = [swift, "build", "--product", product, "-Xswiftc", "-warnings-as-errors"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=BUILD_SECONDS)
        assert done.returncode == 0, done.stdout + done.stderr
    return folder / ".build" / "debug"


@pytest.fixture
def program(built: Path) -> Path:
    """The example app."""
    return built / "Im66Chat"


class App:
    """The example app of ana, who writes to ben. Its file outlasts it."""

    def __init__(self, program: Path, file: Path, url: str, **environment: str) -> None:
        self._command = [str(program), url, "ana", "u:ben", str(file)]
        self._environment = {**os.environ, **environment}
        self.file = file
        self._process: Process | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.kill()

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *self._command, stdin=PIPE, stdout=PIPE, env=self._environment
        )

    async def kill(self) -> None:
        process = self.process
        if process.returncode is None:
            process.kill()
        await process.communicate()

    @property
    def process(self) -> Process:
        assert self._process
        return self._process

    def type(self, *lines: str) -> None:
        assert self.process.stdin
        self.process.stdin.write("".join(f"{line}\n" for line in lines).encode())

    async def prints(self, text: str) -> str:
        """The next line with this in it."""
        assert self.process.stdout
        async with asyncio.timeout(SECONDS):
            while line := (await self.process.stdout.readline()).decode():
                if text in line:
                    return line
        raise AssertionError(f"The app has ended, and {text!r} did not come.")

    def rows(self, query: str) -> list[Any]:
        with closing(sqlite3.connect(self.file, timeout=SECONDS)) as database:
            return database.execute(query).fetchall()

    def write(self, statement: str, *values: object) -> None:
        with closing(sqlite3.connect(self.file, timeout=SECONDS)) as database, database:
            database.execute(statement, values)

    def contents(self) -> list[str]:
        return [row[0] for row in self.rows("SELECT content FROM message ORDER BY id")]

    def unanswered(self) -> int:
        return int(self.rows("SELECT count(*) FROM im66_outbox WHERE outcome IS NULL")[0][0])


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(SECONDS):
        while not condition():
            await asyncio.sleep(0.02)


def test_swift_types_match_the_schema() -> None:
    subprocess.run([sys.executable, "make_types.py", "--check"], cwd=PACKAGE, check=True, timeout=SECONDS)


@pytest.mark.wide
async def test_swift_program_of_the_page_lists_talks_and_resumes(
    built: Path, make_server: MakeServer, tmp_path: Path
) -> None:
    await lists_talks_and_resumes(make_server(), tmp_path, str(built / "Chat"))


@pytest.mark.wide
async def test_killed_swift_app_counts_each_message_once(
    program: Path, make_server: MakeServer, tmp_path: Path
) -> None:
    server = make_server(**WITHOUT_LIMITS)
    app = App(program, tmp_path / "ana.sqlite", server.http)
    contents = [f"{number} " + "x" * (number % 7) * 2000 for number in range(60)]
    async with app, Device(server.entry, "ben") as ben:
        await app.prints("(connected)")
        await app.kill()
        for content in contents:
            await ben.text("u:ana", content)
        for number in range(5, len(contents), 5):
            await app.start()
            await app.prints(f"ben: {number} ")
            await app.kill()  # while it handles what follows
        await app.start()
        await until(lambda: len(app.contents()) == len(contents))
        assert app.contents() == contents
        assert app.rows("SELECT id, unread FROM conversation") == [("u:ben", len(contents))]


@pytest.mark.wide
async def test_swift_outbox_sends_100_messages_of_a_killed_app_in_order_once(
    program: Path, make_server: MakeServer, tmp_path: Path
) -> None:
    server = make_server(**WITHOUT_LIMITS)
    app = App(program, tmp_path / "ana.sqlite", server.http)
    contents = [f"{number}" for number in range(100)]
    async with app:
        await app.prints("(connected)")
        await asyncio.to_thread(server.kill)
        app.type(*contents)
        await until(lambda: app.unanswered() == len(contents))
        await app.kill()
        await asyncio.to_thread(server.start)
        await app.start()
        await until(lambda: len(server.stored()) >= len(contents) / 2)
        await asyncio.to_thread(server.kill)
        await app.kill()
        await app.start()
        await asyncio.to_thread(server.start)
        await until(lambda: len(app.contents()) == len(contents))
        assert app.contents() == server.stored() == contents
        assert app.rows("SELECT * FROM im66_outbox") == []


@pytest.mark.wide
async def test_swift_app_killed_between_send_and_reply_stores_the_message_once(
    program: Path, make_server: MakeServer, tmp_path: Path
) -> None:
    server = make_server()
    async with (
        Forwarder(server.port, seconds=0.5) as late,
        App(program, tmp_path / "ana.sqlite", late.http) as app,
    ):
        await app.prints("(connected)")
        app.type("only once")
        await until(lambda: server.stored() == ["only once"])
        await app.kill()
        assert app.unanswered() == 1
        await app.start()
        await until(lambda: not app.rows("SELECT * FROM im66_outbox"))
        assert app.contents() == server.stored() == ["only once"]


@pytest.mark.wide
async def test_swift_app_returns_from_a_silent_connection_and_from_a_gap(
    program: Path, make_server: MakeServer, tmp_path: Path
) -> None:
    server = make_server(IM66_HEARTBEAT_SECONDS="1")
    async with (
        Forwarder(server.port) as network,
        App(program, tmp_path / "ana.sqlite", network.http) as app,
        Device(server.entry, "ben") as ben,
    ):
        await app.prints("(connected)")
        network.fall_silent()
        await ben.text("u:ana", "do you hear me?")
        await app.prints("ben: do you hear me?")
        await app.kill()
        # As after a restored backup: messages that the server does not know any more.
        app.write("INSERT INTO message VALUES (999, 'u:ben', 'ben', 'lost')")
        position = {"log": "another", "id": 999}
        app.write("UPDATE im66_state SET value = ? WHERE name = 'position'", json.dumps(position))
        await app.start()
        await app.prints("loaded anew")
        await ben.text("u:ana", "and now?")
        await until(lambda: app.contents() == ["do you hear me?", "and now?"])
        (state,) = app.rows("SELECT value FROM im66_state WHERE name = 'position'")
        assert json.loads(state[0])["log"] == ben.welcome["log"]


@pytest.mark.wide
async def test_swift_app_ends_with_a_refused_token_and_keeps_its_messages(
    program: Path, make_server: MakeServer, tmp_path: Path
) -> None:
    server = make_server(**IN_TOKEN_MODE, IM66_TOKEN_CREATES_USERS="true")
    file, picture = tmp_path / "ana.sqlite", tmp_path / "picture.png"
    picture.write_bytes(photo(halves((40, 30)), "PNG"))
    async with Device(server.entry, token=token("ben")), Device(server.entry, token=token("eve")):
        pass  # they have accounts now
    async with App(program, file, server.http, IM66_TOKEN=token("ana", "x" * 40)) as refused:
        refused.type("hello")
        assert "log_in_first" in await refused.prints("(ended)")
        assert await asyncio.wait_for(refused.process.wait(), SECONDS) == 1
    async with App(program, file, server.http, IM66_TOKEN=token("ana")) as app:
        await app.prints("to u:ben: hello")
        app.type(f"/upload {picture}", "/push web https://push.example/ana", "/list")
        await app.prints("(registered)")
        await app.prints("u:ben")
        await until(lambda: len(app.contents()) == 2)
        (sent,) = server.query("SELECT kind FROM log_message ORDER BY id DESC LIMIT 1")
        assert sent == ("picture",)
        assert server.query("SELECT name FROM notifications_pushdevice") == [("terminal",)]
    # Somebody else on the same phone sends nothing of hers.
    async with App(program, file, server.http, IM66_TOKEN=token("eve")) as other:
        other.type("from eve?")
        assert "another_user" in await other.prints("(ended)")
