"""Logins, searches and unread pages that are expensive for the database."""

import asyncio
import os
import sys
from itertools import cycle
from urllib.parse import quote

from bench.attacks.attack import Attack, AttackedServer
from bench.attacks.replies import expect_no_complaint
from bench.lookalikes import SEARCHER, SEARCHES
from bench.members import BenchMember, Meter
from bench.processes import call
from bench.sockets import HOST

PEOPLE, STAYS = 12, 4900
# The usual limits permit each person this many seconds between logins.
EVERY_SECONDS = 1.0
TEXTS, CALLERS = 1000, 8
MESSAGES, SIZE = 480, 125_000
# These settings permit texts nearly as large as the largest delivered frame.
LARGE = {"IM66_MAX_TEXT_BYTES": str(SIZE), "IM66_MAX_FRAME_BYTES": str(SIZE + 1000)}


class Stayer(BenchMember):
    """A member that ignores the messages of its groups."""

    def take(self, sender: bytes, content: bytes) -> None:
        pass


async def many_stays(target: AttackedServer) -> None:
    """12 people with 4,900 membership periods in a group log in at once, and again every second, without a
    goodbye."""
    userids = await _prepare()
    await target.start()

    async def log_in_together() -> None:
        pause = asyncio.create_task(asyncio.sleep(EVERY_SECONDS))
        await asyncio.gather(*(_log_in(target, userid) for userid in userids), pause)

    await target.repeat(log_in_together, callers=1)


async def login_flood(target: AttackedServer) -> None:
    """The same people log in again and again, each as often as possible."""
    people = cycle(await _prepare())
    await target.start()
    await target.repeat(lambda: _log_in(target, next(people)), callers=PEOPLE)


async def _prepare() -> list[str]:
    command = [sys.executable, "-m", "bench.staying", str(PEOPLE), str(STAYS)]
    await asyncio.to_thread(call, command, dict(os.environ))
    return [f"stayer{number}" for number in range(PEOPLE)]


async def _log_in(target: AttackedServer, userid: str) -> None:
    member = Stayer(userid, Meter())
    await asyncio.wait_for(member.enter(target.port), 4 * target.seconds)
    await member.socket.vanish()


async def searches(target: AttackedServer) -> None:
    """8 clients of one person search for terms that nearly match the person's 1,000 texts of 64 KB."""
    command = [sys.executable, "-m", "bench.lookalikes", str(TEXTS)]
    await asyncio.to_thread(call, command, dict(os.environ))
    queries = cycle(SEARCHES)
    await target.start()
    await target.repeat(lambda: _search(target.port, next(queries)), callers=CALLERS)


async def _search(port: int, text: str) -> None:
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        writer.write(
            f"GET /api/v1/messages/search?q={quote(text)} HTTP/1.1\r\nHost: {HOST}\r\n"
            f"Authorization: Userid {SEARCHER}\r\nConnection: close\r\n\r\n".encode()
        )
        await reader.read()
    finally:
        writer.close()


async def unread_logins(target: AttackedServer) -> None:
    """Six connections of one person for whom 60 MB are waiting."""
    await _fill(target)
    await target.start()
    sockets = [await target.unread("reader") for _ in range(6)]
    await target.hold(sockets)


async def unread_history(target: AttackedServer) -> None:
    """Four clients request the same as a page of history."""
    await _fill(target)
    sockets = [await target.unread("filler") for _ in range(4)]
    await target.start()
    for socket in sockets:
        socket.send(b"records_reader_0_unicast")
    await target.hold(sockets)


async def _fill(target: AttackedServer) -> None:
    filler = BenchMember("filler", Meter())
    await filler.enter(target.port)
    for _ in range(MESSAGES):
        filler.socket.send(b"text_reader_" + b"x" * (SIZE - 1) + b"_unicast_")
        await filler.settle()
        expect_no_complaint(filler)
    await filler.socket.vanish()


ATTACKS = {
    "many-stays": Attack(many_stays),
    "login-flood": Attack(login_flood),
    "searches": Attack(searches),
    "unread-logins": Attack(unread_logins, LARGE, memory=True),
    "unread-history": Attack(unread_history, LARGE, memory=True),
}
