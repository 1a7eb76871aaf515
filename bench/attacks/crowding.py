"""Logins that are expensive."""

import asyncio
import os
import sys
from itertools import cycle

from bench.attacks.attack import Attack, AttackedServer
from bench.members import BenchMember, Meter
from bench.processes import call

PEOPLE, STAYS = 12, 4900
# As often as the usual limits let each of them log in.
EVERY_SECONDS = 1.0


class Stayer(BenchMember):
    """Pays no attention to what was said in its groups."""

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


ATTACKS = {"many-stays": Attack(many_stays), "login-flood": Attack(login_flood)}
