"""A hello that fails for a passing reason may be said again on the same connection."""

import json
from typing import Any

import pytest
from django.db import OperationalError

from accounts.selectors import picture_url
from chat.delivery.connection import Connection
from chat.delivery.names import Names
from chat.delivery.session import Needs
from chat.log import Draft, append
from chat.protocol.codec import Limits
from chat.protocol.json import JsonCodec
from server.sockets import PlainSocket
from tests.support.rests import finish
from tests.support.stage import BASE_URL, Stage, until


async def test_a_hello_that_failed_is_said_again(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    frames: list[dict[str, Any]] = []
    hello = json.dumps({"id": 1, "cmd": "hello", "userid": "bob", "since": 0})

    async def take(frame: str) -> None:
        frames.append(json.loads(frame))

    async def close(code: int) -> None:
        raise AssertionError(code)

    async def fail(*_: object) -> None:
        raise OperationalError("away")

    await stage.written(lambda: append([Draft("text", "alice", "bob", "hi", "")]))
    codec = JsonCodec(picture_url, Limits())
    connection = Connection(codec, take, PlainSocket(), None, BASE_URL, close, Needs(closes=True))
    try:
        with monkeypatch.context() as away:
            away.setattr(Names, "of_person", fail)
            await finish(connection.receive(hello))
        assert [frame["error"]["code"] for frame in frames] == [503]
        await finish(connection.receive(hello))
        await until(lambda: frames[-1].get("ev") == "caught_up")
        assert "ok" in frames[1]
        assert "hi" in [frame.get("content") for frame in frames]
    finally:
        await connection.end(clean=True)
