"""Whatever is wrong with a frame is told, under its id if it has one, and the connection goes on."""

from typing import Any

import pytest

from testkit.device import Device, Error
from testkit.server import Server
from tests.json.conftest import Cast, anywhere
from tests.json.places import Place, Places
from tests.support.axes import ANYWHERE
from tests.support.calls import put
from tests.support.operator import Operator

pytestmark = anywhere

MALFORMED = Error(400, "malformed")


NO_COMMANDS: list[str | bytes] = [
    "",
    " ",
    "hello",
    "login_alice",
    "{",
    "{}",
    "[]",
    "null",
    "7",
    '"ping"',
    '{"id": 1}',
    '{"cmd": "ping"}',
    '{"id": null, "cmd": "ping"}',
    '{"id": true, "cmd": "ping"}',
    '{"id": 1.5, "cmd": "ping"}',
    '{"id": 9007199254740992, "cmd": "ping"}',
    '{"id": [], "cmd": "ping"}',
    '{"id": 1, "cmd": 1}',
    '{"id": "' + "x" * 65 + '", "cmd": "ping"}',
    '[{"id": 1, "cmd": "ping"}]',
    '{"id": 1, "cmd": "ping"} {"id": 2, "cmd": "ping"}',
    "[" * 10_000,
    '{"id": 1, "cmd": "ping", "x": ' + "[" * 5000 + "]" * 5000 + "}",
    b"\xff\xfe",
    b"\x00",
]


@pytest.mark.promise("json-33")
async def test_a_frame_that_is_no_command(alice: Device) -> None:
    for frame in NO_COMMANDS:
        await alice.send(frame)
        assert await alice.refused(None) == MALFORMED, frame[:100]
        assert await alice.call("ping") == {}


@pytest.mark.promise("json-33")
async def test_an_unknown_command(alice: Device) -> None:
    for cmd in ("", "login", "Ping", "heartbeat", "x" * 1000):
        assert await alice.refusal(cmd) == Error(400, "unknown_command")
    assert await alice.call("ping") == {}


WRONG_FIELDS: list[tuple[str, dict[str, Any]]] = [
    ("send", {}),
    ("edit", {"content": "x"}),
    ("edit", {"target": "1", "content": "x"}),
    ("recall", {"target": None}),
    ("recall", {"target": 1.5}),
    ("react", {"target": 1}),
    ("ack", {"upto": -1}),
    ("ack", {"upto": 2**63}),
    ("ack", {}),
    ("read", {"to": "u:bob"}),
    ("typing", {"to": "bob"}),
    ("presence", {"users": "bob"}),
    ("presence", {"users": [""]}),
    ("presence", {"users": ["x"] * 201}),
]


@pytest.mark.promise("json-33")
async def test_a_field_that_is_missing_or_wrong(alice: Device) -> None:
    for cmd, fields in WRONG_FIELDS:
        assert await alice.refusal(cmd, **fields) == Error(400, "invalid"), (cmd, fields)
        assert await alice.call("ping") == {}


async def test_an_error_has_a_reason_for_people(alice: Device) -> None:
    await alice.send("x")
    told = await alice.told(None)
    assert set(told) == {"code", "name", "reason"}
    assert told["reason"]


@pytest.mark.promise("json-35")
async def test_who_is_muted_hears_and_does_not_speak(
    operator: Operator, cast: Cast, alice: Device, bob: Device
) -> None:
    target = await bob.text(f"u:{cast.alice}", "before")
    await operator.act("mute", cast.bob)
    standing = await bob.event()
    assert (standing["ev"], standing["muted_until"]) == ("standing", None)
    muted = Error(403, "muted")
    assert await bob.refusal("send", to=f"u:{cast.alice}", kind="text", content="hi") == muted
    assert await bob.refusal("edit", target=target, content="hi") == muted
    assert await bob.refusal("react", target=target, emoji="👍") == muted
    await alice.text(f"u:{cast.bob}", "are you there?")
    assert (await bob.event())["content"] == "are you there?"
    await operator.act("unmute", cast.bob)
    standing = await bob.event()
    assert (standing["ev"], standing["muted_until"]) == ("standing", 0)
    await bob.text(f"u:{cast.alice}", "here I am")
    assert [event["content"] for event in await alice.events(2)] == ["before", "here I am"]


@pytest.mark.promise("json-35")
async def test_who_is_blocked(there: Server, cast: Cast, alice: Device, bob: Device) -> None:
    await put(there, cast.bob, f"blocks/{cast.alice}")
    message = {"kind": "text", "content": "hi"}
    assert await alice.refusal("send", to=f"u:{cast.bob}", **message) == Error(403, "blocked")
    assert await alice.call("send", to=f"u:{cast.charlie}", **message)
    assert await bob.hears_nothing()


class TestTooFast:
    @pytest.fixture(params=ANYWHERE)
    def place(self, request: pytest.FixtureRequest, places: Places) -> Place:
        """Where everybody sends three messages, and logs in three times."""
        limits = {f"IM66_LIMIT_{name}": "3/1000000" for name in ("MESSAGES", "LOGINS")}
        return places.at(request.param, **limits)

    @pytest.mark.promise("json-40")
    async def test_messages_beyond_the_limit_are_refused(
        self, cast: Cast, alice: Device, bob: Device
    ) -> None:
        for number in range(3):
            await alice.text(f"u:{cast.bob}", str(number))
        one_more = {"to": f"u:{cast.bob}", "kind": "text", "content": "one too many"}
        told = await alice.told(await alice.command("send", **one_more))
        assert (told["code"], told["name"]) == (429, "too_fast")
        assert isinstance(told["retry"], int)
        assert told["retry"] > 0
        assert [event["content"] for event in await bob.events(3)] == ["0", "1", "2"]
        assert await bob.hears_nothing()
        assert await bob.text(f"u:{cast.alice}", "others are not refused")

    async def test_hellos_do(self, cast: Cast, alice: Device) -> None:
        for _ in range(2):
            await alice.hello(userid=cast.alice)
        id_ = await alice.command("hello", userid=cast.alice)
        told = await alice.told(id_)
        assert (told["code"], told["name"]) == (429, "too_fast")
        assert told["retry"] > 0
        assert await alice.call("ping") == {}
