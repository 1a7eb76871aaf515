"""The READMEs, in both languages."""

import json
import re
import shlex
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from testkit.phone import Phone
from testkit.server import Server
from tests.conftest import MakeServer
from tests.support.calls import call

ROOT = Path(__file__).resolve().parents[2]
READMES = ["README.md", "README.zh-hans.md"]
ADDRESS = "http://127.0.0.1:6060"

both = pytest.mark.parametrize("readme", READMES)


def text(page: str) -> str:
    return (ROOT / page).read_text()


@both
def test_readme_has_host_and_port_of_make(readme: str) -> None:
    makefile = text("Makefile")
    for name, default in re.findall(r"^(HOST|PORT) \?= (\S+)$", makefile, re.MULTILINE):
        assert re.search(rf"`{name}`[（ (默认]+{re.escape(default)}[)）]", text(readme))


# The conversation by hand.


def conversation(readme: str) -> list[str]:
    """Its lines: `name > typed`, `name < received`, `name $ command`, `$ command` and what that prints."""
    blocks = re.findall(r"^```text conversation\n(.*?)\n```$", text(readme), re.DOTALL | re.MULTILINE)
    return [line for block in blocks for line in block.splitlines()]


class Stage:
    """The terminals, against a real server in the state that `make run` leaves it in."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.phones: dict[str, Phone] = {}
        self.printed: list[Any] = []

    async def play(self, line: str) -> None:
        who, sign, rest = re.fullmatch(r"(?:(\w+) )?([>$<]|\{) ?(.*)", line, re.DOTALL).groups()  # type: ignore[union-attr]
        match sign:
            case "{":
                printed = json.dumps(self.printed.pop(0))
                assert _without_picture(printed) == _without_picture(
                    json.dumps(json.loads(line.replace(ADDRESS, self.server.http)))
                )
            case "$" if who:
                assert rest == f".venv/bin/python -m websockets {ADDRESS.replace('http', 'ws')}/entry"
                await self._connect(who)
            case "$":
                await self._curl(rest)
            case ">":
                await self._type(who, rest)
            case "<":
                assert _without_time(await self.phones[who].receive()) == _without_time(rest)

    async def leave(self) -> None:
        for phone in self.phones.values():
            assert await phone.receives_nothing()
            await phone.say_goodbye()

    async def _connect(self, who: str) -> None:
        self.phones[who] = Phone(self.server.entry)
        await self.phones[who].connect()

    async def _type(self, who: str, frame: str) -> None:
        if frame == "Ctrl-D":
            await self.phones.pop(who).say_goodbye()
            return
        if who not in self.phones:
            await self._connect(who)
        phone = self.phones[who]
        if frame.startswith("login_"):
            await phone.log_in(frame.removeprefix("login_"))
        else:
            await phone.send(frame)
            await phone.settle()

    async def _curl(self, command: str) -> None:
        _curl, url, *options = shlex.split(command)
        assert url.startswith(ADDRESS)
        parts = urlsplit(url)
        assert set(options[::2]) <= {"-d"}
        values = dict(parse_qsl(parts.query)) | dict(pair.split("=", 1) for pair in options[1::2])
        self.printed.append(await call(self.server, parts.path.lstrip("/"), **values))


def _without_picture(reply: str) -> str:
    """Names of files depend on the server's key. On a busy machine a new group's picture may come later."""
    return re.sub(r"/media/[0-9a-f]{32}\.jpg|/static/im66/group\.jpg", "/PICTURE", reply)


def _without_time(frame: str) -> str:
    return re.sub(r"_[0-9]{10}_", "_TIME_", frame)


@pytest.mark.slow
@both
async def test_readme_conversation_works_as_shown(readme: str, make_server: MakeServer) -> None:
    server = make_server()
    server.manage("demo", "--no-serve")
    stage = Stage(server)
    for line in conversation(readme):
        await stage.play(line)
    assert not stage.printed
    await stage.leave()


def test_readmes_show_the_same_conversation() -> None:
    one, other = ([line[:5] for line in conversation(readme)] for readme in READMES)
    assert one == other
    assert len(one) > 10


@both
def test_the_readme_names_the_shipped_commands(readme: str) -> None:
    targets = set(re.findall(r"^(\w+):", text("Makefile"), re.MULTILINE))
    named = set(re.findall(r"\bmake (run|test|check|format|clean)\b", text(readme)))
    assert {"run", "test"} <= named <= targets
