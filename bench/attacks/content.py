"""Attacks by messages with expensive contents: large ones, edits, refused ones, reactions, combining marks.

Twenty accounts write as fast as the server accepts it, within and beyond the usual limits of bytes.
"""

import asyncio
import json
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import cycle
from typing import Any

from bench.attacks.attack import Attack, AttackedServer
from bench.devices import SUBPROTOCOL
from bench.frames import client_frame
from bench.members import make_group
from bench.processes import call
from bench.reacting import READER
from bench.sockets import HOST, Socket, connect

ACCOUNTS = 20
TEXT_BYTES, EXTENSION_BYTES = 64_000, 1_000_000
# Per account; the limits of the server permit less.
MAX_BYTES = 60 * 1024 * 1024
# The usual limit of bytes; the other limits are lifted, because few clients act for many people.
BOUNDED = {"IM66_LIMIT_BYTES": "8000000/60"}
# A page of messages with 99,000 reactions, and the number of concurrent readers.
PAGE, REACTING, EMOJI, READERS = 50, 99, 20, 8
# People of a group who add and remove reactions to one message, as often as the server permits. Each has the
# usual limit of messages.
TOGGLING, CHANGES, PAUSE_SECONDS = 100, 100, 0.2
USUAL_PACE = {"IM66_LIMIT_MESSAGES": "600/60"}
# The edits of one text that the server permits.
EDITS = 100
# Combining marks that are out of order: sorting them takes quadratic time.
MARKS = "a" + "\u0315" * 15_000 + "\u0334" * 15_000
# A sequence that rules must fold as a whole.
UNIT = "\u3099" + "\u00ad" * 30_000


class AttackingWriter:
    """A person who writes in the JSON dialect, and discards received messages."""

    def __init__(self, userid: str) -> None:
        self.userid = userid
        self.socket: Socket
        self._replies: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def enter(self, port: int) -> None:
        self.socket = await connect(port, self._on_text, subprotocol=SUBPROTOCOL)
        await self.ask(cmd="hello", userid=self.userid)

    async def ask(self, **command: Any) -> dict[str, Any]:
        """Send a command and return its reply. Only one command may wait for its reply at a time."""
        self.socket.send(json.dumps({"id": "asked", **command}).encode())
        return await self._replies.get()

    def _on_text(self, text: bytes) -> None:
        if text.startswith(b'{"re":"asked"'):
            self._replies.put_nowait(json.loads(text))


async def group_texts(target: AttackedServer) -> None:
    """Long texts to a group of all attackers."""
    writers = await _enter(target)
    group = await asyncio.to_thread(make_group, target.port, [writer.userid for writer in writers])
    await target.start()
    await _pour(target, writers, lambda _: [_send(f"g:{group}", "x" * TEXT_BYTES)])


async def edits(target: AttackedServer) -> None:
    """Edits of long texts, one after the other."""
    writers = await _enter(target)
    await target.start()
    await asyncio.gather(*(_edit(target, writer) for writer in writers))


async def _edit(target: AttackedServer, writer: AttackingWriter) -> None:
    for number in cycle(range(EDITS)):
        if not target.lasts or writer.socket.closed.done():
            return
        if number == 0:
            reply = await writer.ask(cmd="send", to="u:edited", kind="text", content="first")
        if "ok" in reply:
            content = f"{number}".ljust(TEXT_BYTES, "x")
            writer.socket.send(_command(cmd="edit", target=reply["ok"]["id"], content=content))
        with suppress(TimeoutError):
            await asyncio.wait_for(writer.socket.drained(), target.seconds)


async def refused_sends(target: AttackedServer) -> None:
    """Texts that are too long, texts to groups of others, and invalid JSON."""
    writers = await _enter(target)
    group = await asyncio.to_thread(make_group, target.port, ["refusing"])
    await target.start()
    frames = [
        _send("u:nobody", "x" * EXTENSION_BYTES),
        _send(f"g:{group}", "x" * TEXT_BYTES),
        b'{"id":1,"cmd":"send","to":"u:nobody","kind":"text","content":"' + b"x" * EXTENSION_BYTES,
        _send("u:nobody", "x", extension="\x01" * (EXTENSION_BYTES // 6)),
    ]
    await _pour(target, writers, lambda _: frames)


async def large_extensions(target: AttackedServer) -> None:
    """Messages with extensions of a megabyte, each to another attacker."""
    writers = await _enter(target)
    await target.start()
    await _pour(
        target,
        writers,
        lambda number: [_send(f"u:{_userid((number + 1) % ACCOUNTS)}", "x", extension="y" * EXTENSION_BYTES)],
    )


async def combining_marks(target: AttackedServer) -> None:
    """Texts that consist of combining marks."""
    await _pour_text(target, MARKS)


async def fold(target: AttackedServer) -> None:
    """Texts that take long to fold, on a server with a rule."""
    await asyncio.to_thread(call, [sys.executable, "-m", "bench.rules", "1", "announced"], dict(os.environ))
    await _pour_text(target, UNIT)


async def _pour_text(target: AttackedServer, text: str) -> None:
    writers = await _enter(target)
    await target.start()
    await _pour(target, writers, lambda number: [_send(f"u:{_userid((number + 1) % ACCOUNTS)}", text)])


async def reactions(target: AttackedServer) -> None:
    """Pages of messages with many reactions, through the API."""
    command = [sys.executable, "-m", "bench.reacting", str(PAGE), str(REACTING), str(EMOJI)]
    group = (await asyncio.to_thread(call, command, dict(os.environ))).strip()
    await target.start()
    path = f"/api/v1/conversations/g:{group}/messages?limit={PAGE}"
    await target.repeat(lambda: _get(target.port, path), callers=READERS)


async def toggled_reactions(target: AttackedServer) -> None:
    """Many people of a group add reactions to one message after the other, and remove them at once."""
    people = await _enter(target, TOGGLING)
    group = await asyncio.to_thread(make_group, target.port, [person.userid for person in people])
    await target.start()
    while target.lasts:
        reply = await people[0].ask(cmd="send", to=f"g:{group}", kind="text", content="react to this")
        if "ok" not in reply:
            await asyncio.sleep(PAUSE_SECONDS)
            continue
        await asyncio.gather(*(_toggle(target, person, reply["ok"]["id"]) for person in people))


async def _toggle(target: AttackedServer, person: AttackingWriter, message: int) -> None:
    for number in range(CHANGES):
        if not target.lasts or person.socket.closed.done():
            return
        await person.ask(cmd="react", target=message, emoji="👍", on=number % 2 == 0)


async def _get(port: int, path: str) -> None:
    reader, writer = await asyncio.open_connection(HOST, port)
    lines = [f"GET {path} HTTP/1.1", f"Host: {HOST}", f"Authorization: Userid {READER}", "Connection: close"]
    try:
        writer.write("\r\n".join([*lines, "", ""]).encode())
        status = await reader.readline()
        if status.split()[1] not in (b"200", b"503"):
            raise RuntimeError(f"A page was refused: {status!r}")
        while await reader.read(256 * 1024):
            pass
    finally:
        writer.close()


async def _enter(target: AttackedServer, accounts: int = ACCOUNTS) -> list[AttackingWriter]:
    writers = [AttackingWriter(_userid(number)) for number in range(accounts)]
    await asyncio.gather(*(writer.enter(target.port) for writer in writers))
    return writers


async def _pour(
    target: AttackedServer, writers: Sequence[AttackingWriter], frames: Callable[[int], Sequence[bytes]]
) -> None:
    """Let each writer send the frames of its number repeatedly."""

    async def pour_from(number: int, writer: AttackingWriter) -> None:
        chunks = [client_frame(frame) for frame in frames(number)]
        written = 0
        for chunk in cycle(chunks):
            if not target.lasts or written > MAX_BYTES or writer.socket.closed.done():
                return
            writer.socket.write(chunk)
            written += len(chunk)
            with suppress(TimeoutError):
                await asyncio.wait_for(writer.socket.drained(), target.seconds)

    await asyncio.gather(*(pour_from(number, writer) for number, writer in enumerate(writers)))


def _userid(number: int) -> str:
    return f"writer{number}"


def _send(to: str, content: str, **fields: str) -> bytes:
    return _command(cmd="send", to=to, kind="text", content=content, **fields)


def _command(**fields: Any) -> bytes:
    return json.dumps({"id": 1, **fields}, ensure_ascii=False).encode()


ATTACKS = {
    "group-texts": Attack(group_texts, BOUNDED),
    "edits": Attack(edits, BOUNDED),
    "refused-sends": Attack(refused_sends, BOUNDED),
    "large-extensions": Attack(large_extensions, BOUNDED),
    "combining-marks": Attack(combining_marks, BOUNDED),
    "fold": Attack(fold, BOUNDED),
    "reactions": Attack(reactions),
    "toggled-reactions": Attack(toggled_reactions, USUAL_PACE),
}
