"""Logins that are expensive."""

import asyncio
import os
import sys
from itertools import cycle

from bench.attacks.attack import Attack, Target
from bench.members import Member, Meter
from bench.processes import call

PEOPLE, STAYS = 12, 4900


async def many_stays(target: Target) -> None:
    """12 people with 4,900 membership periods in a group log in again and again, without a goodbye."""
    command = [sys.executable, "-m", "bench.staying", str(PEOPLE), str(STAYS)]
    await asyncio.to_thread(call, command, dict(os.environ))
    people = cycle(f"stayer{number}" for number in range(PEOPLE))

    async def log_in() -> None:
        member = Member(next(people), Meter())
        await asyncio.wait_for(member.enter(target.port), 4 * target.seconds)
        await member.socket.vanish()

    await target.start()
    await target.repeat(log_in, callers=PEOPLE)


ATTACKS = {"many-stays": Attack(many_stays)}
