"""python client.py ws://127.0.0.1:6060/entry ana u:ben: prints what comes, sends each line that is typed.

In token mode `IM66_TOKEN` has the token.
"""

import asyncio
import json
import os
import random
import sys
import time
import uuid
from contextlib import suppress
from typing import Any

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

# On a disk, these would outlast this process: the place in the log, and what is not answered yet.
place: dict[str, Any] = {"since": None, "log": None}
unanswered: dict[str, dict[str, Any]] = {}
SHORTEST, LONGEST = 0.5, 60.0  # seconds before it comes back


async def listen(socket: Any, userid: str) -> None:
    token = os.environ.get("IM66_TOKEN")
    proof = {"token": token} if token else {"userid": userid}
    await socket.send(json.dumps({"id": 0, "cmd": "hello", **proof, **place}))
    async for frame in socket:
        print(frame, flush=True)
        told = json.loads(frame)
        if told.get("re") == 0 and "ok" in told:
            place.update(log=told["ok"]["log"], since=place["since"] or told["ok"]["head"])
            for command in unanswered.values():  # a cid is stored once, however often it is sent
                await socket.send(json.dumps(command))
        elif told.get("re") and told.get("error", {}).get("code") not in (429, 503):
            unanswered.pop(told["re"], None)
        elif "ev" in told:
            place["since"] = told.get("to" if told["ev"] == "gap" else "id", place["since"])


async def type_in(sockets: list[Any], to: str) -> None:
    while line := await asyncio.to_thread(sys.stdin.readline):
        cid = f"{time.time_ns():x}-{uuid.uuid4().hex}"
        command = {"id": cid, "cmd": "send", "to": to, "kind": "text", "content": line.strip(), "cid": cid}
        unanswered[cid] = command
        with suppress(ConnectionClosed, IndexError):  # then it is sent after the next hello
            await sockets[-1].send(json.dumps(command))


async def main(url: str, userid: str, to: str) -> None:
    sockets: list[Any] = []
    pause = SHORTEST
    typing = asyncio.create_task(type_in(sockets, to))
    while not typing.done():
        began = time.monotonic()
        with suppress(OSError, ConnectionClosed):
            async with connect(url, subprotocols=["im66.json.v1"]) as socket:  # type: ignore[list-item]
                sockets[:] = [socket]
                await listen(socket, userid)
        if sockets and sockets[0].close_code in (4401, 4403, 4409, 4413):
            raise SystemExit(sockets[0].close_reason or sockets[0].close_code)
        pause = SHORTEST if time.monotonic() - began > LONGEST else min(2 * pause, LONGEST)
        await asyncio.sleep(pause * random.uniform(0.5, 1))


asyncio.run(main(*sys.argv[1:]))
