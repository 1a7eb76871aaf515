"""Whatever is wrong with a frame is told, under its id if it has one, and the connection goes on."""

from typing import Any

import pytest

from testkit.device import Device, Error
from testkit.server import Server
from tests.conftest import MakeServer
from tests.json.conftest import Cast
from tests.support.operator import SILENT, Operator

MALFORMED = Error(400, "malformed")


@pytest.mark.parametrize(
    "frame",
    [
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
    ],
)
async def test_a_frame_that_is_no_command(alice: Device, frame: str | bytes) -> None:
    await alice.send(frame)
    assert await alice.refused(None) == MALFORMED
    assert await alice.call("ping") == {}


async def test_an_unknown_command(alice: Device) -> None:
    for cmd in ("", "login", "Ping", "heartbeat", "x" * 1000):
        assert await alice.refusal(cmd) == Error(400, "unknown_command")
    assert await alice.call("ping") == {}


@pytest.mark.parametrize(
    ("cmd", "fields"),
    [
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
    ],
)
async def test_a_field_that_is_missing_or_wrong(alice: Device, cmd: str, fields: dict[str, Any]) -> None:
    assert await alice.refusal(cmd, **fields) == Error(400, "invalid")
    assert await alice.call("ping") == {}


async def test_an_error_has_a_reason_for_people(alice: Device) -> None:
    await alice.send("x")
    told = await alice.told(None)
    assert set(told) == {"code", "name", "reason"}
    assert told["reason"]


@pytest.mark.slow
async def test_who_is_muted_hears_and_does_not_speak(make_server: MakeServer, command: list[str]) -> None:
    server = make_server(command, **SILENT)
    operator = await Operator.of(server)
    async with Device(server.entry, "alice") as alice, Device(server.entry, "bob") as bob:
        target = await bob.text("u:alice", "before")
        await operator.act("mute", "bob")
        standing = await bob.event()
        assert (standing["ev"], standing["muted_until"]) == ("standing", None)
        muted = Error(403, "muted")
        assert await bob.refusal("send", to="u:alice", kind="text", content="hi") == muted
        assert await bob.refusal("edit", target=target, content="hi") == muted
        assert await bob.refusal("react", target=target, emoji="👍") == muted
        await alice.text("u:bob", "are you there?")
        assert (await bob.event())["content"] == "are you there?"
        await operator.act("unmute", "bob")
        standing = await bob.event()
        assert (standing["ev"], standing["muted_until"]) == ("standing", 0)
        await bob.text("u:alice", "here I am")
        assert [event["content"] for event in await alice.events(2)] == ["before", "here I am"]


async def test_who_is_blocked(server: Server, cast: Cast, alice: Device, bob: Device) -> None:
    server.run_python(f"from chat import blocks; blocks.block({cast.bob!r}, {cast.alice!r})")
    message = {"kind": "text", "content": "hi"}
    assert await alice.refusal("send", to=f"u:{cast.bob}", **message) == Error(403, "blocked")
    assert await alice.call("send", to=f"u:{cast.charlie}", **message)
    assert await bob.hears_nothing()


@pytest.mark.slow
class TestTooFast:
    async def test_it_works(self, make_server: MakeServer, command: list[str]) -> None:
        server = make_server(command, IM66_LIMIT_MESSAGES="3/1000000", IM66_PEOPLE_PER_ADDRESS="10")
        async with Device(server.entry, "alice") as alice, Device(server.entry, "bob") as bob:
            for number in range(3):
                await alice.text("u:bob", str(number))
            id_ = await alice.command("send", to="u:bob", kind="text", content="one too many")
            told = await alice.told(id_)
            assert (told["code"], told["name"]) == (429, "too_fast")
            assert isinstance(told["retry"], int)
            assert told["retry"] > 0
            assert [event["content"] for event in await bob.events(3)] == ["0", "1", "2"]
            assert await bob.hears_nothing()
            assert await bob.text("u:alice", "others are not refused")

    async def test_amendments_count_too(self, make_server: MakeServer, command: list[str]) -> None:
        server = make_server(command, IM66_LIMIT_MESSAGES="3/1000000", IM66_PEOPLE_PER_ADDRESS="10")
        async with Device(server.entry, "alice") as alice:
            target = await alice.text("u:bob", "one")
            await alice.call("edit", target=target, content="two")
            await alice.call("react", target=target, emoji="👍")
            assert await alice.refusal("recall", target=target) == Error(429, "too_fast")

    async def test_hellos_do(self, make_server: MakeServer, command: list[str]) -> None:
        server = make_server(command, IM66_LIMIT_LOGINS="3/1000000", IM66_PEOPLE_PER_ADDRESS="10")
        async with Device(server.entry, "alice") as alice:
            for _ in range(2):
                await alice.hello(userid="alice")
            id_ = await alice.command("hello", userid="alice")
            assert (await alice.told(id_))["retry"] > 0
            assert await alice.call("ping") == {}
