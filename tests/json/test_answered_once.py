"""Every command gets exactly one reply, under its id, whatever becomes of it. Frames are counted as they
come."""

import asyncio
import json
from collections import Counter
from contextlib import suppress
from typing import Any

import pytest

from testkit.device import SILENCE_SECONDS, Device
from testkit.server import Server
from tests.json.conftest import Cast, anywhere

pytestmark = anywhere

ROUNDS = 8


def commands(cast: Cast, group: str, target: int) -> list[dict[str, Any]]:
    """Of every kind: such as are done, such as are refused, and such as are nonsense."""
    text = {"cmd": "send", "kind": "text", "content": "hello"}
    return [
        {"cmd": "ping"},
        {"cmd": "hello", "userid": cast.alice},
        {"cmd": "hello", "userid": cast.charlie},
        {**text, "to": f"u:{cast.bob}"},
        *[{**text, "to": f"g:{group}", "cid": "the same"}] * 3,
        {**text, "to": "g:999999999"},
        {**text, "to": f"u:{cast.bob}", "reply": 10**15},
        {**text, "to": f"u:{cast.bob}", "content": "x" * 70_000},
        *({"cmd": "edit", "target": target, "content": word} for word in ("one", "two")),
        {"cmd": "edit", "target": 10**15, "content": "x"},
        *({"cmd": "react", "target": target, "emoji": "👍", "on": on} for on in (True, True, False)),
        {"cmd": "recall", "target": 10**15},
        {"cmd": "recall"},
        {"cmd": "read", "to": f"u:{cast.bob}", "upto": target},
        {"cmd": "read", "to": f"u:{cast.bob}-nobody", "upto": target},
        *[{"cmd": "ack", "upto": target}] * 2,
        *[{"cmd": "typing", "to": f"u:{cast.bob}"}] * 5,
        {"cmd": "presence", "users": [cast.bob, cast.charlie]},
        {"cmd": "presence", "users": ["x"] * 201},
        {"cmd": "no such command"},
        {"cmd": ""},
    ]


async def replies(device: Device, count: int) -> Counter[Any]:
    """How often each id was answered: when so many replies have come, and no other one follows."""
    answered: Counter[Any] = Counter()
    while answered.total() < count:
        answered.update(await _replied(device, 20))
    with suppress(TimeoutError):
        async with asyncio.timeout(SILENCE_SECONDS):
            while True:
                answered.update(await _replied(device, 20))
    return answered


async def _replied(device: Device, seconds: float) -> list[Any]:
    """The id that the next frame is about, if it is a reply."""
    data = json.loads(await asyncio.wait_for(device.socket.recv(), seconds))
    return [data["re"]] if "re" in data else []


@pytest.mark.promise("json-3")
async def test_each_command_of_two_connections_is_answered_once(
    here: Server, there: Server, cast: Cast, group: str
) -> None:
    """On two connections of one person at once, which use the same ids."""
    async with (
        Device(here.entry, cast.alice, device="tablet") as one,
        Device(there.entry, cast.alice, device="browser") as other,
    ):
        target = await one.text(f"u:{cast.bob}", "hello")
        sent = [*commands(cast, group, target) * ROUNDS, {"cmd": "recall", "target": target}]
        ids = [number if number % 2 else f"{number}" for number in range(1000, 1000 + len(sent))]
        for id_, command in zip(ids, sent, strict=True):
            for device in (one, other):
                await device.send(json.dumps({"id": id_, **command}))
        for device in (one, other):
            assert await replies(device, len(ids)) == Counter(ids)
