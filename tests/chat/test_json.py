"""The dialect im66.json.v1: replies, and who is told what."""

import json
from typing import Any

import pytest

from accounts.codes import Name
from chat.protocol.bounds import Limits
from chat.protocol.json import JsonCodec
from chat.protocol.replies import (
    Accepted,
    Amended,
    Done,
    Failure,
    Me,
    Reply,
    RequestId,
    Result,
    ToPresence,
    ToRead,
    Welcome,
)
from log.rows import Entry

BASE_URL = "http://chat.example"
CODEC = JsonCodec(lambda avatar, base_url: f"{base_url}/{avatar}", Limits(frame=1000, text=10))


@pytest.mark.parametrize(
    ("result", "ok"),
    [
        (Amended(5), {"id": 5}),
        (Amended(5, "****"), {"id": 5, "content": "****"}),
        (ToRead(3), {"unread": 3}),
        (ToPresence(("bob",)), {"online": ["bob"]}),
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


@pytest.mark.parametrize("name", [7, -(2**53) + 1, "a", 'with " and \\', "名"])
@pytest.mark.parametrize("content", [None, "****", '"…"'])
def test_the_reply_to_a_message_is_written(name: RequestId, content: str | None) -> None:
    event = {"id": 5, "time": 6} if content is None else {"id": 5, "time": 6, "content": content}
    assert json.loads(CODEC.encode_accepted(name, Accepted(5, 6, content))) == {"re": name, "ok": event}


@pytest.mark.parametrize("name", list(Name))
def test_an_error_has_a_code_and_a_name(name: Name) -> None:
    data = json.loads(CODEC.encode_reply(Reply(1, Failure(name, "why")), BASE_URL) or "")
    assert data == {"re": 1, "error": {"code": name.status, "name": name.value, "reason": "why"}}


def test_an_error_may_say_when_to_try_again() -> None:
    failure = Failure(Name.TOO_FAST, "wait", 3)
    data = json.loads(CODEC.encode_reply(Reply(1, failure), BASE_URL) or "")
    assert data["error"] == {"code": 429, "name": "too_fast", "reason": "wait", "retry": 3}


def test_own_devices_get_another_event() -> None:
    message = Entry(8, "text", "alice", "bob", "hi", "ext", 9, 5, "c", 3)
    assert json.loads(CODEC.encode(message) or "")["conversation"] == "u:alice"
    assert json.loads(CODEC.own.encode(message) or "")["conversation"] == "u:bob"
