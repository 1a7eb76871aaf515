"""Background tasks of each process: lift mutes and bans when they end, and spell nicknames in pinyin. Both
check the rows again inside their transactions, so several processes may run them at once.

Nicknames are written in many places, none of which spells them. This module spells each row whose
`spelled_name` differs from its nickname, a moment later. A partial index holds only these rows."""

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

# How often the database is polled: another process may have written a restriction that ends sooner.
POLL_SECONDS = 5.0
# How often the database is searched for new names, and how long it is left to others between two batches.
SPELL_SECONDS, PAUSE_SECONDS = 3.0, 0.05


async def lift_restrictions(runtime: Runtime) -> None:
    """Lift mutes and bans that have ended, now and then whenever the next one ends, until cancelled."""
    step = partial(lift_due_restrictions, runtime.threads)
    await _repeat(step, "Mutes and bans do not end in time, and will later: %s")


async def spell_names(runtime: Runtime) -> None:
    """Spell new nicknames in pinyin, until cancelled."""

    async def step() -> float:
        return PAUSE_SECONDS if await runtime.threads.follow(spell_next_names) else SPELL_SECONDS

    await _repeat(step, "Names cannot be spelled in pinyin, and will be later: %s")


async def _repeat(step: Callable[[], Awaitable[float]], failure: str) -> None:
    """Run `step` forever. It returns how many seconds to wait before the next run. After an error, log
    `failure` once; log it again only after a step has succeeded."""
    is_failing = False
    while True:
        try:
            seconds, is_failing = await step(), False
        except Exception as error:
            if not is_failing:
                logger.error(failure, error)
            seconds, is_failing = POLL_SECONDS, True
        await asyncio.sleep(seconds)


async def lift_due_restrictions(threads: DatabaseThreads) -> float:
    """Lift mutes and bans that have ended. Return the seconds to wait until the next check. Raises
    DatabaseError."""
    end = await threads.read(next_restriction_end)
    if end is not None and end <= timezone.now():
        await threads.write(partial(lift_ended_restrictions, timezone.now()))
        return 0.0
    if end is None:
        return POLL_SECONDS
    # At least 10 ms: the database may compare times more precisely than this clock.
    return min(max((end - timezone.now()).total_seconds(), 0.01), POLL_SECONDS)


# How many restrictions of each kind are lifted in one run. Each takes a transaction of its own, between which
# others can write.
MAX_LIFTED_PER_KIND = 100


class _Restriction(NamedTuple):
    """A kind of restriction with an end. `field`: the column with the time of the end. `key`: the fields of
    the row that are passed to `lift`, followed by the present time."""

    model: Any
    field: str
    key: tuple[str, ...]
    lift: Callable[..., object]


_RESTRICTIONS = (
    _Restriction(User, "muted_until", ("pk",), lift),
    _Restriction(User, "banned_until", ("pk",), lift),
    _Restriction(
        GroupMute,
        "until",
        ("group", "user"),
        lambda group, userid, now: unmute_member(group, userid, ended=now),
    ),
)


def next_restriction_end() -> datetime | None:
    """Return when the next mute or ban ends, which may be in the past; None if none of them has an end."""
    ends = [
        restriction.model.objects.filter(**{f"{restriction.field}__isnull": False})
        .order_by(restriction.field)
        .values_list(restriction.field, flat=True)
        .first()
        for restriction in _RESTRICTIONS
    ]
    return min((end for end in ends if end is not None), default=None)


def lift_ended_restrictions(now: datetime) -> None:
    """Lift the mutes and bans that have ended by `now`, at most MAX_LIFTED_PER_KIND of each kind."""
    for model, field, key, lift_one in _RESTRICTIONS:
        ended = model.objects.filter(**{f"{field}__lte": now}).order_by(field)
        for values in list(ended.values_list(*key)[:MAX_LIFTED_PER_KIND]):
            lift_one(*values, now)


# How many names are spelled in one batch, which takes about 5 ms.
MAX_NAMES_PER_BATCH = 50

_STORE = (
    f"UPDATE {User._meta.db_table} SET spelled_name = %s, spelling = %s WHERE userid = %s AND nickname = %s"
)


def spell_next_names() -> bool:
    """Spell at most MAX_NAMES_PER_BATCH names that are not spelled yet. Return whether there may be more.
    Several processes may do this at once. Raises DatabaseError."""
    people = User.objects.exclude(spelled_name=F("nickname")).order_by("userid")
    unspelled = list(people.values_list("userid", "nickname")[:MAX_NAMES_PER_BATCH])
    # Before the transaction, so that others can write meanwhile.
    spelled = [(nickname, spelling_of(nickname), userid, nickname) for userid, nickname in unspelled]
    if spelled:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(_STORE, spelled)
    return len(unspelled) == MAX_NAMES_PER_BATCH
