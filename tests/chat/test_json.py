"""The dialect im66.json.v1, frame by frame."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.standing import EVERYTHING, Change
from chat.models import restored_content
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
from chat.protocol.events import CaughtUp, Event, Gap, Heartbeat, Presence, ReadMark, Typing
from chat.protocol.json import JsonCodec
from chat.protocol.json_commands import MOST_WATCHED, schema
from chat.protocol.replies import (
    Accepted,
    Amended,
    Code,
    Done,
    Failure,
    Me,
    Online,
    Reply,
    Result,
    Unread,
    Welcome,
)
from chat.protocol.rows import (
    Amendment,
    BlockChange,
    Entry,
    GroupChange,
    MembershipNotice,
    StandingChange,
    Withheld,
)

BASE_URL = "http://chat.example"
CODEC = JsonCodec(lambda avatar, base_url: f"{base_url}/{avatar}", Limits(frame=1000, text=10))
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


def told(event: Event, *, is_own: bool = False) -> Any:
    text = (CODEC.own if is_own else CODEC).encode(event)
    return text and json.loads(text)


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
        *['{"id":1.5,"cmd":"ping"}', '{"id":[],"cmd":"ping"}', f'{{"id":{2**53},"cmd":"ping"}}'],
        json.dumps({"id": "x" * 65, "cmd": "ping"}),
        '{"id":1,"cmd":"ping\ud800"}',
    ],
)
def test_what_is_no_command_is_told_so_without_an_id(frame: str) -> None:
    assert refused(frame) == (None, 400, "malformed")


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


@given(st.text() | st.dictionaries(st.text(), st.integers() | st.text()).map(json.dumps))
def test_no_text_breaks_it(text: str) -> None:
    reply = CODEC.decode(text)
    assert isinstance(reply, Reply)
    assert CODEC.encode_reply(reply, BASE_URL)


@pytest.mark.parametrize(
    ("result", "ok"),
    [
        (Accepted(5, 6), {"id": 5, "time": 6}),
        (Accepted(5, 6, "****"), {"id": 5, "time": 6, "content": "****"}),
        (Amended(5), {"id": 5}),
        (Amended(5, "****"), {"id": 5, "content": "****"}),
        (Unread(3), {"unread": 3}),
        (Online(("bob",)), {"online": ["bob"]}),
        (Done(), {}),
        (
            Welcome(Me("alice", "爱丽丝", "a.png"), "log", 5, 30.0, {"text": 9}, ("read",)),
            {
                "user": {"userid": "alice", "nickname": "爱丽丝", "avatar": f"{BASE_URL}/a.png"},
                "log": "log",
                "head": 5,
                "heartbeat": 30.0,
                "limits": {"text": 9},
                "features": ["read"],
            },
        ),
    ],
)
def test_a_reply_is_written(result: Result, ok: dict[str, Any]) -> None:
    assert json.loads(CODEC.encode_reply(Reply("a", result), BASE_URL) or "") == {"re": "a", "ok": ok}


@pytest.mark.parametrize("code", list(Code))
def test_an_error_has_a_name(code: Code) -> None:
    told = json.loads(CODEC.encode_reply(Reply(1, Failure(code, "why")), BASE_URL) or "")
    assert told == {"re": 1, "error": {"code": int(code), "name": told["error"]["name"], "reason": "why"}}
    assert told["error"]["name"].islower()


def test_an_error_may_say_when_to_try_again() -> None:
    failure = Failure(Code.TOO_FAST, "wait", "too_fast", 3)
    told = json.loads(CODEC.encode_reply(Reply(1, failure), BASE_URL) or "")
    assert told["error"] == {"code": 429, "name": "too_fast", "reason": "wait", "retry": 3}


MESSAGE = Entry(8, "text", "alice", "bob", "hi", "ext", 9, 5, "c", 3)
NOTICE = {"ev": "notice", "id": 8, "conversation": "g:10", "time": 9}
STANDING = {"ev": "standing", "id": 8}
BY = {"by": "alice"}
RESTORED = restored_content(MESSAGE, None)
ABOUT = {"id": 8, "conversation": "u:alice", "target": 5, "from": "alice", "time": 9}


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (
            MESSAGE,
            {
                "ev": "message",
                "id": 8,
                "conversation": "u:alice",
                "from": "alice",
                "kind": "text",
                "content": "hi",
                "extension": "ext",
                "time": 9,
                "reply": 5,
            },
        ),
        (Amendment(8, "edit", "alice", "bob", 5, "ho", True, 9), {"ev": "edited", **ABOUT, "content": "ho"}),
        (Amendment(8, "recall", "alice", "bob", 5, "", True, 9), {"ev": "recalled", **ABOUT}),
        (
            Amendment(8, "recall", "alice", "bob", 5, "", True, 9, by_desk=True),
            {"ev": "recalled", **ABOUT, "by": "moderator"},
        ),
        (
            Amendment(8, "recall", "alice", "bob", 5, RESTORED, False, 9, by_desk=True),
            {"ev": "restored", **ABOUT, **json.loads(RESTORED), "by": "moderator"},
        ),
        # It was erased after it was restored.
        (
            Amendment(8, "recall", "alice", "bob", 5, "", False, 9, by_desk=True),
            {"ev": "restored", **ABOUT, "by": "moderator"},
        ),
        (
            Amendment(8, "reaction", "alice", "bob", 5, "👍", False, 9),
            {"ev": "reaction", **ABOUT, "emoji": "👍", "on": False},
        ),
        (
            MembershipNotice(8, 10, ("bob",), ("charlie",), 9),
            {**NOTICE, "joined": ["bob"], "left": ["charlie"]},
        ),
        (MembershipNotice(8, 10, ("bob",), (), 9, "alice"), {**NOTICE, "joined": ["bob"], "left": [], **BY}),
        (GroupChange(8, 10, "alice", {"name": "群"}, 9), {**NOTICE, "name": "群", **BY}),
        (GroupChange(8, 10, None, {"notice": "", "name": "x"}, 9), {**NOTICE, "notice": "", "name": "x"}),
        (GroupChange(8, 10, None, {"roles": {"bob": "admin"}}, 9), {**NOTICE, "roles": {"bob": "admin"}}),
        (GroupChange(8, 10, None, {"dissolved": True}, 9), {**NOTICE, "dissolved": True}),
        (StandingChange(8, "bob", Change(muted=True), 9), {**STANDING, "muted": True, "muted_until": None}),
        (
            StandingChange(8, "bob", Change(muted=True, until=10, reason="spam"), 9),
            {**STANDING, "muted": True, "muted_until": 10, "reason": "spam"},
        ),
        (StandingChange(8, "bob", Change(muted=False), 9), {**STANDING, "muted": False, "muted_until": 0}),
        (
            StandingChange(8, "bob", Change(muted=True, group=10), 9),
            {**STANDING, "muted": True, "muted_until": None, "conversation": "g:10"},
        ),
        (StandingChange(8, "bob", Change(locked=True, until=10), 9), {**STANDING, "banned": True}),
        (
            StandingChange(8, "bob", Change(warned=True, reason="spam"), 9),
            {**STANDING, "warned": True, "reason": "spam"},
        ),
        (StandingChange(8, "bob", Change(ended=EVERYTHING, reason="a stolen phone"), 9), None),
        (StandingChange(8, "bob", Change(rules=True), 9), None),
        (BlockChange(8, "alice", "bob", True, 9), None),
        (Withheld(8), None),
        (Heartbeat(9), {"ev": "heartbeat", "time": 9}),
        (CaughtUp(8), {"ev": "caught_up", "id": 8}),
        (Gap(5, 8), {"ev": "gap", "from": 5, "to": 8}),
        (ReadMark("alice", "bob", 8), {"ev": "read", "conversation": "u:alice", "user": "alice", "upto": 8}),
        (Typing("alice", 10), {"ev": "typing", "conversation": "g:10", "from": "alice"}),
        (Presence("alice", True), {"ev": "presence", "user": "alice", "online": True}),
    ],
)
def test_an_event_is_written(event: Event, expected: Any) -> None:
    assert told(event) == expected


def test_the_senders_own_devices_see_the_other_side_and_the_cid() -> None:
    assert told(MESSAGE, is_own=True) == told(MESSAGE) | {"conversation": "u:bob", "cid": "c"}
    in_group = MESSAGE._replace(to=10)
    assert told(in_group, is_own=True) == told(in_group) | {"cid": "c"}
    recall = Amendment(8, "recall", "alice", "bob", 5, "", True, 9)
    assert told(recall, is_own=True)["conversation"] == "u:bob"


def test_the_schema_tells_of_every_command() -> None:
    assert {cmd["cmd"] for cmd, _ in COMMANDS} == {
        definition["properties"]["cmd"]["enum"][0] for definition in schema()["$defs"].values()
    }
