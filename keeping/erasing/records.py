"""The list of what was erased: one target a line with its time, as `u:alice 2030-01-31T12:00:00+00:00`."""

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
    """`at`: when it was erased the last time; None if the list does not say."""

    target: str
    at: datetime | None


def begin(target: str, *, is_queued: bool = False) -> None:
    """Note that it is being erased; `is_queued`: a server does it in the background. Until `finish`,
    something may be left."""
    begun = {"at": timezone.now(), "finished_at": None, "is_queued": is_queued, "claimed_at": None}
    Erasure.objects.update_or_create(target=target, defaults=begun)


def claim_next(stale: datetime) -> str | None:
    """Claim the next person whom a server is to erase; None if there is none."""
    for erasure in _unclaimed(stale).order_by("pk"):
        if leases.take(_unclaimed(stale), erasure, claimed_at=timezone.now()):
            return erasure.target.removeprefix(PERSON)
    return None


def are_unclaimed(stale: datetime) -> bool:
    """Whether there is somebody. Claims from before `stale` do not count."""
    return _unclaimed(stale).exists()


def _unclaimed(stale: datetime) -> QuerySet[Erasure]:
    is_free = leases.are_free("claimed_at", stale)
    return Erasure.objects.filter(is_free, is_queued=True, finished_at=None)


def keep_claim(target: str) -> None:
    """Go on being at it."""
    Erasure.objects.filter(target=target).update(claimed_at=timezone.now())


def state_of(target: str) -> bool | None:
    """Whether its erasure has ended; None if it was never begun."""
    moments = Erasure.objects.filter(target=target).values_list("finished_at", flat=True)
    return next((finished is not None for finished in moments), None)


def finish(target: str) -> None:
    Erasure.objects.filter(target=target).update(finished_at=timezone.now())


def is_done(line: ErasureRecord) -> bool:
    """Whether the database knows of this erasure: what is there of the target came after it."""
    if line.at is None:
        return False
    return Erasure.objects.filter(target=line.target, finished_at__gte=line.at).exists()


def lines() -> Iterator[str]:
    """What was erased, also what was only begun, in its order. None of a version that erased nobody."""
    if Erasure._meta.db_table not in connection.introspection.table_names():
        return
    for target, at in Erasure.objects.order_by("pk").values_list("target", "at"):
        yield f"{target} {at.isoformat(timespec='seconds')}"


def read(path: Path) -> list[ErasureRecord]:
    """What a file with such lines lists, each target once, by its latest line. Raises MaintenanceRefused and
    OSError."""
    try:
        listed = [line.split() for line in path.read_text("utf-8").splitlines() if line.strip()]
    except UnicodeDecodeError as error:
        raise MaintenanceRefused(f"{path} is not a list of what was erased.") from error
    for target, *_ in listed:
        if not _is_target(target):
            raise MaintenanceRefused(f"{path} is not a list of what was erased: {target[:80]!r} is in it.")
    latest: dict[str, ErasureRecord] = {}
    for target, *times in listed:
        line = ErasureRecord(target, _time_in(times))
        before = latest.setdefault(target, line)
        if before.at is not None and (line.at is None or line.at > before.at):
            latest[target] = line
    return list(latest.values())


def _time_in(texts: list[str]) -> datetime | None:
    with suppress(ValueError, IndexError):
        at = datetime.fromisoformat(texts[0])
        return at if at.tzinfo else at.replace(tzinfo=UTC)
    return None


def _is_target(text: str) -> bool:
    kind, rest = text[:2], text[2:]
    return (kind == PERSON and is_userid(rest)) or (kind == MESSAGE and bool(_NUMBER.fullmatch(rest)))
