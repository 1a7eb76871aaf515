"""Attacks by empty, invalid and unfinished frames."""

import asyncio

from bench.attacks.attack import Attack, AttackedServer
from bench.attacks.replies import expect_no_complaint
from bench.frames import CONTINUATION, PING, TEXT, client_frame
from bench.members import BenchMember, Meter
from bench.sockets import connect

CHUNK = 64 * 1024
MAX_BYTES = 200 * 1024 * 1024
MEGABYTE = 1024 * 1024
FILLING, FILLINGS = "y" * 60_000, 128
_EMPTY = client_frame(b"", CONTINUATION, final=False)
_NONSENSE = client_frame(b"nonsense")
_PING = client_frame(b"x" * 100, PING)


async def empty_fragments(target: AttackedServer) -> None:
    """One client, not logged in, begins a message and keeps adding empty fragments."""
    socket = await connect(target.port)
    await target.start()
    socket.write(client_frame(b"login", final=False))
    await target.pour(socket, _EMPTY * (CHUNK // len(_EMPTY)), MAX_BYTES)


async def nonsense(target: AttackedServer) -> None:
    """Four clients send frames outside the protocol, and read the answers."""
    sockets = [await connect(target.port) for _ in range(4)]
    await target.start()
    chunk = _NONSENSE * (CHUNK // len(_NONSENSE))
    await asyncio.gather(*(target.pour(socket, chunk, MAX_BYTES) for socket in sockets))


async def pings(target: AttackedServer) -> None:
    """One client, not logged in, pings and does not read the answers."""
    socket = await target.unread()
    await target.start()
    await target.pour(socket, _PING * (CHUNK // len(_PING)), MAX_BYTES)


async def unfinished_frames(target: AttackedServer) -> None:
    """Ten clients, not logged in, each send a message of 15 MiB without its last byte."""
    sockets = [await connect(target.port) for _ in range(10)]
    await target.start()
    frame = client_frame(b"x" * (15 * MEGABYTE), TEXT)
    await asyncio.gather(*(target.pour(socket, frame[:-1], len(frame) - 1) for socket in sockets))
    await target.rest()


async def emoji(target: AttackedServer) -> None:
    """One client that does not read sends ten frames of 8 MiB, each with one character that takes four
    bytes."""
    socket = await target.unread("emoji")
    await _fill(target, "emoji")
    await target.start()
    content = b"text_nobody_" + b"x" * (8 * MEGABYTE) + "😀".encode() + b"_unicast_"
    frame = client_frame(content)
    await target.pour(socket, frame, 10 * len(frame))
    await target.rest()


async def _fill(target: AttackedServer, userid: str) -> None:
    """Write more to a person who does not read than the kernel can buffer."""
    filler = BenchMember("filler", Meter())
    await filler.enter(target.port)
    for _ in range(FILLINGS):
        filler.socket.send(f"text_{userid}_{FILLING}_unicast_".encode())
    await filler.settle()
    expect_no_complaint(filler)
    await filler.socket.vanish()


ATTACKS = {
    "empty-fragments": Attack(empty_fragments),
    "nonsense": Attack(nonsense),
    "pings": Attack(pings, memory=True),
    "unfinished-frames": Attack(unfinished_frames, memory=True),
    "emoji": Attack(emoji, memory=True),
}
