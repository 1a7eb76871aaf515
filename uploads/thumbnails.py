"""Makes the thumbnails of pictures that have none: pictures sent in messages, pictures stored before
thumbnails existed, and pictures from other hosts.

For threads outside an event loop. Each thumbnail is made once, in its own child process, so that one that
fails does not affect the others.
"""

import hashlib
import shutil
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage

from uploads import attempts, conversion, names
from uploads.services import put, remember, working_directory
from uploads.worker import sniffing
from uploads.worker.tasks import Reason, Task, TaskKind, UploadRejected, main_path
from uploads.worker.texts import MessageTemplate


def of_stored(name: str) -> str:
    """The name of a stored picture's thumbnail, which is made if it does not exist. Raises UploadRejected,
    and the errors of the storage and the database."""
    thumbnail = names.thumbnail_name(name)
    if not default_storage.exists(thumbnail):
        with working_directory() as directory:
            source = directory / "source"
            with default_storage.open(name) as stored, source.open("wb") as copy:
                shutil.copyfileobj(stored, copy)
            _make(source, thumbnail, directory)
    return thumbnail


def of_file(path: Path) -> str:
    """As `of_stored`, for a picture that is not stored."""
    stem = names.stem(settings.SECRET_KEY, TaskKind.THUMBNAIL, hashlib.sha256(path.read_bytes()).digest())
    thumbnail = names.plain_name(stem)
    if not default_storage.exists(thumbnail):
        with working_directory() as directory:
            _make(path, thumbnail, directory)
        remember(stem, thumbnail)
    return thumbnail


def _make(source: Path, thumbnail: str, directory: Path) -> None:
    limits = conversion.limits(TaskKind.THUMBNAIL)
    with attempts.once(TaskKind.THUMBNAIL, thumbnail, limits):
        task = Task(TaskKind.THUMBNAIL, _format(source), str(source), str(directory), limits)
        made = conversion.convert_in_thread(task)
        put(main_path(directory, made.extension), thumbnail)


def _format(source: Path) -> sniffing.Format:
    with source.open("rb") as file:
        format_ = sniffing.sniff(file.read(sniffing.HEAD))
    if not format_ or format_ not in sniffing.PICTURES:
        raise UploadRejected(Reason.UNSUPPORTED, MessageTemplate.UNSUPPORTED)
    return format_
