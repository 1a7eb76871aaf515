"""Group calls: many at once, large ones, and callers who do not read."""

import asyncio
from itertools import count

from bench import web
from bench.attacks.attack import SMALL_BUFFER, Attack, AttackedServer
from bench.members import make_group
from bench.sockets import raw

MEMBERS = 500
_numbers = count()


async def slow_readers(target: AttackedServer) -> None:
    """24 clients request two megabytes each and do not read them."""
    await _groups(target, 60)
    await target.start()
    sockets = [await raw(target.port, SMALL_BUFFER) for _ in range(24)]
    for socket in sockets:
        target.done += socket.send(b"GET /querymygrps?userid=m0 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n") > 0
    await target.rest()
    for socket in sockets:
        socket.close()


async def make_groups(target: AttackedServer) -> None:
    """30 clients create groups of new people."""
    await target.start()
    await target.repeat(lambda: _make_group(target), callers=30)


async def group_info(target: AttackedServer) -> None:
    """60 clients request a large group."""
    await _groups(target, 1)
    await target.start()
    await target.repeat(lambda: web.call(target.port, "grpinfo", groupid="1"), callers=60)


async def my_groups(target: AttackedServer) -> None:
    """8 clients request 60 large groups."""
    await _groups(target, 60)
    await target.start()
    await target.repeat(lambda: web.call(target.port, "querymygrps", userid="m0"), callers=8)


async def _groups(target: AttackedServer, number: int) -> None:
    """Create this many groups of the same people, of whom the first is `m0`."""
    people = [f"m{member}" for member in range(MEMBERS)]
    for _ in range(number):
        await asyncio.to_thread(make_group, target.port, people)


async def _make_group(target: AttackedServer) -> None:
    group = next(_numbers)
    members = ",".join(f"g{group}m{member}" for member in range(MEMBERS - 1))
    await web.call(target.port, "creategrp", creator=f"g{group}", members=members, name="bench")


ATTACKS = {
    "slow-readers": Attack(slow_readers),
    "make-groups": Attack(make_groups),
    "group-info": Attack(group_info),
    "my-groups": Attack(my_groups, memory=True),
}
