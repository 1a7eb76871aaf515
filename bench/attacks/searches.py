"""Searches that compare many long texts and find nothing."""

import asyncio
import os
import sys
from itertools import cycle
from urllib.parse import quote

from bench import web
from bench.attacks.attack import Attack, Target
from bench.lookalikes import SEARCHER, SEARCHES
from bench.processes import call

TEXTS, CALLERS = 5000, 8


async def searches(target: Target) -> None:
    """8 clients of one person search for what is almost in 5,000 texts of 64 KB."""
    command = [sys.executable, "-m", "bench.lookalikes", str(TEXTS)]
    await asyncio.to_thread(call, command, dict(os.environ))
    queries = cycle(SEARCHES)
    await target.start()
    await target.repeat(lambda: _search(target, next(queries)), callers=CALLERS)


async def _search(target: Target, text: str) -> None:
    path = f"/api/v1/messages/search?q={quote(text)}"
    await web.ask(target.port, path, Authorization=f"Userid {SEARCHER}")


ATTACKS = {"searches": Attack(searches)}
