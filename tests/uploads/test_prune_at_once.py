"""Concurrent pruning by two processes."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import FileSystemStorage
from django.utils import timezone
from pytest_django import Settings

from uploads import pruning

# Files without a row, with names that the storage would give them.
FIRST, SECOND = f"{'a' * 32}-3.mp3", f"{'b' * 32}-3.mp3"
LATER = timezone.now() + timedelta(days=1)


@pytest.fixture(autouse=True)
def media(db: None, tmp_path: Path, settings: Settings) -> Path:
    local = {**settings.STORAGES["default"], "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = {**settings.STORAGES, "default": local}
    for name in (FIRST, SECOND):
        (tmp_path / name).write_bytes(b"voice")
    return tmp_path


def test_prune_skips_files_removed_meanwhile(media: Path) -> None:
    names = iter(pruning._files_without_row(LATER))
    assert next(names) == FIRST
    (media / SECOND).unlink()
    assert list(names) == []


def test_prune_raises_on_unreadable_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_storage: FileSystemStorage, name: str) -> None:
        raise PermissionError(13, "Permission denied", name)

    monkeypatch.setattr(FileSystemStorage, "get_modified_time", fail)
    with pytest.raises(PermissionError):
        list(pruning._files_without_row(LATER))
