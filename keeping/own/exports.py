"""Copies of their data that people request. Each person gets one a day; it expires after some days.

A process takes the row of a copy (`accounts.leases`) before it makes the copy. Files in the folder without a
row are removed. The folder has a size limit, and the disk a free-space limit: copies that do not fit wait.
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
# How often the process that makes a copy renews its claim, and after what time without that it is abandoned.
BEAT_SECONDS, ABANDONED_AFTER = 20.0, timedelta(minutes=2)
MAX_ATTEMPTS = 3
# How many of the longest waiting copies are considered at a time.
MAX_CONSIDERED = 100
REASON = "asked for by the person"


def request_export(userid: str, language: str, zone: str) -> OwnExport:
    """Request a copy. Return the pending one if there is one. Raises RoleMissing and NotNow."""
    if not settings.IM66.own_exports:
        raise RoleMissing(SWITCHED_OFF)
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=userid)
        now, last = timezone.now(), current_export(userid)
        if last and last.is_under_way:
            return last
        if last and _counts(last) and last.asked_at > now - ONCE_IN:
            raise NotNow(TOO_SOON, int((last.asked_at + ONCE_IN - now).total_seconds()) + 1)
        reset = {"state": OwnExport.WAITING, "asked_at": now, "claimed_at": None, "done_at": None}
        reset |= {"name": "", "size": None, "failure": "", "attempts": 0, "language": language, "zone": zone}
        return OwnExport.objects.update_or_create(user_id=userid, defaults=reset)[0]


def _counts(last: OwnExport) -> bool:
    """Whether the copy counts against the limit of one a day. A copy that failed by an error does not."""
    return last.state == OwnExport.DONE or last.failure in (OwnExport.NO_SPACE, OwnExport.TOO_LARGE)


def current_export(userid: str) -> OwnExport | None:
    """Return the copy that the person has requested, unless it has expired."""
    record = OwnExport.objects.filter(user=userid).first()
    is_expired = record and record.done_at and record.done_at < timezone.now() - EXPIRES_AFTER
    return None if is_expired else record


def file_of(userid: str) -> Path | None:
    """Return the path of the person's finished copy; None if there is none."""
    record = current_export(userid)
    path = path_of(record.name) if record and record.state == OwnExport.DONE else None
    return path if path and path.is_file() else None


def failure_of(record: OwnExport) -> str:
    """Return why the copy waits or has failed; empty if it is finished or being made."""
    waits_for_space = record.state == OwnExport.WAITING and not _fits(record, quota().left)
    return OwnExport.NO_SPACE if waits_for_space else record.failure


def forget(userid: str) -> None:
    """Remove the person's copy, even while it is being made."""
    for record in OwnExport.objects.filter(user=userid):
        record.delete()
        if record.name:
            path_of(record.name).unlink(missing_ok=True)


def is_due(now: datetime) -> bool:
    """Whether there is a copy to make or to remove."""
    return OwnExport.objects.filter(_expired_query(now)).exists() or bool(_to_make(now))


def make_next(version: str, progress: Progress) -> bool:
    """Make a copy that no other process is making. Return whether there was one."""
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
    """Retry when there is space for the size that the copy had reached, or fail if that is useless."""
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
        # The person was erased meanwhile, or another process has claimed the copy.
        path.unlink(missing_ok=True)


def sweep(now: datetime) -> None:
    """Remove expired copies, and files without a row."""
    for record in OwnExport.objects.filter(_expired_query(now)):
        path_of(record.name).unlink(missing_ok=True)
        record.delete()
    # List the files before the rows: the row of a copy exists before its file.
    files = list(folder().iterdir())
    known = {f"{name}.zip" for name in OwnExport.objects.exclude(name="").values_list("name", flat=True)}
    for path in files:
        if path.name.removesuffix(".partial") not in known:
            path.unlink(missing_ok=True)


def folder() -> Path:
    """Return the folder of the copies, which only the server's own user can read."""
    path: Path = settings.IM66.data_dir / "exports"
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def quota() -> Quota:
    """Return the quota of all copies together."""
    return Quota(folder(), FOR_COPIES, settings.IM66.own_exports_mb * MEGABYTE)


def path_of(name: str) -> Path:
    return folder() / f"{name}.zip"


def _claim(now: datetime) -> OwnExport | None:
    for record in _to_make(now):
        if record.attempts >= MAX_ATTEMPTS:
            failed = {"state": OwnExport.FAILED, "failure": OwnExport.ERROR}
            leases.take(OwnExport.objects.all(), record, claimed_at=None, **failed)
            continue
        changes = {"state": OwnExport.MAKING, "name": secrets.token_hex(16), "attempts": record.attempts + 1}
        if leases.take(OwnExport.objects.all(), record, claimed_at=now, **changes):
            return OwnExport.objects.get(pk=record.pk)
    return None


def _mine(name: str) -> QuerySet[OwnExport]:
    return OwnExport.objects.filter(name=name, state=OwnExport.MAKING)


def _to_make(now: datetime) -> list[OwnExport]:
    """Return the waiting and abandoned copies for which there is space, oldest first."""
    abandoned = Q(state=OwnExport.MAKING) & leases.are_free("claimed_at", now - ABANDONED_AFTER)
    due = OwnExport.objects.filter(Q(state=OwnExport.WAITING) | abandoned).order_by("asked_at")
    left = quota().left
    return [record for record in due[:MAX_CONSIDERED] if _fits(record, left)]


def _fits(record: OwnExport, left: int) -> bool:
    """Whether there is space for the known part of its size."""
    return left > (record.size or 0)


def _expired_query(now: datetime) -> Q:
    return Q(done_at__lt=now - EXPIRES_AFTER)
