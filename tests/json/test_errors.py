"""Whatever is wrong with a frame is told, under its id if it has one, and the connection goes on."""

import pytest

from testkit.device import Device, Error
from testkit.server import Server
from tests.json.conftest import Cast, anywhere
from tests.json.places import Place, Places
from tests.support.axes import ANYWHERE
from tests.support.calls import put

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
async def test_frame_without_a_valid_command_gets_an_error(alice: Device) -> None:
    for frame in NO_COMMANDS:
        await alice.send(frame)
        assert await alice.refused(None) == MALFORMED, frame[:100]
        assert await alice.call("ping") == {}


@pytest.mark.promise("json-35")
async def test_blocked_sender_gets_an_error(there: Server, cast: Cast, alice: Device, bob: Device) -> None:
    await put(there, cast.bob, f"blocks/{cast.alice}")
    assert (await bob.event())["ev"] == "contact"
    message = {"kind": "text", "content": "hi"}
    assert await alice.refusal("send", to=f"u:{cast.bob}", **message) == Error(403, "blocked")
    assert await alice.call("send", to=f"u:{cast.charlie}", **message)
    assert await bob.receives_nothing()


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
        error = await alice.error_of(await alice.command("send", **one_more))
        assert (error["code"], error["name"]) == (429, "too_fast")
        assert isinstance(error["retry"], int)
        assert error["retry"] > 0
        assert [event["content"] for event in await bob.events(3)] == ["0", "1", "2"]
        assert await bob.receives_nothing()
        assert await bob.text(f"u:{cast.alice}", "others are not refused")
