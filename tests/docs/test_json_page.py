"""docs/json.md: what it says is there, and what is there it says. Its clients work."""

import json
import re
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.core.management import call_command

from accounts.codes import Name
from chat.delivery.connection.connection import CLOSE_CODES, TOO_LARGE, TOO_MANY
from chat.delivery.connection.session import FEATURES
from chat.protocol import json as dialect
from chat.protocol import json_commands
from chat.protocol.bounds import Limits
from chat.protocol.commands import CommandRequest
from log.person_choices import CHOICES
from testkit.chromium import chromium
from testkit.device import Device
from testkit.promises import rules
from tests.conftest import MakeServer
from tests.support.example_client import talks_and_comes_back

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGE = (DOCS / "json.md").read_text()
SCHEMAS: dict[str, Any] = json_commands.schema()["$defs"]
COMMANDS = json_commands.commands()

EVENTS = {
    name: SCHEMAS[where.rpartition("/")[2]]
    for name, where in SCHEMAS["Event"]["discriminator"]["mapping"].items()
}
CODEC = dialect.JsonCodec(lambda avatar, _: avatar, Limits())
SECONDS = 30.0


def rows(heading: str) -> dict[str, str]:
    """The rest of each row of the first table under the heading, by its first cell."""
    (section,) = re.findall(rf"^## {heading}$(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)
    return dict(re.findall(r"^\| `?(\w+)`? \| (.*) \|$", section, re.MULTILINE))


def quoted(text: str) -> set[str]:
    return set(re.findall(r"`([a-z_]+)`", text))


def test_json_page_lists_exactly_the_commands() -> None:
    assert list(rows("Commands"))[1:] == list(COMMANDS)


def test_json_page_names_every_field_of_commands() -> None:
    event = {cmd: quoted(row.partition(" | ")[0]) for cmd, row in rows("Commands").items()}
    absent = {cmd: set(schema["properties"]) - {"id", "cmd"} - event[cmd] for cmd, schema in COMMANDS.items()}
    assert {cmd: fields for cmd, fields in absent.items() if fields} == {}


def test_json_page_has_a_valid_example_of_each_command() -> None:
    (block,) = re.findall(r"^```json client\n(.*?)\n```$", PAGE, re.DOTALL | re.MULTILINE)
    frames = block.splitlines()
    assert {json.loads(frame)["cmd"] for frame in frames} == set(COMMANDS)
    for frame in frames:
        assert isinstance(CODEC.decode(frame), CommandRequest), frame


def test_json_page_lists_exactly_the_events_with_their_fields() -> None:
    event = {name: quoted(row) for name, row in list(rows("Events").items())[1:]}
    assert set(event) == set(EVENTS)
    absent = {ev: set(schema["properties"]) - {"ev"} - event[ev] for ev, schema in EVENTS.items()}
    assert {ev: fields for ev, fields in absent.items() if fields} == {}


def test_json_page_names_the_fields_of_replies() -> None:
    for cmd, row in rows("Commands").items():
        if cmd in json_commands.OK:
            fields = {field.encode_name for field in msgspec.structs.fields(json_commands.OK[cmd])}
            # A rule may have replaced parts of a text, which is said below the table.
            assert fields - {"content"} <= quoted(row), cmd


def test_json_page_lists_exactly_the_errors() -> None:
    section = PAGE.partition("## Errors")[2].partition("\n## ")[0]
    matches = set(re.findall(r"^\| (\d+) \| `(\w+)` \|", section, re.MULTILINE))
    known = {(str(name.status), name.value) for name in Name}
    assert matches == known


def test_json_page_lists_exactly_the_choices_of_a_person() -> None:
    assert set(rows("Who may reach you")) == set(CHOICES)


def test_json_page_lists_exactly_the_close_codes() -> None:
    events = {int(code) for code in rows("Close codes") if code.isdecimal()}
    assert events == {1012, TOO_MANY, TOO_LARGE, *(CLOSE_CODES + code for code in (401, 403, 408, 429))}


def test_json_page_names_the_fields_of_hello() -> None:
    assert {"user", "log", "head", "heartbeat", "limits", "features"} <= quoted(rows("Commands")["hello"])
    more = {
        "reply",
        "cards",
        "custom",
        "hide",
        "silent",
        "unhide",
        "stars",
        "stickers",
        "contacts",
        "lists",
        "files",
        "locations",
        "mentions",
        "pins",
        "readers",
    }
    assert set(FEATURES) - more <= set(COMMANDS)


def test_json_schema_file_is_current() -> None:
    """`manage.py jsonschema` prints it."""
    printed = StringIO()
    call_command("jsonschema", stdout=printed)
    assert (DOCS / "json.schema.json").read_text() == printed.getvalue()


# The tests.


def test_json_page_has_a_rule_for_each_command_event_and_code() -> None:
    """Tests hold the rules: tests/docs/test_promises.py."""
    named = set(re.findall(r"[\w]+", " ".join(rules("tests/json/RULES.md").values())))
    errors = set(re.findall(r"^\| (\d+) \| `\w+` \|", PAGE, re.MULTILINE))
    names = set(re.findall(r"^\| \d+ \| `(\w+)` \|", PAGE, re.MULTILINE))
    events = set(list(rows("Events"))[1:])
    assert {*COMMANDS, *events, *errors, *names, *rows("Close codes")} - {"code"} <= named


# The clients.


@pytest.mark.parametrize("name", ["client.py", "client.js"])
def test_example_json_clients_are_short(name: str) -> None:
    lines = (DOCS / "examples" / name).read_text().splitlines()
    code = [line for line in lines if line and not line.startswith(("#", "//", "import", "from"))]
    assert len(code) <= 50


@pytest.mark.slow
async def test_example_python_client_chats_and_reconnects(make_server: MakeServer) -> None:
    server = make_server()
    await talks_and_comes_back(server, sys.executable, str(DOCS / "examples" / "client.py"))


START = """
window.heard = [];
window.client = new Client(url, () => ({userid: "ana"}), (event) => heard.push(event));
"""


@pytest.mark.slow
async def test_example_javascript_client_chats_and_reconnects(make_server: MakeServer) -> None:
    server = make_server()
    script = (DOCS / "examples" / "client.js").read_text()
    async with chromium() as browser:
        page = await browser.new_page(bypass_csp=True)
        await page.goto(server.http)
        await page.evaluate(f"(url) => {{ {script} {START} }}", server.entry)
        async with Device(server.entry, "ben") as ben:
            await page.wait_for_function("heard.some((event) => event.ev === 'caught_up')")
            sent = await page.evaluate("client.text('u:ben', 'hello')")
            assert (await ben.event())["id"] == sent["id"]
            await ben.text("u:ana", "hello yourself")
            await page.wait_for_function("heard.some((event) => event.content === 'hello yourself')")
        server.kill()
        await page.evaluate(
            "client.text('u:ben', 'are you there?').then(() => { window.answered = true; }); 0"
        )
        server.start()
        async with Device(server.entry, "ben") as ben:
            await ben.text("u:ana", "while you were away")
        await page.wait_for_function("window.answered === true")
        await page.wait_for_function("heard.some((event) => event.content === 'while you were away')")
        value = await page.evaluate("heard.map((event) => event.content).filter(Boolean)")
    assert value == ["hello yourself", "while you were away"]
    assert sorted(server.stored()) == ["are you there?", "hello", "hello yourself", "while you were away"]
