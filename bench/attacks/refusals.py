"""Attacks by refused commands and calls, and by presence queries: twenty accounts, each within the usual
limits."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from itertools import cycle
from typing import Any

from bench.attacks.attack import Attack, AttackedServer
from bench.attacks.content import ACCOUNTS, AttackingWriter
from bench.frames import client_frame
from bench.sockets import HOST, Socket, connect

USUAL = {
    "IM66_LIMIT_MESSAGES": "600/60",
    "IM66_LIMIT_BYTES": "8000000/60",
    "IM66_LIMIT_QUERIES": "300/60",
    "IM66_LIMIT_REFUSALS": "50/60",
}
# No group and no message has this id.
MISSING = 987_654_321
# Commands of one account at the same time.
CONCURRENT_COMMANDS = 8
TEXTS, TEXT_BYTES, PEOPLE = 100, 65_000, 200
# Per account in the attack that reads no replies.
MAX_BYTES = 60 * 1024 * 1024

_REFUSED_IN_JSON = [
    b"no json",
    *(
        json.dumps({"id": 1, **command}).encode()
        for command in (
            {"cmd": "no such command"},
            {"cmd": "send", "to": f"g:{MISSING}", "kind": "text", "content": "x"},
            {"cmd": "send", "to": "u:bob", "kind": "text", "content": "x", "reply": MISSING},
            {"cmd": "send", "to": "u:bob", "kind": "file", "content": "/files/none"},
            {"cmd": "edit", "target": MISSING, "content": "x"},
            {"cmd": "react", "target": MISSING, "emoji": "👍", "on": True},
            {"cmd": "forward", "targets": [MISSING], "to": ["u:bob"]},
            {"cmd": "press", "target": MISSING, "action": "x"},
            {"cmd": "read", "to": f"g:{MISSING}", "upto": 1},
            {"cmd": "typing", "to": f"g:{MISSING}"},
            {"cmd": "ack", "upto": 1},
            {"cmd": "hello", "userid": "somebody else"},
        )
    ),
]
_REFUSED_IN_LEGACY = [
    b"nonsense",
    b"text_%d_x_group_" % MISSING,
    b"members_%d" % MISSING,
    b"records_%d_0_group" % MISSING,
    b"logout_somebody",
]
_REFUSED_CALLS = (
    ("GET", f"/api/v1/conversations/g:{MISSING}/messages", b""),
    ("POST", f"/api/v1/conversations/g:{MISSING}/messages", b'{"kind":"text","content":"x"}'),
    ("GET", "/api/v1/nowhere", b""),
    ("PATCH", f"/api/v1/groups/{MISSING}", b'{"name":1}'),
    ("POST", "/grpinfo", b"groupid=%d" % MISSING),
)


class _Asker(AttackingWriter):
    """A client that repeats its command at each reply."""

    def __init__(self, userid: str, target: AttackedServer, command: dict[str, Any]) -> None:
        super().__init__(userid)
        self._target = target
        self._frame = client_frame(json.dumps({"id": 1, **command}).encode())

    def begin(self) -> None:
        self.socket.on_text = self._ask_again
        self.socket.write(self._frame * CONCURRENT_COMMANDS)

    def _ask_again(self, text: bytes) -> None:
        if text.startswith(b'{"re":1') and self._target.lasts:
            self.socket.write(self._frame)


async def refused_forwards(target: AttackedServer) -> None:
    """One client forwards 100 long texts to two people, merged, which is too long, again and again."""
    writer = AttackingWriter("forwarder")
    await writer.enter(target.port)
    ids = [await _stored(writer, f"{number}".ljust(TEXT_BYTES, "x")) for number in range(TEXTS)]
    await target.start()
    while target.lasts:
        await writer.ask(cmd="forward", targets=ids, to=["u:first", "u:second"], merged=True)


async def _stored(writer: AttackingWriter, text: str) -> int:
    reply = await writer.ask(cmd="send", to="u:reader", kind="text", content=text)
    return int(reply["ok"]["id"])


async def missing_group(target: AttackedServer) -> None:
    """Each account sends texts to a group that does not exist, eight at a time."""
    await _keep_asking(target, cmd="send", to=f"g:{MISSING}", kind="text", content="x")


async def presence(target: AttackedServer) -> None:
    """Each account queries the presence of 200 people, eight times at a time."""
    await _keep_asking(target, cmd="presence", users=[f"watched{number}" for number in range(PEOPLE)])


async def _keep_asking(target: AttackedServer, **command: Any) -> None:
    askers = [_Asker(f"asker{number}", target, command) for number in range(ACCOUNTS)]
    await asyncio.gather(*(asker.enter(target.port) for asker in askers))
    await target.start()
    for asker in askers:
        asker.begin()
    await target.rest()


async def refused_commands(target: AttackedServer) -> None:
    """Commands that are refused for various reasons, in both dialects, as fast as the server reads them."""
    sockets = [await _logged_in(target, number) for number in range(ACCOUNTS)]
    await target.start()
    await asyncio.gather(
        *(
            _pour(target, socket, _REFUSED_IN_LEGACY if number % 2 else _REFUSED_IN_JSON)
            for number, socket in enumerate(sockets)
        )
    )


async def _logged_in(target: AttackedServer, number: int) -> Socket:
    """Log in one account, in the legacy dialect if the number is odd."""
    if number % 2:
        socket = await connect(target.port)
        socket.send(b"login_refused%d" % number)
        return socket
    writer = AttackingWriter(f"refused{number}")
    await writer.enter(target.port)
    return writer.socket


async def _pour(target: AttackedServer, socket: Socket, texts: Sequence[bytes]) -> None:
    chunk = b"".join(map(client_frame, texts))
    await target.pour(socket, chunk, MAX_BYTES)


async def refused_calls(target: AttackedServer) -> None:
    """Calls of the API and of the legacy protocol that are refused for various reasons."""
    calls = cycle(_REFUSED_CALLS)
    await target.start()
    await target.repeat(lambda: _call(target.port, *next(calls)), callers=ACCOUNTS)


async def _call(port: int, method: str, path: str, body: bytes) -> None:
    reader, writer = await asyncio.open_connection(HOST, port)
    content_type = "application/json" if body.startswith(b"{") else "application/x-www-form-urlencoded"
    try:
        writer.write(
            f"{method} {path} HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Userid caller\r\n"
            f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n"
            "Connection: close\r\n\r\n".encode()
            + body
        )
        with suppress(ConnectionError):
            await reader.read()
    finally:
        writer.close()


ATTACKS = {
    "refused-forwards": Attack(refused_forwards, USUAL, memory=True),
    "missing-group": Attack(missing_group, USUAL, memory=True),
    "refused-commands": Attack(refused_commands, USUAL, memory=True),
    "refused-calls": Attack(refused_calls, USUAL, memory=True),
    "presence": Attack(presence, USUAL, memory=True),
}
