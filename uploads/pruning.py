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
from uploads.references import Progress, claimed


def unused(before: datetime, progress: Progress) -> list[str]:
    """The names of the files that nothing refers to and whose names were not given out since `before`: files
    whose row no app claims, and files without a row."""
    candidates = frozenset(StoredFile.objects.filter(used_at__lt=before).values_list("stem", flat=True))
    rows = StoredFile.objects.filter(used_at__lt=before).order_by("stem")
    return [*_names(rows, candidates - claimed(candidates, progress)), *_without_row(before)]


def remove_unclaimed(stems: Collection[str], progress: Progress, leaving: str = "") -> int:
    """Remove those of these files to which nothing refers except data of the person `leaving`. Returns how
    many."""
    before = timezone.now()
    candidates = frozenset(stems)
    if not candidates:
        return 0
    unclaimed = candidates - claimed(candidates, progress, leaving)
    stored = _names(StoredFile.objects.order_by("stem"), unclaimed)
    # Of some only the row is gone, where this was cut off before.
    left = (name for name in _without_row(before) if names.stem_of(name) in unclaimed)
    return sum(remove(name, before) for name in [*stored, *left])


def number_stored(stems: Collection[str]) -> int:
    """How many files have such a name: of texts, not all that looks like one does."""
    return sum(1 for _ in _names(StoredFile.objects.order_by("stem"), frozenset(stems)))


def remove_without_row() -> None:
    """Remove the files that have no row, however new they are."""
    for name in list(_without_row(timezone.now())):
        default_storage.delete(name)


def remove(name: str, before: datetime) -> bool:
    """Remove a file and its row, unless it was used after `before`, even if that happens while this runs."""
    row = StoredFile.objects.filter(name=name)
    # The row goes first: an upload of the same content that finds no row makes the file again.
    if row.exists() and not row.filter(used_at__lt=before).delete()[0]:
        return False
    Document.objects.filter(stored=name).delete()
    for unused_name in [*names.companions(name), name]:
        default_storage.delete(unused_name)
    return True


def remove_abandoned(before: datetime) -> None:
    """Remove what interrupted conversions and uploads left behind."""
    for path in Path(settings.FILE_UPLOAD_TEMP_DIR).iterdir():
        if path.stat().st_mtime < before.timestamp():
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def forget_failures(before: datetime) -> None:
    """Forget failures from before that time, so that those files are tried again."""
    FailedAttempt.objects.filter(failed_at__lt=before).delete()


def of_avatars(_progress: Progress, leaving: str) -> Iterator[str]:
    """The files that are people's pictures."""
    people = User.objects.exclude(avatar="").exclude(pk=leaving)
    for avatar in people.values_list("avatar", flat=True).iterator():
        yield from names.stems_in(avatar)


def _names(rows: Any, stems: frozenset[str]) -> Iterator[str]:
    for stem, name in rows.values_list("stem", "name").iterator():
        if stem in stems:
            yield name


def _without_row(before: datetime) -> Iterator[str]:
    known = set(StoredFile.objects.values_list("stem", flat=True))
    for name in _all_names():
        if not names.is_stored_name(name) or names.stem_of(name) in known:
            continue
        if _is_older(name, before):
            yield name


def _is_older(name: str, before: datetime) -> bool:
    """False if it has gone meanwhile: another process may remove files too."""
    try:
        return default_storage.get_modified_time(name) < before
    except Exception:  # each storage raises another one
        if default_storage.exists(name):
            raise
        return False


def _all_names() -> list[str]:
    """Of what is stored, sorted."""
    try:
        return sorted(default_storage.listdir("")[1])
    except FileNotFoundError:  # a folder is made with its first file
        return []
