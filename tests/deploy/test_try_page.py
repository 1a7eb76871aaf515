"""docs/try.md: its blocks are run in their order, on a demo, by one shell."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from testkit.device import Device
from testkit.node import ROOT
from testkit.server import Server
from testkit.services import free_port
from tests.deploy.blocks import blocks
from tests.support.waiting import until

pytestmark = pytest.mark.slow

PAGE = "try.md"


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Server]:
    """As `make run` starts it, with the settings that the page gives it."""
    first, *_ = (block.text for block in blocks(PAGE))
    assert first.endswith("make run\n")
    server = Server(tmp_path, **dict(re.findall(r"(IM66_\w+)=(\S+)", first)))
    server.prepare()
    server.manage("demo", "--no-serve")
    server.start()
    yield server
    server.stop()


def in_place(text: str, demo: Server) -> str:
    """The commands, with the Python and the ports of this test."""
    for here, there in (("6060", demo.port), ("8000", free_port()), (".venv/bin/python", sys.executable)):
        text = text.replace(here, str(there))
    return text


@pytest.fixture
def terminal(demo: Server, tmp_path: Path) -> Iterator[Path]:
    """What the commands print, but for installations and the page in React. It goes on while programs run."""
    _, _, *steps, _ = (block.text for block in blocks(PAGE))
    commands = in_place(f"set -e\n{''.join(steps)}echo ready\nwait\n", demo)
    environment = {**demo.environment, "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "clients/python")}
    output = tmp_path / "output"
    with output.open("wb") as file:
        shell = subprocess.Popen(
            ["bash", "-c", commands],
            cwd=ROOT,
            env=environment,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        until(lambda: "ready" in output.read_text() or shell.poll() is not None)
        assert shell.poll() is None, output.read_text()
        yield output
    finally:
        os.killpg(shell.pid, signal.SIGTERM)
        shell.wait(20)


def userid_of(demo: Server, name: str) -> str:
    """The userid of who has this name, as bob searches."""
    search = Request(f"{demo.http}/api/v1/users?q={name}", headers={"Authorization": "Userid bob"})
    with urlopen(search, timeout=20) as answer:
        (person,) = json.load(answer)["items"]
    return str(person["userid"])


async def test_each_way_of_the_try_page_works(demo: Server, terminal: Path) -> None:
    printed = await asyncio.to_thread(terminal.read_text)
    assert printed.count('"re":2') == 1
    helper = await asyncio.to_thread(userid_of, demo, "Helper")
    async with Device(demo.entry, "bob") as bob:
        # Its program has just been started.
        async with asyncio.timeout(30):
            while helper not in (await bob.call("presence", users=[helper]))["online"]:
                await asyncio.sleep(0.1)
        await bob.text(f"u:{helper}", "How are you?")
        while (event := await bob.event())["ev"] not in ("message", "growing"):
            pass
        assert event["from"] == helper
    await asyncio.to_thread(until, lambda: "How are you?" in terminal.read_text())


def test_page_and_package_build_the_react_example_alike() -> None:
    *_, react = (block.text for block in blocks(PAGE))
    assert react.splitlines()[0] in (ROOT / "clients" / "react" / "README.md").read_text()
