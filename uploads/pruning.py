"""Removing media that nothing refers to."""

import shutil
from collections.abc import Collection, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts.models import User
from uploads import names
from uploads.models import Document, FailedAttempt, StoredFile
from uploads.references import Progress, referenced_stems


def unused_names(before: datetime, progress: Progress) -> list[str]:
    """Return the names of unreferenced files whose names were not given out since `before`.

    These are the files whose row no app claims, and the files without a row.
    """
    candidates = frozenset(StoredFile.objects.filter(used_at__lt=before).values_list("stem", flat=True))
    rows = StoredFile.objects.filter(used_at__lt=before).order_by("stem")
    return [
        *_names_of(rows, candidates - referenced_stems(candidates, progress)),
        *_files_without_row(before),
    ]


def remove_unclaimed(stems: Collection[str], progress: Progress, leaving: str = "") -> int:
    """Remove the given files unless something refers to them. Return the number of removed files.

    Data of the person `leaving` does not count as a reference.
    """
    before = timezone.now()
    candidates = frozenset(stems)
    if not candidates:
        return 0
    unclaimed = candidates - referenced_stems(candidates, progress, leaving)
    stored = _names_of(StoredFile.objects.order_by("stem"), unclaimed)
    # An interrupted earlier run may have removed only the row of a file.
    left = (name for name in _files_without_row(before) if names.stem_of(name) in unclaimed)
    return sum(remove(name, before) for name in [*stored, *left])


def count_stored(stems: Collection[str]) -> int:
    """Return the number of the stems that belong to a stored file. Stems found in texts may be other
    words."""
    return sum(1 for _ in _names_of(StoredFile.objects.order_by("stem"), frozenset(stems)))


def remove_files_without_row() -> None:
    """Remove all files that have no row, regardless of their age."""
    for name in list(_files_without_row(timezone.now())):
        default_storage.delete(name)


def remove(name: str, before: datetime) -> bool:
    """Remove a file and its row unless it was used after `before`. Return whether it was removed.

    A use while this runs also keeps the file.
    """
    row = StoredFile.objects.filter(name=name)
    # The row goes first: an upload of the same content that finds no row makes the file again.
    if row.exists() and not row.filter(used_at__lt=before).delete()[0]:
        return False
    Document.objects.filter(stored=name).delete()
    for unused_name in [*names.companion_names(name), name]:
        default_storage.delete(unused_name)
    return True


def remove_abandoned(before: datetime) -> None:
    """Remove temporary files that interrupted conversions and uploads left before that time."""
    for path in Path(settings.FILE_UPLOAD_TEMP_DIR).iterdir():
        if path.stat().st_mtime < before.timestamp():
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def forget_failures(before: datetime) -> None:
    """Forget failed conversions from before that time, so that these files are accepted for another try."""
    FailedAttempt.objects.filter(failed_at__lt=before).delete()


def stems_in_avatars(_progress: Progress, leaving: str) -> Iterator[str]:
    """Yield the stems of the files that are avatars. See `uploads.references`."""
    people = User.objects.exclude(avatar="").exclude(pk=leaving)
    for avatar in people.values_list("avatar", flat=True).iterator():
        yield from names.stems_in(avatar)


def _names_of(rows: Any, stems: frozenset[str]) -> Iterator[str]:
    for stem, name in rows.values_list("stem", "name").iterator():
        if stem in stems:
            yield name


def _files_without_row(before: datetime) -> Iterator[str]:
    known = set(StoredFile.objects.values_list("stem", flat=True))
    for name in _all_names():
        if not names.is_stored_name(name) or names.stem_of(name) in known:
            continue
        if _is_older(name, before):
            yield name


def _is_older(name: str, before: datetime) -> bool:
    """Return whether the file is older. False if another process has removed it meanwhile."""
    try:
        return default_storage.get_modified_time(name) < before
    except Exception:  # each storage raises a different one
        if default_storage.exists(name):
            raise
        return False


def _all_names() -> list[str]:
    """Return the names of all files in the storage, sorted."""
    try:
        return sorted(default_storage.listdir("")[1])
    except FileNotFoundError:  # a folder is made with its first file
        return []
