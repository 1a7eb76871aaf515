"""Makes preview pictures of the first pages of PDF files. Owners take turns.

The sender of a file waits a few seconds at most for its preview, and then sends the file without one.
"""

import logging
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.db import Error as AnyDatabaseError
from django.db import close_old_connections
from django.utils import timezone

from accounts.limits.callers import by_network
from accounts.limits.turns import TurnThread, Who
from uploads import conversion, names
from uploads.documents import naming, parts
from uploads.models import Document
from uploads.services import move_to_storage, working_directory
from uploads.worker.tasks import Task, TaskKind, UploadRejected, main_path

logger = logging.getLogger(__name__)

Preview = Document.Preview
MAX_WAIT = timedelta(seconds=5)
# The maximum number of waiting files of each owner, and of all owners. Further files get no preview. If all
# owners together exceed the maximum, the owner with most waiting files loses one.
MAX_WAITING_PER_OWNER, MAX_WAITING = 10, 100
_EXTENSION, _SIGNATURE = "pdf", b"%PDF-"
# Some programs write other bytes before the signature.
_SIGNATURE_WITHIN_BYTES = 1024


class PreviewJob(NamedTuple):
    """A preview to make. `source` is a hard link to the file, so that a local copy exists in any storage."""

    id: str
    stored: str
    source: Path


def link_source(document: Document) -> Path | None:
    """Make a hard link to the file's part, as the source of a preview. Return None for no preview."""
    part = parts.path_of(document.pk)
    if naming.extension(document.name) != _EXTENSION:
        return None
    if _thread.waiting_of(_owner_of(document)) >= MAX_WAITING_PER_OWNER:
        return None
    with part.open("rb") as file:
        if _SIGNATURE not in file.read(_SIGNATURE_WITHIN_BYTES):
            return None
    source = Path(settings.FILE_UPLOAD_TEMP_DIR) / f"{document.pk}.pdf"
    source.unlink(missing_ok=True)
    try:
        source.hardlink_to(part)
    except OSError:  # not every file system has hard links
        return None
    return source


def begin(document: Document, stored: str, source: Path) -> None:
    """Queue the preview of the file. Return immediately."""
    with _thread.changed:
        _thread.add(_owner_of(document), PreviewJob(document.pk, stored, source))
        dropped = _thread.drop_newest_of_longest() if len(_thread) > MAX_WAITING else None
    if dropped:
        _finish(dropped, Preview.NONE)


def _owner_of(document: Document) -> Who:
    return (*by_network((document.address,)), document.owner)


def is_awaited(document: Document) -> bool:
    """Return whether a sender should still wait for the preview."""
    return document.preview == Preview.DUE and timezone.now() - document.touched_at < MAX_WAIT


def make(job: PreviewJob) -> None:
    """Make the preview, or record that there is none. Raises OSError and DatabaseError."""
    state = Preview.NONE
    try:
        with working_directory() as directory:
            limits = conversion.limits(TaskKind.PREVIEW)
            conversion.convert_in_thread(Task(TaskKind.PREVIEW, "", str(job.source), str(directory), limits))
            move_to_storage(main_path(directory, "jpg"), names.preview_name(job.stored))
            state = Preview.MADE
    except UploadRejected:
        pass
    finally:
        _finish(job, state)


def _finish(job: PreviewJob, state: Preview) -> None:
    job.source.unlink(missing_ok=True)
    Document.objects.filter(pk=job.id, preview=Preview.DUE).update(preview=state)


def _make_safely(job: PreviewJob) -> None:
    try:
        make(job)
    except (AnyDatabaseError, OSError) as error:
        logger.error("No preview of a file could be made: %s", error)
    except Exception:
        logger.exception("No preview of a file could be made")
    finally:
        with suppress(AnyDatabaseError):
            close_old_connections()


_thread: TurnThread[PreviewJob] = TurnThread("im66-previews", _make_safely)
