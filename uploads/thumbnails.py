"""The thumbnails of pictures that came in without one: in a message, or before there were any, or elsewhere.

For threads outside an event loop. Each is made once, in a child of its own, so that one that cannot be made
costs nobody else's.
"""

import hashlib
import shutil
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage

from uploads import attempts, conversion, names
from uploads.services import put, remember, working_directory
from uploads.worker import sniffing
from uploads.worker.tasks import Kind, Reason, Refused, Task, main_path


def of_stored(name: str) -> str:
    """The name of a stored picture's thumbnail, which is there then. Raises Refused, and what the storage and
    the database raise."""
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
    stem = names.stem(settings.SECRET_KEY, Kind.THUMBNAIL, hashlib.sha256(path.read_bytes()).digest())
    thumbnail = names.plain_name(stem)
    if not default_storage.exists(thumbnail):
        with working_directory() as directory:
            _make(path, thumbnail, directory)
        remember(stem, thumbnail)
    return thumbnail


def _make(source: Path, thumbnail: str, directory: Path) -> None:
    limits = conversion.limits(Kind.THUMBNAIL)
    with attempts.once(Kind.THUMBNAIL, thumbnail, limits):
        task = Task(Kind.THUMBNAIL, _format(source), str(source), str(directory), limits)
        made = conversion.convert_in_thread(task)
        put(main_path(directory, made.extension), thumbnail)


def _format(source: Path) -> sniffing.Format:
    with source.open("rb") as file:
        format_ = sniffing.sniff(file.read(sniffing.HEAD))
    if not format_ or format_ not in sniffing.PICTURES:
        raise Refused(Reason.UNSUPPORTED, "This type of file is not supported.")
    return format_
