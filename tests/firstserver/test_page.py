"""docs/import.md: its commands work, one after the other, and it names what is imported."""

import re
import shlex
from pathlib import Path

import pytest

from firstserver import reading
from testkit.phone import Phone
from testkit.server import ROOT, Server
from tests.firstserver.first_server import FirstServer, unicast

PAGE = (ROOT / "docs" / "import.md").read_text()
URL = "redis://127.0.0.1:6379/1"


def commands() -> list[list[str]]:
    blocks = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    return [shlex.split(line) for block in blocks for line in block.splitlines() if line.strip()]


def table() -> list[str]:
    return re.findall(r"^\| `([^`<]+)", PAGE.partition("## What is imported")[2], re.MULTILINE)


def test_import_page_names_every_key() -> None:
    holds = {reading.key_of(f"{name}12".encode()).kind for name in table() if name != "groupID"}
    assert holds == {reading.GROUP, reading.MEMBERS, reading.PERSON, reading.LATER_INBOX}
    assert reading.NEXT_GROUP.decode() in table()


@pytest.mark.slow
async def test_commands_of_the_import_page_work(first: FirstServer, tmp_path: Path) -> None:
    first.wait("bob", unicast("alice", "hello"))
    server = Server(tmp_path)
    texts = []
    *before, last = commands()
    for program, *arguments in before:
        assert program == "im66"
        texts.append(server.manage(*(argument.replace(URL, first.url) for argument in arguments)))
    assert "would be imported" in texts[1]
    assert "were imported" in texts[2]
    assert last[:2] == ["systemctl", "start"]
    server.start()
    try:
        async with Phone(server.entry, "bob") as bob:
            assert await bob.contents(1) == ["hello"]
    finally:
        server.stop()
