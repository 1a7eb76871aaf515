"""The list of erasures: one target a line with its time, as `u:alice 2030-01-31T12:00:00+00:00`."""

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from accounts import leases
from accounts.names.userids import is_userid
from keeping.errors import MaintenanceRefused
from keeping.models import Erasure

PERSON, MESSAGE = "u:", "m:"
_NUMBER = re.compile(r"[1-9][0-9]{0,17}")


class ErasureRecord(NamedTuple):
    """`at`: the time of the target's last erasure; None if the list has no time."""

    target: str
    at: datetime | None


def mark_begun(target: str, *, is_queued: bool = False) -> None:
    """Record that the erasure of the target has begun. With `is_queued`, a server does it in the
    background."""
    begun = {"at": timezone.now(), "finished_at": None, "is_queued": is_queued, "claimed_at": None}
    Erasure.objects.update_or_create(target=target, defaults=begun)


def claim_next(stale: datetime) -> str | None:
    """Claim the next queued person and return the userid; None if there is none. Claims from before `stale`
    have expired."""
    for erasure in _unclaimed(stale).order_by("pk"):
        if leases.take(_unclaimed(stale), erasure, claimed_at=timezone.now()):
            return erasure.target.removeprefix(PERSON)
    return None


def has_unclaimed(stale: datetime) -> bool:
    """Whether a queued person is not claimed by any process. Claims from before `stale` have expired."""
    return _unclaimed(stale).exists()


def _unclaimed(stale: datetime) -> QuerySet[Erasure]:
    is_free = leases.are_free("claimed_at", stale)
    return Erasure.objects.filter(is_free, is_queued=True, finished_at=None)


def renew_claim(target: str) -> None:
    """Renew this process's claim."""
    Erasure.objects.filter(target=target).update(claimed_at=timezone.now())


def state_of(target: str) -> bool | None:
    """Whether the target's erasure is finished; None if it was never begun."""
    times = Erasure.objects.filter(target=target).values_list("finished_at", flat=True)
    return next((finished is not None for finished in times), None)


def mark_finished(target: str) -> None:
    Erasure.objects.filter(target=target).update(finished_at=timezone.now())


def is_done(erasure: ErasureRecord) -> bool:
    """Whether the database already contains this erasure. Then all data of the target is newer than it."""
    if erasure.at is None:
        return False
    return Erasure.objects.filter(target=erasure.target, finished_at__gte=erasure.at).exists()


def list_lines() -> Iterator[str]:
    """Yield the lines of all finished and unfinished erasures, oldest first. Yield none if the database is
    from a version without erasures."""
    if Erasure._meta.db_table not in connection.introspection.table_names():
        return
    for target, at in Erasure.objects.order_by("pk").values_list("target", "at"):
        yield f"{target} {at.isoformat(timespec='seconds')}"


def read_list(path: Path) -> list[ErasureRecord]:
    """Read a file with such lines. Return the latest erasure of each target. Raises MaintenanceRefused and
    OSError."""
    try:
        rows = [line.split() for line in path.read_text("utf-8").splitlines() if line.strip()]
    except UnicodeDecodeError as error:
        raise MaintenanceRefused(f"{path} is not a list of what was erased.") from error
    for target, *_ in rows:
        if not _is_target(target):
            raise MaintenanceRefused(f"{path} is not a list of what was erased: {target[:80]!r} is in it.")
    latest: dict[str, ErasureRecord] = {}
    for target, *times in rows:
        erasure = ErasureRecord(target, _parse_time(times))
        previous = latest.setdefault(target, erasure)
        if previous.at is not None and (erasure.at is None or erasure.at > previous.at):
            latest[target] = erasure
    return list(latest.values())


def _parse_time(texts: list[str]) -> datetime | None:
    with suppress(ValueError, IndexError):
        time = datetime.fromisoformat(texts[0])
        return time if time.tzinfo else time.replace(tzinfo=UTC)
    return None


def _is_target(text: str) -> bool:
    kind, rest = text[:2], text[2:]
    return (kind == PERSON and is_userid(rest)) or (kind == MESSAGE and bool(_NUMBER.fullmatch(rest)))
