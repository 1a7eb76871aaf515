"""Spells the names of people in pinyin, some at a time, in the background of an event loop. Each process does
it, which does no harm. Names are written in many places, and none of them spells.
A row whose `spelled_name` is not its nickname is spelled here, a moment later. An index holds these rows
only."""

import asyncio
import logging

from django.db import connection, transaction
from django.db.models import F

from accounts.models import User
from accounts.names.pinyin import spelling_of
from chat.delivery.runtime import Runtime

logger = logging.getLogger(__name__)

# So often new names are looked for, and so long others have the database between two portions of them.
POLL_SECONDS, PAUSE_SECONDS = 3.0, 0.05


async def spell(runtime: Runtime) -> None:
    """Spell, until cancelled."""
    fails = False
    while True:
        try:
            is_more, fails = await runtime.threads.follow(spell_some), False
        except Exception as error:
            if not fails:
                logger.error("Names cannot be spelled in pinyin, and will be later: %s", error)
            is_more, fails = False, True
        await asyncio.sleep(PAUSE_SECONDS if is_more else POLL_SECONDS)


# So many people are dealt with at once: some 5 ms.
MAX_PEOPLE = 50

_STORE = (
    f"UPDATE {User._meta.db_table} SET spelled_name = %s, spelling = %s WHERE userid = %s AND nickname = %s"
)


def spell_some() -> bool:
    """Spell the names of at most MAX_PEOPLE people. Whether there may be more. Several processes may do it at
    once. Raises DatabaseError."""
    people = User.objects.exclude(spelled_name=F("nickname")).order_by("userid")
    named = list(people.values_list("userid", "nickname")[:MAX_PEOPLE])
    # Before the transaction: others write meanwhile.
    spelled = [(nickname, spelling_of(nickname), userid, nickname) for userid, nickname in named]
    if spelled:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(_STORE, spelled)
    return len(named) == MAX_PEOPLE
