"""The HTTP calls, as the Android app makes them: a form, posted."""

import asyncio
import json
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

from testkit.server import Server


async def call(server: Server, path: str, /, **parameters: str) -> Any:
    """The reply's JSON."""
    return await asyncio.to_thread(_post, f"{server.http}/{path}", urlencode(parameters).encode())


async def make_group(server: Server, creator: str, *members: str) -> str:
    """The id of a new group."""
    reply = await call(server, "creategrp", creator=creator, members=",".join(members), name="群")
    return str(reply["data"]["groupid"])


async def add(server: Server, group_id: str, *members: str) -> None:
    assert await call(server, "addmembers", groupid=group_id, members=",".join(members)) == OK


async def remove(server: Server, group_id: str, *members: str) -> None:
    assert await call(server, "delmembers", groupid=group_id, members=",".join(members)) == OK


OK = {"code": 1, "message": "OK"}


def _post(url: str, body: bytes) -> Any:
    with urlopen(url, body, timeout=30) as reply:
        return json.load(reply)
