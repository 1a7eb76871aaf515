"""Plays attacks one after the other: `python -m tests.bench.attacks_in_turn PORT SECONDS NAME…`.

Says of each, in JSON, how often it asked when to begin, and how many things it did; or why it failed.
"""

import asyncio
import json
import sys
import traceback

from bench import loops
from bench.attacks import ATTACKS, database
from bench.attacks.attack import AttackedServer


async def play(name: str, port: int, seconds: float) -> tuple[int, int]:
    begun = 0

    async def wait() -> None:
        nonlocal begun
        begun += 1
        await asyncio.sleep(0)

    target = AttackedServer(port, seconds, wait)
    await ATTACKS[name].run(target)
    return begun, target.done


def outcome(name: str, port: int, seconds: float) -> tuple[int, int] | str:
    try:
        return loops.run(play(name, port, seconds))
    except Exception:
        return traceback.format_exc()


if __name__ == "__main__":
    port, seconds, *names = sys.argv[1:]
    # What they leave unread need not fill a memory.
    database.MESSAGES = 20
    sys.stdout.write(json.dumps({name: outcome(name, int(port), float(seconds)) for name in names}))
