"""What somebody does to a text that waits for a moderator is answered as if it had been delivered."""

import asyncio
import json
from typing import Any
from urllib.request import Request, urlopen

import pytest

from testkit.device import Device, Refused
from tests.json.conftest import Cast
from tests.json.test_screened import words

__all__ = ["words"]

pytestmark = pytest.mark.parametrize("place", ["one"], indirect=True)


async def error_of_call(device: Device, cmd: str, **fields: Any) -> Any:
    """The names in the reply, or the refusal. Places in the log are the next ones for either."""
    try:
        return sorted(await device.call(cmd, **fields))
    except Refused as refused:
        return refused.error


async def play(device: Device, to: str, content: str, prefix: str) -> list[Any]:
    """What somebody is told who sends the text and then does all that can be done to it."""
    sent = await device.call("send", to=to, kind="text", content=content)
    target = sent["id"]
    return [
        sorted(sent),
        await error_of_call(device, "read", to=to, upto=target),
        await mark(device, to, target) == target,
        await error_of_call(device, "react", target=target, emoji="👍", on=True),
        await same(device, "react", target=target, emoji="👍", on=True),
        await error_of_call(device, "react", target=target, emoji="👍", on=False),
        await error_of_call(device, "edit", target=target, content="still innocent"),
        await same(device, "edit", target=target, content="still innocent"),
        await error_of_call(
            device, "send", to=to, kind="text", content="innocent", reply=target, cid=f"{prefix}1"
        ),
        await error_of_call(
            device, "send", to=f"u:{device.userid}", kind="text", content="innocent", reply=target
        ),
        await same(device, "recall", target=target),
        await error_of_call(device, "edit", target=target, content="too late"),
        await error_of_call(device, "react", target=target, emoji="👍", on=True),
        await error_of_call(device, "recall", target=target + 1000),
    ]


async def mark(device: Device, to: str, upto: int) -> int:
    """Where the read mark is after it is set."""
    server = device.url.replace("ws", "http", 1).rpartition("/entry")[0]

    def put() -> int:
        request = Request(
            f"{server}/api/v1/conversations/{to}/read",
            json.dumps({"upto": upto}).encode(),
            {"Authorization": f"Userid {device.userid}", "Content-Type": "application/json"},
            method="PUT",
        )
        with urlopen(request, timeout=30) as answer:
            return int(json.load(answer)["upto"])

    return await asyncio.to_thread(put)


async def same(device: Device, cmd: str, **fields: Any) -> bool:
    """Whether it is answered with the same place in the log when it is done twice."""
    return bool((await device.call(cmd, **fields))["id"] == (await device.call(cmd, **fields))["id"])


@pytest.mark.promise("json-9")
async def test_actions_on_a_held_text_reveal_nothing_to_its_sender(
    cast: Cast, alice: Device, bob: Device, words: dict[str, str]
) -> None:
    held = await play(alice, f"u:{cast.bob}", words["hold"], "a")
    assert (await bob.event())["content"] == "innocent", "the reply, and nothing of what was held"
    assert await bob.receives_nothing()
    assert held == await play(alice, f"u:{cast.bob}", "innocent", "b")
