"""What a person asks of the API over the network, in open mode."""

import asyncio
import json
from typing import Any
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

from testkit.server import Server


async def get(server: Server, userid: str, path: str, **query: Any) -> Any:
    """The answer's JSON. `from_` in a query is `from`."""
    asked = {name.rstrip("_"): value for name, value in query.items()}
    return json.loads(await _ask(server, userid, "GET", f"{quote(path)}?{urlencode(asked)}"))


async def patch(server: Server, userid: str, path: str, **values: Any) -> None:
    await _ask(server, userid, "PATCH", quote(path), json.dumps(values).encode())


async def _ask(server: Server, userid: str, method: str, path: str, body: bytes | None = None) -> bytes:
    headers = {"Authorization": f"Userid {userid}", "Content-Type": "application/json"}
    return await asyncio.to_thread(
        _read, Request(f"{server.http}/api/v1/{path}", body, headers, method=method)
    )


def _read(request: Request) -> bytes:
    with urlopen(request, timeout=30) as reply:
        return bytes(reply.read())
