"""Thousands of frames, random ones and good ones with something wrong: each is answered once, nothing ends a
connection, and nothing fails in the server. One process, because so many take long, and what is wrong with a
frame is found before another process has a part in it."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from testkit.device import Device
from testkit.server import WITHOUT_LIMITS, Server
from tests.support.tiers import examples

pytestmark = pytest.mark.slow

FRAMES = examples(1_500, 4_000)
AT_ONCE = 50
SEED = 66

GOOD: list[dict[str, Any]] = [
    {"cmd": "hello", "userid": "alice", "since": 0, "device": "tablet", "log": "x"},
    {"cmd": "send", "to": "u:bob", "kind": "text", "content": "hello", "cid": "1", "reply": 1},
    {"cmd": "send", "to": "g:1", "kind": "picture", "content": "https://host.example/a.png"},
    {"cmd": "edit", "target": 1, "content": "hello"},
    {"cmd": "forward", "targets": [1], "to": ["u:bob"], "merged": True, "cid": "1"},
    {"cmd": "recall", "target": 1},
    {"cmd": "react", "target": 1, "emoji": "👍", "on": True},
    {"cmd": "ack", "upto": 1},
    {"cmd": "read", "to": "u:bob", "upto": 1},
    {"cmd": "typing", "to": "u:bob"},
    {"cmd": "presence", "users": ["bob"]},
    {"cmd": "ping"},
]
VALUES: list[Any] = [
    None, True, 0, -1, 1.5, 10**15, 2**53, 2**63, 2**64, 10**400, "", " ", "\0", "\a", "u:", "g:", "u:bob",
    "g:1", "g:-1", "u:a_b", "x" * 65, "x" * 70_000, "汉" * 30_000, "\u202e", "\ud800", [], [[]], {},
    {"a": []}, ["bob"] * 300, "' OR 1=1", "\uffff", "1", "-0",
]  # fmt: skip
PIECES = [
    '"',
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\\",
    "\\u",
    "\\ud800",
    "\0",
    "null",
    "1e999",
    "-",
    "é",
    "\u2028",
]


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("fuzzed"), **WITHOUT_LIMITS) as server:
        yield server
        text = server.log.read_text()
        assert "Traceback" not in text
        assert " ERROR " not in text


@pytest.mark.promise("json-3")
async def test_random_frames_are_each_answered_once(fuzzed: Server) -> None:
    chance = random.Random(SEED)
    ids = [_id(chance, number) for number in range(10**6, 10**6 + FRAMES)]
    answered: Counter[Any] = Counter()
    async with Device(fuzzed.entry, "alice") as alice:
        for begin in range(0, FRAMES, AT_ONCE):
            frames = [_frame(chance, id_) for id_ in ids[begin : begin + AT_ONCE]]
            for frame in frames:
                await alice.send(frame)
            answered.update(await _answers(alice, len(frames)))
        assert {answered[id_] for id_ in ids} == {0, 1}
        assert await alice.call("ping") == {}
        async with Device(fuzzed.entry, "bob") as bob:
            await alice.text("u:bob", "still here")
            while (event := await bob.event()).get("content") != "still here":
                assert "ev" in event


async def _answers(device: Device, count: int) -> list[Any]:
    """What so many replies are about; each has one result, and no error is the server's own."""
    about: list[Any] = []
    while len(about) < count:
        data = json.loads(await asyncio.wait_for(device.socket.recv(), 20))
        if "re" in data:
            assert len(data) == 2
            assert data.get("error", {"code": 400})["code"] < 500
            about.append(data["re"])
    return about


def _id(chance: random.Random, number: int) -> int | str:
    ids: list[int | str] = [number, -number, f"x{number}", f"汉{number}"]
    return chance.choice(ids)


def _frame(chance: random.Random, id_: int | str) -> str | bytes:
    command = {"id": id_, **chance.choice(GOOD)}
    make = chance.choice([_with_a_bad_value, _without_a_field, _with_a_piece, _cut, _noise])
    text = make(chance, command)
    encoded = text.encode(errors="surrogatepass")
    if chance.random() < 0.5:
        return encoded
    return encoded.decode(errors="replace")


def _with_a_bad_value(chance: random.Random, command: dict[str, Any]) -> str:
    bad = {**command, chance.choice(list(command)): chance.choice(VALUES)}
    return json.dumps(bad, ensure_ascii=chance.random() < 0.5)


def _without_a_field(chance: random.Random, command: dict[str, Any]) -> str:
    gone = chance.choice(list(command))
    return json.dumps({name: value for name, value in command.items() if name != gone})


def _with_a_piece(chance: random.Random, command: dict[str, Any]) -> str:
    text = json.dumps(command)
    at = chance.randrange(len(text))
    return text[:at] + chance.choice(PIECES) + text[at + chance.randrange(3) :]


def _cut(chance: random.Random, command: dict[str, Any]) -> str:
    text = json.dumps(command)
    return text[: chance.randrange(len(text))]


def _noise(chance: random.Random, _: dict[str, Any]) -> str:
    return "".join(chr(chance.choice([chance.randrange(128), chance.randrange(0x800)])) for _ in range(20))
