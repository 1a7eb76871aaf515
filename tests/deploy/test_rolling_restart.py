"""deploy/rolling-restart, with 100 people talking: nothing is lost, and nobody is away for long."""

import asyncio
import os
import shutil
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from testkit.availability import unavailable
from testkit.phone import Phone
from testkit.server import ROOT, Server
from tests.faults.production import Production, log_in
from tests.wire.test_token_login import create

pytestmark = pytest.mark.slow

PEOPLE = [f"p{number}" for number in range(100)]
PAUSE_SECONDS = 0.5
# Nobody may be away for longer.
AWAY_SECONDS = 5.0
# A machine on which all needed a while to come at first has much to do, and starts a process meanwhile.
SLOWER = 3
SECONDS = 120.0
# Instead of systemd: hands the order to the test, and waits until it is done.
SYSTEMCTL = """#!/bin/sh
echo "$*" > "$ORDERS"
read -r _ < "$DONE"
"""


class Person:
    """Listens, and comes back whenever the connection ends."""

    def __init__(self, userid: str, running: Production) -> None:
        self.userid = userid
        self.heard: set[str] = set()
        self.logins = 0
        self.longest_away = 0.0
        self._running = running

    async def live(self) -> None:
        left = time.monotonic()
        while True:
            with suppress(ConnectionClosed, InvalidHandshake, OSError, TimeoutError):
                async with self._running.phone() as phone:
                    await self._listen(phone, left)
            left = time.monotonic()
            await asyncio.sleep(0.05)

    async def _listen(self, phone: Phone, left: float) -> None:
        try:
            await log_in(phone, self.userid)
            self._has_come(left)
            while True:
                self._hear(await phone.frame())
        finally:
            # Delivered, although the connection ended before the answer to the login.
            for frame in phone.kept():
                self._hear(frame)

    def _hear(self, frame: str) -> None:
        if not frame.startswith("heartbeat_"):
            self.heard.add(frame.split("_")[2])

    def _has_come(self, left: float) -> None:
        if self.logins:
            self.longest_away = max(self.longest_away, time.monotonic() - left)
        self.logins += 1


class Speaker:
    """Writes to the group over and over, and again what was not certainly stored."""

    def __init__(self, group: str, running: Production) -> None:
        self.stored: list[str] = []
        self._group = group
        self._running = running

    async def live(self) -> None:
        while True:
            with suppress(ConnectionClosed, InvalidHandshake, OSError, TimeoutError):
                async with self._running.phone() as phone:
                    await log_in(phone, "speaker")
                    while True:
                        content = f"m{len(self.stored)}"
                        await phone.group_text(self._group, content)
                        await phone.settle()
                        self.stored.append(content)
                        await asyncio.sleep(PAUSE_SECONDS)


async def until_all_have_come(people: list[Person]) -> None:
    async with asyncio.timeout(SECONDS):
        while not all(person.logins for person in people):
            await asyncio.sleep(0.05)


async def until_all_have_heard(people: list[Person], speaker: Speaker, more: int) -> None:
    wanted = len(speaker.stored) + more
    async with asyncio.timeout(SECONDS):
        while len(speaker.stored) < wanted or not all(
            person.heard.issuperset(speaker.stored[:wanted]) for person in people
        ):
            await asyncio.sleep(0.05)


def roll(servers: tuple[Server, ...], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the script, and do what it has systemd do."""
    orders, done = folder / "orders", folder / "done"
    for fifo in (orders, done):
        os.mkfifo(fifo)
    fake = folder / "systemctl"
    fake.write_text(SYSTEMCTL)
    fake.chmod(0o755)
    environment = {"PATH": f"{folder}:{os.environ['PATH']}", "ORDERS": str(orders), "DONE": str(done)}
    ports = [str(server.port) for server in servers]
    with subprocess.Popen(
        [ROOT / "deploy/rolling-restart", *ports],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as script:
        for server in servers:
            assert orders.read_text() == f"restart im66@{server.port}\n"
            server.terminate()
            assert server.exit_code == 0
            server.start()
            done.write_text("done\n")
        said, complained = script.communicate(timeout=SECONDS)
    return subprocess.CompletedProcess(script.args, script.returncode, said, complained)


async def test_rolling_restart_loses_nothing_and_is_short(running: Production, tmp_path: Path) -> None:
    if not shutil.which("curl"):
        unavailable("no curl on PATH")
    await asyncio.to_thread(create, running.servers[0], *PEOPLE, "speaker")
    made = await asyncio.to_thread(
        running.call, "creategrp", "speaker", creator="speaker", members=",".join(PEOPLE[:-1]), name="all"
    )
    people = [Person(userid, running) for userid in PEOPLE[:-1]]
    speaker = Speaker(str(made["groupid"]), running)
    tasks = [asyncio.create_task(life) for life in (*(one.live() for one in people), speaker.live())]
    began = time.monotonic()
    try:
        await until_all_have_come(people)
        coming = time.monotonic() - began
        await until_all_have_heard(people, speaker, 3)
        rolled = await asyncio.to_thread(roll, running.servers, tmp_path)
        await until_all_have_heard(people, speaker, 3)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    assert rolled.returncode == 0, rolled.stderr
    assert rolled.stdout.count("is ready.") == 2
    assert all(person.logins > 1 for person in people), "somebody met no restart"
    assert max(person.longest_away for person in people) < max(AWAY_SECONDS, SLOWER * coming)
    assert set(speaker.stored) <= set(running.servers[0].stored())
