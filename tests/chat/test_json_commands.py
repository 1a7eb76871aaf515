"""What clients of the dialect im66.json.v1 send, frame by frame."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.protocol.codec import Limits
from chat.protocol.commands import (
    Acknowledge,
    Amend,
    Command,
    Hello,
    MarkRead,
    Ping,
    Request,
    Send,
    Type,
    WatchPresence,
)
from chat.protocol.json import JsonCodec
from chat.protocol.json_commands import MOST_WATCHED, schema
from chat.protocol.replies import Reply

BASE_URL = "http://chat.example"
LIMITS = Limits(frame=1000, text=10, extension=200)
CODEC = JsonCodec(lambda avatar, base_url: f"{base_url}/{avatar}", LIMITS)
COMMANDS: list[tuple[dict[str, Any], Command]] = [
    ({"cmd": "hello"}, Hello()),
    (
        {"cmd": "hello", "userid": "alice", "token": "t", "device": "web", "since": 5, "log": "l"},
        Hello("alice", "t", "web", 5, "l"),
    ),
    (
        {"cmd": "send", "to": "u:bob", "kind": "text", "content": "hi\n_👋"},
        Send("text", "bob", "hi\n_👋", ""),
    ),
    (
        {
            "cmd": "send",
            "to": "g:10",
            "kind": "audio",
            "content": "",
            "cid": "c",
            "extension": "e",
            "reply": 5,
        },
        Send("audio", 10, "", "e", "c", 5),
    ),
    ({"cmd": "edit", "target": 5, "content": "ho"}, Amend("edit", 5, "ho")),
    ({"cmd": "recall", "target": 5}, Amend("recall", 5)),
    ({"cmd": "react", "target": 5, "emoji": "👩‍👩‍👧"}, Amend("reaction", 5, "👩‍👩‍👧")),
    ({"cmd": "react", "target": 5, "emoji": "👍", "on": False}, Amend("reaction", 5, "👍", False)),
    ({"cmd": "read", "to": "u:鲍勃", "upto": 5}, MarkRead("鲍勃", 5)),
    ({"cmd": "ack", "upto": 0}, Acknowledge(0)),
    ({"cmd": "typing", "to": "g:1"}, Type(1)),
    ({"cmd": "presence", "users": ["bob", "bob", "charlie"]}, WatchPresence(("bob", "charlie"))),
    ({"cmd": "ping", "of another version": [1]}, Ping()),
]
SEND = {"id": 1, "cmd": "send", "to": "u:bob", "kind": "text", "content": "hi"}


def decoded(frame: Any) -> Request | Reply:
    return CODEC.decode(frame if isinstance(frame, str) else json.dumps(frame))


def refused(frame: Any) -> tuple[Any, int, str]:
    """For which id, and why."""
    reply = decoded(frame)
    assert isinstance(reply, Reply), reply
    told = json.loads(CODEC.encode_reply(reply, BASE_URL) or "")
    assert told["error"]["reason"]
    return told["re"], told["error"]["code"], told["error"]["name"]


@pytest.mark.parametrize(("fields", "command"), COMMANDS)
def test_a_command_is_read(fields: dict[str, Any], command: Command) -> None:
    for id_ in (7, 0, -1, 2**53 - 1, "a", ""):
        assert decoded({"id": id_, **fields}) == Request(id_, command)


@pytest.mark.parametrize(
    "frame",
    [
        *[
            "",
            "{",
            "[]",
            "7",
            "null",
            '"ping"',
            "[" * 5000,
            '{"id":1,"cmd":"ping"} {}',
            "login_alice",
            "{'id':1}",
        ],
        *[
            '{"cmd":"ping"}',
            '{"id":1}',
            '{"id":1,"cmd":7}',
            '{"id":null,"cmd":"ping"}',
            '{"id":true,"cmd":"ping"}',
        ],
        *['{"id":1e999,"cmd":"ping"}', '{"id":1,"cmd":1e999}'],
        *['{"id":1.5,"cmd":"ping"}', '{"id":[],"cmd":"ping"}', f'{{"id":{2**53},"cmd":"ping"}}'],
        json.dumps({"id": "x" * 65, "cmd": "ping"}),
        '{"id":[' + "1e300," * 10_000 + '1],"cmd":"ping"}',
        '{"id":1,"cmd":"ping\ud800"}',
    ],
)
def test_what_is_no_command_is_told_so_without_an_id(frame: str) -> None:
    assert refused(frame) == (None, 400, "malformed")


def test_the_longest_id_is_one_however_it_is_written() -> None:
    assert refused('{"id":"' + "\\ud83d\\ude00" * 64 + '","cmd":"nothing"}') == (
        "😀" * 64,
        400,
        "unknown_command",
    )


@pytest.mark.parametrize("cmd", ["", "login", "HELLO", "send "])
def test_an_unknown_command_is_told_so_under_its_id(cmd: str) -> None:
    assert refused({"id": "a", "cmd": cmd}) == ("a", 400, "unknown_command")


@pytest.mark.parametrize(
    "change",
    [
        *[
            {"to": to}
            for to in ("bob", "u:", "g:", "g:x", "g:0", "g:-1", "u:a_b", "u:a b", "x:bob", "", 5, None)
        ],
        *[{"kind": kind} for kind in ("notice", "recall", "", None)],
        *[{"content": content} for content in (None, 5, "\0", "\x1b", "\x7f")],
        *[{"cid": cid} for cid in ("", "x" * 65, 5, "\n\0")],
        *[{"reply": reply} for reply in (-1, "5", 1.5, 2**63)],
        *[{"extension": extension} for extension in (None, 5, "\0")],
        *[{"cmd": "read", "upto": upto} for upto in (None, -1, "x", 2**63)],
        *[{"cmd": "react", "target": 1, "emoji": emoji} for emoji in ("", "x" * 33, " ", "a b", "\n", None)],
        {"cmd": "react", "target": 1, "emoji": "x", "on": 1},
        {"cmd": "presence", "users": ["bob"] * (MOST_WATCHED + 1)},
        {"cmd": "presence", "users": ["b b"]},
        {"cmd": "presence", "users": "bob"},
        {"cmd": "hello", "userid": "a b"},
        {"cmd": "hello", "device": ""},
        {"cmd": "hello", "device": "x\0"},
        {"cmd": "hello", "since": -1},
        {"cmd": "edit", "target": 1, "content": "\0"},
    ],
)
def test_a_bad_value_is_told_so_under_its_id(change: dict[str, Any]) -> None:
    assert isinstance(decoded(SEND), Request)
    assert refused(SEND | change) == (1, 400, "invalid")


def test_half_a_character_makes_a_frame_malformed() -> None:
    assert refused(json.dumps(SEND | {"content": "\ud800"})) == (None, 400, "malformed")


def test_a_text_has_a_length() -> None:
    assert isinstance(decoded(SEND | {"content": "é" * 5}), Request)
    assert refused(SEND | {"content": "é" * 6}) == (1, 413, "too_long")
    assert refused({"id": 1, "cmd": "edit", "target": 1, "content": "é" * 6}) == (1, 413, "too_long")
    assert isinstance(decoded(SEND | {"kind": "picture", "content": "x" * 100}), Request)


def test_an_extension_and_what_is_no_text_have_a_length() -> None:
    assert isinstance(decoded(SEND | {"extension": "x" * LIMITS.extension}), Request)
    assert refused(SEND | {"extension": "x" * (LIMITS.extension + 1)}) == (1, 413, "too_long")
    picture = SEND | {"kind": "picture"}
    assert isinstance(decoded(picture | {"content": "x" * LIMITS.extension}), Request)
    assert refused(picture | {"content": "x" * (LIMITS.extension + 1)}) == (1, 413, "too_long")


@given(st.text() | st.dictionaries(st.text(), st.integers() | st.text()).map(json.dumps))
def test_no_text_breaks_it(text: str) -> None:
    reply = CODEC.decode(text)
    assert isinstance(reply, Reply)
    assert CODEC.encode_reply(reply, BASE_URL)


def test_the_schema_tells_of_every_command() -> None:
    assert {cmd["cmd"] for cmd, _ in COMMANDS} == {
        definition["properties"]["cmd"]["enum"][0] for definition in schema()["$defs"].values()
    }
