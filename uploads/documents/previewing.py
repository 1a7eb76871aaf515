"""Makes pictures of files, of the first pages of PDFs, in turn for their owners. A file can be sent before
its picture is there, and then goes without: its sender waits some seconds at most."""

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
from uploads.services import put, working_directory
from uploads.worker.tasks import Task, TaskKind, UploadRejected, main_path

logger = logging.getLogger(__name__)

Preview = Document.Preview
WAITS = timedelta(seconds=5)
# More files than that of one owner, or of all, get no picture: of all, those of the owner with most files.
MAX_WAITING_EACH, MAX_WAITING = 10, 100
_EXTENSION, _BEGIN = "pdf", b"%PDF-"
# Some programs write something before it.
_WITHIN = 1024


class Job(NamedTuple):
    """`source`: the file once more, under a name of its own, so that it is here however it is stored."""

    id: str
    stored: str
    source: Path


def source_of(document: Document) -> Path | None:
    """A name of its own for the part of a file of which a picture can be made."""
    part = parts.path_of(document.pk)
    if naming.extension(document.name) != _EXTENSION:
        return None
    if _thread.waiting_of(_owner_of(document)) >= MAX_WAITING_EACH:
        return None
    with part.open("rb") as file:
        if _BEGIN not in file.read(_WITHIN):
            return None
    source = Path(settings.FILE_UPLOAD_TEMP_DIR) / f"{document.pk}.pdf"
    source.unlink(missing_ok=True)
    try:
        source.hardlink_to(part)
    except OSError:  # not every file system has hard links
        return None
    return source


def begin(document: Document, stored: str, source: Path) -> None:
    """Make the picture of the file. Returns at once."""
    with _thread.changed:
        _thread.add(_owner_of(document), Job(document.pk, stored, source))
        dropped = _thread.drop_newest_of_longest() if len(_thread) > MAX_WAITING else None
    if dropped:
        _end(dropped, Preview.NONE)


def _owner_of(document: Document) -> Who:
    return (*by_network((document.address,)), document.owner)


def is_awaited(document: Document) -> bool:
    """Whether the picture may be there in a moment."""
    return document.preview == Preview.DUE and timezone.now() - document.touched_at < WAITS


def make(job: Job) -> None:
    """Raises OSError and DatabaseError."""
    state = Preview.NONE
    try:
        with working_directory() as directory:
            limits = conversion.limits(TaskKind.PREVIEW)
            conversion.convert_in_thread(Task(TaskKind.PREVIEW, "", str(job.source), str(directory), limits))
            put(main_path(directory, "jpg"), names.preview_name(job.stored))
            state = Preview.MADE
    except UploadRejected:
        pass
    finally:
        _end(job, state)


def _end(job: Job, state: Preview) -> None:
    job.source.unlink(missing_ok=True)
    Document.objects.filter(pk=job.id, preview=Preview.DUE).update(preview=state)


def _work(job: Job) -> None:
    try:
        make(job)
    except (AnyDatabaseError, OSError) as error:
        logger.error("No preview of a file could be made: %s", error)
    except Exception:
        logger.exception("No preview of a file could be made")
    finally:
        with suppress(AnyDatabaseError):
            close_old_connections()


_thread: TurnThread[Job] = TurnThread("im66-previews", _work)
