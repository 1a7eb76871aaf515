"""Attacks a server, in a separate process: `python -m bench.attacking NAME PORT SECONDS`.

Reports that it is ready, waits for a line, attacks for SECONDS, and prints the number of actions.
"""

import asyncio
import os
import sys

from bench import loops
from bench.attacks import ATTACKS
from bench.attacks.attack import AttackedServer

# A low priority: the measuring process must not wait for it.
NICENESS = 10


async def attack(name: str, port: int, seconds: float) -> int:
    """Run the attack. Return the number of its actions."""
    target = AttackedServer(port, seconds, _wait_to_begin)
    await ATTACKS[name].run(target)
    return target.done


async def _wait_to_begin() -> None:
    _print("ready")
    await asyncio.to_thread(sys.stdin.readline)


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    os.nice(NICENESS)
    _print(str(loops.run(attack(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))))
