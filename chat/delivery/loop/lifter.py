"""Ends mutes and locks when their time has come, in the background of an event loop.

Each process does it. The services look again in their transactions, so two processes do no harm.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from django.utils import timezone

from accounts.models import User
from accounts.services import lift
from chat.delivery.loop.threads import DatabaseThreads
from groups.services import unmute_member
from log.models import GroupMute

logger = logging.getLogger(__name__)

# The database is polled this often: what ends sooner may have been written elsewhere meanwhile.
POLL_SECONDS = 5.0


class Lifter:
    """Lifts what has ended, at once and then as soon as the next one ends."""

    def __init__(self, threads: DatabaseThreads) -> None:
        self._threads = threads
        self._fails = False

    async def run(self) -> None:
        """Lift, until cancelled."""
        while True:
            seconds = await self._lift()
            await asyncio.sleep(seconds)

    async def _lift(self) -> float:
        """Lift what has ended. How many seconds to wait."""
        try:
            end = await self._threads.read(next_end)
            if end is not None and end <= timezone.now():
                await self._threads.write(partial(lift_ended, timezone.now()))
                return 0.0
        except Exception as error:
            if not self._fails:
                logger.error("Mutes and locks do not end in time, and will later: %s", error)
            self._fails = True
            return POLL_SECONDS
        self._fails = False
        return POLL_SECONDS if end is None else _wait(end)


def _wait(end: datetime) -> float:
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
