"""Spells names in pinyin, in the background of an event loop. Each process does it, which does no harm."""

import asyncio
import logging

from accounts import spelling
from chat.delivery.runtime import Runtime

logger = logging.getLogger(__name__)

# So often new names are looked for, and so long others have the database between two portions of them.
POLL_SECONDS, PAUSE_SECONDS = 3.0, 0.05


async def spell(runtime: Runtime) -> None:
    """Spell, until cancelled."""
    fails = False
    while True:
        try:
            is_more, fails = await runtime.threads.follow(spelling.spell_some), False
        except Exception as error:
            if not fails:
                logger.error("Names cannot be spelled in pinyin, and will be later: %s", error)
            is_more, fails = False, True
        await asyncio.sleep(PAUSE_SECONDS if is_more else POLL_SECONDS)
