"""docs/bots.md and docs/webhooks.md: the bot works, and what the pages name is there."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from accounts.codes import Name
from im66.environment import Environment, variable
from notifications.events import EVENTS
from notifications.models.endpoints import new_secret
from testkit.device import Device
from testkit.server import ROOT, Server
from testkit.services import free_port
from tests.conftest import MakeServer
from tests.support.waiting import until

BOTS = (ROOT / "docs" / "bots.md").read_text()
WEBHOOKS = (ROOT / "docs" / "webhooks.md").read_text()
BOT = ROOT / "docs" / "examples" / "bot.py"

_MAKE = """
from accounts.services import ensure_users
from groups.services import create_group
from notifications import bots
from notifications.models import Endpoint
ensure_users(["alice"])
group = create_group("alice", [], "friends")
wanted = dict(events="message.created", groups=str(group.pk), with_text=True)
Endpoint.objects.create(name="bot", url={url!r}, secret={secret!r}, **wanted)
print(group.pk, bots.make_bot(group.pk, "Dice").token)
"""


@pytest.fixture
def server(make_server: MakeServer) -> Server:
    return make_server(IM66_WEBHOOK_PRIVATE="on")


@pytest.fixture
def group(server: Server) -> Iterator[str]:
    """One in which the bot of the page answers."""
    port, secret = free_port(), new_secret()
    made = server.run_python(_MAKE.format(url=f"http://127.0.0.1:{port}/", secret=secret))
    group, token = made.split()
    command = [sys.executable, str(BOT), str(port), secret, f"{server.http}/hooks/", token]
    bot = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    yield group
    bot.kill()
    bot.wait()


@pytest.mark.slow
async def test_example_bot_answers(server: Server, group: str) -> None:
    async with Device(server.entry, "alice", device="phone") as alice:
        await alice.text(f"g:{group}", "hello")
        await alice.text(f"g:{group}", "!roll")
        message = await alice.message()
        assert re.fullmatch(r"alice rolls [1-6]", message["content"])
    query = "SELECT count(*) FROM notifications_delivery WHERE arrived_at IS NULL"
    until(lambda: server.query(query) == [(0,)])
    assert len(server.stored()) == len(set(server.stored()))


def test_example_bot_has_thirty_lines() -> None:
    tree = ast.parse(BOT.read_text())
    lines = BOT.read_text().splitlines()
    code = [line for line in lines[tree.body[1].lineno - 1 :] if line.strip()]
    assert len(code) <= 30


def test_bots_page_lists_every_webhook_event() -> None:
    table = WEBHOOKS.partition("\n## Events\n")[2].partition("\n## ")[0]
    first_cells = re.findall(r"^\| (`[^|]+) \|", table, re.MULTILINE)
    assert set(re.findall(r"`([a-z.]+)`", " ".join(first_cells))) == set(EVENTS)


@pytest.mark.parametrize("page", [BOTS, WEBHOOKS], ids=["bots", "webhooks"])
def test_bot_pages_name_existing_settings(page: str) -> None:
    assert set(re.findall(r"IM66_[A-Z_]+", page)) <= {variable(name) for name in Environment.__slots__}


def test_bots_page_names_existing_api_errors() -> None:
    table = BOTS.partition("| answer | when |")[2].partition("\n\n")[0]
    assert set(re.findall(r"`([a-z_]+)`", table)) - {"id", "time", "cid", "text", "to"} <= {
        name.value for name in Name
    }
