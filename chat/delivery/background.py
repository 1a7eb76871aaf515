"""What each process does in the background of an event loop: it ends mutes and bans in their time, and
spells names in pinyin. Both look again in their transactions, so that several processes do no harm.

Names are written in many places, and none of them spells. A row whose `spelled_name` is not its nickname is
spelled here, a moment later. An index holds these rows only."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from accounts.names.pinyin import spelling_of
from accounts.services import lift
from chat.delivery.loop.threads import DatabaseThreads
from chat.delivery.runtime import Runtime
from groups.services import unmute_member
from log.models import GroupMute

logger = logging.getLogger(__name__)

# The database is polled this often: what ends sooner may have been written elsewhere meanwhile.
POLL_SECONDS = 5.0
# So often new names are looked for, and so long others have the database between two portions of them.
SPELL_SECONDS, PAUSE_SECONDS = 3.0, 0.05


async def lift_all(runtime: Runtime) -> None:
    """Lift what has ended, at once and then as soon as the next one ends, until cancelled."""
    await _repeat(partial(lift_due, runtime.threads), "Mutes and bans do not end in time, and will later: %s")


async def spell_all(runtime: Runtime) -> None:
    """Spell, until cancelled."""

    async def step() -> float:
        return PAUSE_SECONDS if await runtime.threads.follow(spell_some) else SPELL_SECONDS

    await _repeat(step, "Names cannot be spelled in pinyin, and will be later: %s")


async def _repeat(step: Callable[[], Awaitable[float]], failure: str) -> None:
    """Take one step after another; each returns after how many seconds the next one is due. `failure` is
    logged once, until a step succeeds again."""
    fails = False
    while True:
        try:
            seconds, fails = await step(), False
        except Exception as error:
            if not fails:
                logger.error(failure, error)
            seconds, fails = POLL_SECONDS, True
        await asyncio.sleep(seconds)


async def lift_due(threads: DatabaseThreads) -> float:
    """Lift what has ended. How many seconds to wait. Raises DatabaseError."""
    end = await threads.read(next_end)
    if end is not None and end <= timezone.now():
        await threads.write(partial(lift_ended, timezone.now()))
        return 0.0
    if end is None:
        return POLL_SECONDS
    # Not less: a database may compare more finely than this clock.
    return min(max((end - timezone.now()).total_seconds(), 0.01), POLL_SECONDS)


# So many rows of each kind are dealt with at once. Each takes a transaction, and others write meanwhile.
MAX_ENDED = 100


def _unmute(group: int, userid: str, now: datetime) -> None:
    unmute_member(group, userid, ended=now)


class _Kind(NamedTuple):
    """`field`: when it ends. `key`: the fields of the row that `lift` gets, before the present time."""

    model: Any
    field: str
    key: tuple[str, ...]
    lift: Callable[..., object]


_KINDS = (
    _Kind(User, "muted_until", ("pk",), lift),
    _Kind(User, "banned_until", ("pk",), lift),
    _Kind(GroupMute, "until", ("group", "user"), _unmute),
)


def next_end() -> datetime | None:
    """When the next one ends, which may have been before now; None if none does."""
    ends = [
        one.model.objects.filter(**{f"{one.field}__isnull": False})
        .order_by(one.field)
        .values_list(one.field, flat=True)
        .first()
        for one in _KINDS
    ]
    return min((end for end in ends if end is not None), default=None)


def lift_ended(now: datetime) -> None:
    """Undo what has ended by `now`, of each kind at most MAX_ENDED."""
    for one in _KINDS:
        ended = one.model.objects.filter(**{f"{one.field}__lte": now}).order_by(one.field)
        for key in list(ended.values_list(*one.key)[:MAX_ENDED]):
            one.lift(*key, now)


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
