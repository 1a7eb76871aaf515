"""What clients of the dialect im66.json.v1 send, frame by frame."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.delivery.connection.commands import _HANDLERS
from chat.protocol.bounds import Limits
from chat.protocol.commands import (
    MAX_WATCHED_PEOPLE,
    Acknowledge,
    Amend,
    Command,
    CommandRequest,
    Forward,
    Grow,
    Hello,
    JsonCommand,
    MarkRead,
    Ping,
    Press,
    Send,
    Type,
    WatchPresence,
)
from chat.protocol.json import JsonCodec
from chat.protocol.json_commands import commands
from chat.protocol.kinds import RESPONDING
from chat.protocol.replies import Reply

BASE_URL = "http://chat.example"
LIMITS = Limits(frame=1000, text=10, extension=200)
CODEC = JsonCodec(lambda avatar, base_url: f"{base_url}/{avatar}", LIMITS)
COMMANDS: list[tuple[dict[str, Any], Command]] = [
    ({"cmd": "hello"}, Hello(1)),
    (
        {"cmd": "hello", "userid": "alice", "token": "t", "device": "web", "since": 5, "log": "l"},
        Hello(1, userid="alice", token="t", device="web", since=5, log="l"),
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
    (
        {"cmd": "edit", "target": 5, "content": "a", "mentions": ["b", "*"]},
        Amend("edit", 5, "a", True, ("b", "*")),
    ),
    (
        {"cmd": "forward", "targets": [5, 6, 5], "to": ["u:bob", "g:1"], "merged": True},
        Forward(1, (5, 6), ("bob", 1), True),
    ),
    ({"cmd": "recall", "target": 5}, Amend("recall", 5)),
    ({"cmd": "react", "target": 5, "emoji": "👩‍👩‍👧"}, Amend("reaction", 5, "👩‍👩‍👧")),
    ({"cmd": "react", "target": 5, "emoji": "👍", "on": False}, Amend("reaction", 5, "👍", False)),
    ({"cmd": "press", "target": 5, "action": "again", "cid": "7"}, Press(1, 5, "again", "7")),
    ({"cmd": "read", "to": "u:鲍勃", "upto": 5}, MarkRead(1, "鲍勃", 5)),
    ({"cmd": "ack", "upto": 0}, Acknowledge(1, 0)),
    ({"cmd": "typing", "to": "g:1"}, Type(1, 1)),
    ({"cmd": "grow", "to": "u:bob", "cid": "c", "content": "hi"}, Grow(1, "bob", "c", "hi")),
    (
        {"cmd": "grow", "to": "g:1", "cid": "c", "content": " you", "more": True},
        Grow(1, 1, "c", " you", more=True),
    ),
    ({"cmd": "presence", "users": ["bob", "bob", "charlie"]}, WatchPresence(1, ("bob", "charlie"))),
    ({"cmd": "ping", "of another version": [1]}, Ping(1)),
]
SEND = {"id": 1, "cmd": "send", "to": "u:bob", "kind": "text", "content": "hi"}


def decoded(frame: Any) -> CommandRequest | Reply:
    return CODEC.decode(frame if isinstance(frame, str) else json.dumps(frame))


def refused(frame: Any) -> tuple[Any, int, str]:
    """For which id, and why."""
    reply = decoded(frame)
    assert isinstance(reply, Reply), reply
    data = json.loads(CODEC.encode_reply(reply, BASE_URL) or "")
    assert data["error"]["reason"]
    return data["re"], data["error"]["code"], data["error"]["name"]


def test_a_command_is_read() -> None:
    for fields, command in COMMANDS:
        for id_ in (7, 0, -1, 2**53 - 1, "a", ""):
            if isinstance(command, JsonCommand):
                command.id = id_
            assert decoded({"id": id_, **fields}) == CommandRequest(id_, command)


def test_malformed_json_command_gets_an_error_without_an_id() -> None:
    no_objects = ["", "{", "[]", "7", "null", '"ping"', "[" * 5000, "login_alice", "{'id':1}"]
    bad_ids = ["null", "true", "1e999", "1.5", "[]", str(2**53), f'"{"x" * 65}"']
    long_id = "[" + "1e300," * 10_000 + "1]"
    bad_commands = ["7", "1e999", '"ping\ud800"']
    frames = [
        *(*no_objects, '{"id":1,"cmd":"ping"} {}', '{"cmd":"ping"}', '{"id":1}'),
        *(f'{{"id":{id_},"cmd":"ping"}}' for id_ in [*bad_ids, long_id]),
        *(f'{{"id":1,"cmd":{cmd}}}' for cmd in bad_commands),
    ]
    assert [frame for frame in frames if refused(frame) != (None, 400, "malformed")] == []


def test_the_longest_id_is_one_however_it_is_written() -> None:
    assert refused('{"id":"' + "\\ud83d\\ude00" * 64 + '","cmd":"nothing"}') == (
        "😀" * 64,
        400,
        "unknown_command",
    )


@pytest.mark.promise("json-33")
@pytest.mark.parametrize("cmd", ["", "login", "HELLO", "send "])
def test_unknown_command_gets_an_error_with_its_id(cmd: str) -> None:
    assert refused({"id": "a", "cmd": cmd}) == ("a", 400, "unknown_command")


@pytest.mark.promise("json-33")
def test_bad_value_gets_an_error_with_its_id() -> None:
    react, hello = {"cmd": "react", "target": 1}, {"cmd": "hello"}
    watched = (["bob"] * (MAX_WATCHED_PEOPLE + 1), ["b b"], "bob")
    bad_values = {
        "to": ("bob", "u:", "g:", "g:x", "g:0", "g:-1", "u:a_b", "u:a b", "x:bob", "", 5, None),
        "kind": ("notice", "recall", "", None),
        "content": (None, 5, "\0", "\x1b", "\x7f"),
        "cid": ("", "x" * 65, 5, "\n\0"),
        "reply": (-1, "5", 1.5, 2**63),
        "extension": (None, 5, "\0"),
    }
    changes: list[dict[str, Any]] = [
        *({field: value} for field, values in bad_values.items() for value in values),
        *({"cmd": "read", "upto": upto} for upto in (None, -1, "x", 2**63)),
        *({**react, "emoji": emoji} for emoji in ("", "x" * 33, " ", "a b", "\n", None)),
        {**react, "emoji": "x", "on": 1},
        *({"cmd": "presence", "users": users} for users in watched),
        *(
            {**hello, **change}
            for change in ({"userid": "a b"}, {"device": ""}, {"device": "x\0"}, {"since": -1})
        ),
        {"cmd": "edit", "target": 1, "content": "\0"},
        *({"cmd": "press", "target": 1, "action": action} for action in ("", "x" * 65, "\0", 5, None)),
    ]
    assert isinstance(decoded(SEND), CommandRequest)
    assert [change for change in changes if refused(SEND | change) != (1, 400, "invalid")] == []


def test_lone_surrogate_makes_a_frame_malformed() -> None:
    assert refused(json.dumps(SEND | {"content": "\ud800"})) == (None, 400, "malformed")


@pytest.mark.promise("json-39")
def test_a_text_has_a_length() -> None:
    assert isinstance(decoded(SEND | {"content": "é" * 5}), CommandRequest)
    assert refused(SEND | {"content": "é" * 6}) == (1, 413, "too_long")
    assert refused({"id": 1, "cmd": "edit", "target": 1, "content": "é" * 6}) == (1, 413, "too_long")
    assert isinstance(decoded(SEND | {"kind": "picture", "content": "x" * 100}), CommandRequest)


def test_an_extension_and_what_is_no_text_have_a_length() -> None:
    assert isinstance(decoded(SEND | {"extension": "x" * LIMITS.extension}), CommandRequest)
    assert refused(SEND | {"extension": "x" * (LIMITS.extension + 1)}) == (1, 413, "too_long")
    picture = SEND | {"kind": "picture"}
    assert isinstance(decoded(picture | {"content": "x" * LIMITS.extension}), CommandRequest)
    assert refused(picture | {"content": "x" * (LIMITS.extension + 1)}) == (1, 413, "too_long")


@given(st.text() | st.dictionaries(st.text(), st.integers() | st.text()).map(json.dumps))
def test_any_text_gets_a_json_reply(text: str) -> None:
    reply = CODEC.decode(text)
    assert isinstance(reply, Reply)
    assert CODEC.encode_reply(reply, BASE_URL)


def test_the_schema_tells_of_every_command() -> None:
    of_kinds = {cmd for one in RESPONDING.values() for cmd in (one.command, one.closing)}
    assert {cmd["cmd"] for cmd, _ in COMMANDS} == set(commands()) - of_kinds


def test_every_dialect_command_has_a_handler() -> None:
    of_connection = {Hello, Send, Amend}
    assert {type(command) for _, command in COMMANDS} - of_connection <= {*_HANDLERS}


def test_hello_does_not_show_its_token() -> None:
    assert "secret" not in repr(Hello(1, userid="alice", token="secret", device="web"))
