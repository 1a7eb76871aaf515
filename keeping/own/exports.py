"""Copies of their data that people ask for. Each person has one at a time, once a day, for some days.

The process that makes one takes its row first (`accounts.leases`). What is in the folder and in no row is
removed. The folder has a bound, and a disk that becomes full has no more copies: those that do not fit wait.
"""

import logging
import secrets
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone, translation

from accounts import leases
from accounts.models import User
from keeping.backups.progress import Progress
from keeping.exporting.making import export
from keeping.models import OwnExport
from keeping.own.errors import SWITCHED_OFF, TOO_SOON, NotNow, RoleMissing
from moderation.moderators import Moderator
from uploads.disk_space import FOR_COPIES, MEGABYTE, NoSpace, Quota, TooLarge

logger = logging.getLogger(__name__)

EXPIRES_AFTER = timedelta(days=3)
ONCE_IN = timedelta(days=1)
# The process that makes one says so this often, and is given up after the other time.
BEAT_SECONDS, ABANDONED_AFTER = 20.0, timedelta(minutes=2)
MAX_ATTEMPTS = 3
# How many of the longest waiting are considered.
MAX_LOOKED_AT = 100
REASON = "asked for by the person"


def ask(userid: str, language: str, zone: str) -> OwnExport:
    """Have a copy made; one that is being made is that one. Raises NotAllowed and NotNow."""
    if not settings.IM66.own_exports:
        raise RoleMissing(SWITCHED_OFF)
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=userid)
        now, before = timezone.now(), of(userid)
        if before and before.is_under_way:
            return before
        if before and _counts(before) and before.asked_at > now - ONCE_IN:
            raise NotNow(TOO_SOON, int((before.asked_at + ONCE_IN - now).total_seconds()) + 1)
        fields = {"state": OwnExport.WAITING, "asked_at": now, "claimed_at": None, "done_at": None}
        more = {"name": "", "size": None, "failure": "", "attempts": 0, "language": language, "zone": zone}
        return OwnExport.objects.update_or_create(user_id=userid, defaults={**fields, **more})[0]


def _counts(before: OwnExport) -> bool:
    """Whether nobody gets another one on the same day."""
    return before.state == OwnExport.DONE or before.failure in (OwnExport.NO_SPACE, OwnExport.TOO_LARGE)


def of(userid: str) -> OwnExport | None:
    """What the person has asked for, if it has not expired."""
    record = OwnExport.objects.filter(user=userid).first()
    return None if record and is_over(record, timezone.now()) else record


def file_of(userid: str) -> Path | None:
    """The person's copy, if it is there."""
    record = of(userid)
    path = path_of(record.name) if record and record.state == OwnExport.DONE else None
    return path if path and path.is_file() else None


def failure_of(record: OwnExport) -> str:
    """Why the copy waits, or is not there; empty if it is, or is being made."""
    waits = record.state == OwnExport.WAITING and not _fits(record, quota().left)
    return OwnExport.NO_SPACE if waits else record.failure


def forget(userid: str) -> None:
    """Remove what the person has asked for, also what is being made."""
    for record in OwnExport.objects.filter(user=userid):
        record.delete()
        if record.name:
            path_of(record.name).unlink(missing_ok=True)


def is_due(now: datetime) -> bool:
    """Whether there is something to make or to remove."""
    return OwnExport.objects.filter(_over(now)).exists() or bool(_to_make(now))


def make_next(version: str, progress: Progress) -> bool:
    """Make one that nobody else makes. Whether there was one."""
    record = _claim(timezone.now())
    if record is None:
        return False
    path = path_of(record.name)
    try:
        with leases.renewing(lambda: _mine(record.name).update(claimed_at=timezone.now()), BEAT_SECONDS):
            zone = timezone.override(ZoneInfo(record.zone))
            with translation.override(record.language), zone:
                export(record.user_id, path, version, progress, REASON, Moderator(record.user_id), quota())
    except NoSpace as error:
        _put_off(record, error)
    except Exception as error:
        _fail(record, OwnExport.ERROR, error)
    else:
        _finish(record.name)
    return True


def _put_off(record: OwnExport, error: NoSpace) -> None:
    """Try again once there is space for as much as it had come to."""
    if isinstance(error, TooLarge):
        _fail(record, OwnExport.TOO_LARGE, error)
    elif record.attempts >= MAX_ATTEMPTS:
        _fail(record, OwnExport.NO_SPACE, error)
    else:
        logger.warning("A copy of somebody's data waits for space: %s", error)
        _mine(record.name).update(state=OwnExport.WAITING, size=error.needed, claimed_at=None)


def _fail(record: OwnExport, failure: str, error: Exception) -> None:
    logger.error("A copy of somebody's data could not be made: %s", error)
    _mine(record.name).update(state=OwnExport.FAILED, failure=failure)


def _finish(name: str) -> None:
    path = path_of(name)
    size = path.stat().st_size if path.exists() else None
    if not _mine(name).update(state=OwnExport.DONE, done_at=timezone.now(), size=size):
        # The person was erased meanwhile, or somebody else has claimed it.
        path.unlink(missing_ok=True)


def sweep(now: datetime) -> None:
    """Remove what has expired, and files that are nobody's."""
    for record in OwnExport.objects.filter(_over(now)):
        path_of(record.name).unlink(missing_ok=True)
        record.delete()
    # The files first: the row of one that is begun meanwhile is there before it.
    files = list(folder().iterdir())
    known = {f"{name}.zip" for name in OwnExport.objects.exclude(name="").values_list("name", flat=True)}
    for path in files:
        if path.name.removesuffix(".partial") not in known:
            path.unlink(missing_ok=True)


def folder() -> Path:
    """For the owner of the server alone."""
    path: Path = settings.IM66.data_dir / "exports"
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def quota() -> Quota:
    """What all copies together may take."""
    return Quota(folder(), FOR_COPIES, settings.IM66.own_exports_mb * MEGABYTE)


def path_of(name: str) -> Path:
    return folder() / f"{name}.zip"


def is_over(record: OwnExport, now: datetime) -> bool:
    return record.done_at is not None and record.done_at < now - EXPIRES_AFTER


def _claim(now: datetime) -> OwnExport | None:
    for record in _to_make(now):
        if record.attempts >= MAX_ATTEMPTS:
            over = {"state": OwnExport.FAILED, "failure": OwnExport.ERROR}
            leases.take(OwnExport.objects.all(), record, claimed_at=None, **over)
            continue
        changes = {"state": OwnExport.MAKING, "name": secrets.token_hex(16), "attempts": record.attempts + 1}
        if leases.take(OwnExport.objects.all(), record, claimed_at=now, **changes):
            return OwnExport.objects.get(pk=record.pk)
    return None


def _mine(name: str) -> QuerySet[OwnExport]:
    return OwnExport.objects.filter(name=name, state=OwnExport.MAKING)


def _to_make(now: datetime) -> list[OwnExport]:
    """Those for which there is space, oldest first."""
    left_over = Q(state=OwnExport.MAKING) & leases.are_free("claimed_at", now - ABANDONED_AFTER)
    due = OwnExport.objects.filter(Q(state=OwnExport.WAITING) | left_over).order_by("asked_at")
    left = quota().left
    return [record for record in due[:MAX_LOOKED_AT] if _fits(record, left)]


def _fits(record: OwnExport, left: int) -> bool:
    """Whether there is space for as much of it as is known."""
    return left > (record.size or 0)


def _over(now: datetime) -> Q:
    return Q(done_at__lt=now - EXPIRES_AFTER)
