"""HTTP calls over the network: the Android app's form posts, and API calls."""

import asyncio
import json
from typing import Any
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

from testkit.server import Server


async def call(server: Server, path: str, /, **parameters: str) -> Any:
    """Post a form, and return the JSON of the reply."""
    return await asyncio.to_thread(_post, f"{server.http}/{path}", urlencode(parameters).encode())


async def make_group(server: Server, creator: str, *members: str) -> str:
    """Create a group, and return its id."""
    reply = await call(server, "creategrp", creator=creator, members=",".join(members), name="群")
    return str(reply["data"]["groupid"])


async def add(server: Server, group_id: str, *members: str) -> None:
    assert await call(server, "addmembers", groupid=group_id, members=",".join(members)) == OK


async def remove(server: Server, group_id: str, *members: str) -> None:
    assert await call(server, "delmembers", groupid=group_id, members=",".join(members)) == OK


async def put(server: Server, userid: str, path: str, **values: Any) -> None:
    """PUT to a path of the API as a user in open mode."""
    headers = {**_proof(userid), "Content-Type": "application/json"}
    url = f"{server.http}/api/v1/{quote(path)}"
    request = Request(url, json.dumps(values).encode(), headers, method="PUT")
    await asyncio.to_thread(_read, request)


async def pages(server: Server, userid: str, path: str) -> list[Any]:
    """Return all items of a paginated API list, as a user in open mode."""
    items: list[Any] = []
    more = True
    while more:
        after = items[-1]["id"] if items else 0
        url = f"{server.http}/api/v1/{quote(path)}?limit=200&after={after}"
        page = json.loads(await asyncio.to_thread(_read, Request(url, headers=_proof(userid))))
        items += page["items"]
        more = page["more"]
    return items


OK = {"code": 1, "message": "OK"}


def _proof(userid: str) -> dict[str, str]:
    return {"Authorization": f"Userid {userid}"}


def _post(url: str, body: bytes) -> Any:
    with urlopen(url, body, timeout=30) as reply:
        return json.load(reply)


def _read(request: Request) -> bytes:
    with urlopen(request, timeout=30) as reply:
        return bytes(reply.read())
