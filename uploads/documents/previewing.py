"""Makes pictures of files, of the first pages of PDFs. A file can be sent before its picture is there, and
then goes without: whoever sends it waits some seconds at most."""

import logging
import queue
import threading
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.db import Error as AnyDatabaseError
from django.db import close_old_connections
from django.utils import timezone

from uploads import conversion, names
from uploads.documents import naming, parts
from uploads.models import Document
from uploads.services import put, working_directory
from uploads.worker.tasks import Kind, Task, UploadRejected, main_path

logger = logging.getLogger(__name__)

Preview = Document.Preview
WAITS = timedelta(seconds=5)
# More files than that wait for no picture.
MAX_WAITING = 50
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
    if naming.extension(document.name) != _EXTENSION or _jobs.qsize() >= MAX_WAITING:
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


def begin(id_: str, stored: str, source: Path) -> None:
    """Make the picture of the file. Returns at once."""
    _jobs.put(Job(id_, stored, source))
    with _lock:
        if not _threads:
            _threads.append(threading.Thread(target=_work, name="im66-previews", daemon=True))
            _threads[0].start()


def is_awaited(document: Document) -> bool:
    """Whether the picture may be there in a moment."""
    return document.preview == Preview.DUE and timezone.now() - document.touched_at < WAITS


def make(job: Job) -> None:
    """Raises OSError and DatabaseError."""
    state = Preview.NONE
    try:
        with working_directory() as directory:
            limits = conversion.limits(Kind.PREVIEW)
            conversion.convert_in_thread(Task(Kind.PREVIEW, "", str(job.source), str(directory), limits))
            put(main_path(directory, "jpg"), names.preview_name(job.stored))
            state = Preview.MADE
    except UploadRejected:
        pass
    finally:
        job.source.unlink(missing_ok=True)
        Document.objects.filter(pk=job.id, preview=Preview.DUE).update(preview=state)


def _work() -> None:
    while True:
        job = _jobs.get()
        try:
            make(job)
        except (AnyDatabaseError, OSError) as error:
            logger.error("No preview of a file could be made: %s", error)
        finally:
            with suppress(AnyDatabaseError):
                close_old_connections()


_jobs: "queue.SimpleQueue[Job]" = queue.SimpleQueue()
_threads: list[threading.Thread] = []
_lock = threading.Lock()
