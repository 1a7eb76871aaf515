"""Who says hello is told who that is and how the server is; nothing else is done before."""

from typing import Any

import pytest

from testkit.device import Device, Error
from testkit.server import Server
from tests.json.conftest import Cast, anywhere

pytestmark = anywhere

LOG_IN_FIRST = Error(401, "log_in_first")


@pytest.mark.promise("json-5")
async def test_welcome_has_the_user_and_the_servers_limits(there: Server, cast: Cast) -> None:
    async with Device(there.entry) as alice:
        welcome = await alice.hello(userid=cast.alice)
        assert set(welcome) == {"user", "log", "head", "heartbeat", "limits", "features"}
        assert welcome["user"]["userid"] == cast.alice
        assert set(welcome["user"]) == {"userid", "nickname", "avatar"}
        assert welcome["heartbeat"] == 30
        assert welcome["limits"]["text"] == 65536
        assert welcome["limits"]["extension"] == 65536
        assert welcome["limits"]["frame"] == 1048576
        assert "edit" in welcome["features"]
        assert welcome["log"]
        assert await alice.event() == {"ev": "caught_up", "id": welcome["head"]}
        assert await alice.receives_nothing()


@pytest.mark.promise("json-1")
async def test_hello_works_on_the_wsim_path(there: Server, cast: Cast) -> None:
    async with Device(there.entry.replace("/entry", "/wsim/entry"), cast.alice) as alice:
        assert alice.socket.subprotocol == "im66.json.v1"
        assert alice.welcome["user"]["userid"] == cast.alice


@pytest.mark.promise("json-1")
async def test_json_subprotocol_is_chosen_among_others(there: Server, cast: Cast) -> None:
    async with Device(there.entry) as device:
        assert device.socket.subprotocol == "im66.json.v1"


@pytest.mark.promise("json-2", "json-19")
async def test_reply_has_the_id_of_the_command(alice: Device) -> None:
    for id_ in (7, -1, 0, 2**53 - 1, 1 - 2**53, "seven", "", "汉" * 64):
        quoted = f'"{id_}"' if isinstance(id_, str) else str(id_)
        await alice.send(f'{{"cmd": "ping", "id": {quoted}}}')
        assert await alice.reply(id_) == {}


@pytest.mark.promise("json-2")
async def test_unknown_fields_are_ignored(alice: Device) -> None:
    assert await alice.call("ping", later="addition", nested={"a": [1]}) == {}


NEEDS_HELLO: list[dict[str, Any]] = [
    {"cmd": "ping"},
    {"cmd": "send", "to": "u:bob", "kind": "text", "content": "hi"},
    {"cmd": "edit", "target": 1, "content": "hi"},
    {"cmd": "recall", "target": 1},
    {"cmd": "react", "target": 1, "emoji": "x"},
    {"cmd": "ack", "upto": 1},
    {"cmd": "read", "to": "u:bob", "upto": 1},
    {"cmd": "typing", "to": "u:bob"},
    {"cmd": "presence", "users": ["bob"]},
]


@pytest.mark.promise("json-5", "json-34")
async def test_commands_before_hello_are_refused(there: Server) -> None:
    async with Device(there.entry) as stranger:
        for command in NEEDS_HELLO:
            assert await stranger.refusal(**command) == LOG_IN_FIRST, command
        assert await stranger.receives_nothing()


@pytest.mark.promise("json-6")
async def test_repeated_hello_by_the_same_person_changes_nothing(
    here: Server, cast: Cast, bob: Device
) -> None:
    async with Device(here.entry, cast.alice) as alice:
        await bob.text(f"u:{cast.alice}", "once")
        assert (await alice.event())["content"] == "once"
        again = await alice.hello(userid=cast.alice, since=0, device="another")
        assert again["user"] == alice.welcome["user"]
        assert await alice.receives_nothing()
        # It has named no device the first time.
        assert await alice.refusal("ack", upto=1) == Error(400, "invalid")


@pytest.mark.promise("json-6", "json-38")
async def test_hello_by_another_person_is_a_conflict(alice: Device, bob: Device, cast: Cast) -> None:
    assert await alice.refusal("hello", userid=cast.charlie) == Error(409, "conflict")
    await alice.text(f"u:{cast.bob}", "still Alice")
    assert (await bob.event())["from"] == cast.alice
