"""Immediate removal of files that nothing refers to, or only data of a leaving person."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from pytest_django import Settings

from accounts.models import User
from uploads.models import StoredFile
from uploads.pruning import remove_unclaimed

pytestmark = pytest.mark.django_db

STEMS = [letter * 32 for letter in "abc"]


def without_progress(rows: Iterable[Any], total: int) -> Iterable[Any]:
    return rows


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Settings) -> Path:
    local = {**settings.STORAGES["default"], "OPTIONS": {"location": tmp_path, "allow_overwrite": True}}
    settings.STORAGES = {**settings.STORAGES, "default": local}
    for stem in STEMS:
        put(f"{stem}-1x1.jpg")
    return tmp_path


def put(name: str) -> None:
    default_storage.save(name, ContentFile(b"content"))
    StoredFile.objects.update_or_create(stem=name[:32], defaults={"name": name})


def there(media: Path) -> set[str]:
    return {path.name for path in media.iterdir()}


def test_unreferenced_file_is_removed(media: Path) -> None:
    User.objects.create(pk="alice", avatar=f"/media/{STEMS[0]}-1x1.jpg")
    assert remove_unclaimed(STEMS[:2], without_progress) == 1
    assert there(media) == {f"{STEMS[0]}-1x1.jpg", f"{STEMS[2]}-1x1.jpg"}
    assert set(StoredFile.objects.values_list("pk", flat=True)) == {STEMS[0], STEMS[2]}


def test_reference_of_leaving_person_is_ignored(media: Path) -> None:
    User.objects.create(pk="alice", avatar=f"/media/{STEMS[0]}-1x1.jpg")
    for userid in ("alice", "bob"):
        User.objects.update_or_create(pk=userid, defaults={"avatar": f"/media/{STEMS[1]}-1x1.jpg"})
    User.objects.create(pk="charlie", avatar=f"/media/{STEMS[0]}-1x1.jpg")
    assert remove_unclaimed(STEMS[:2], without_progress, leaving="charlie") == 1
    assert f"{STEMS[1]}-1x1.jpg" in there(media)


def test_companion_files_are_removed(media: Path) -> None:
    default_storage.save(f"{STEMS[0]}.jpg", ContentFile(b"thumbnail"))
    remove_unclaimed(STEMS[:1], without_progress)
    assert not any(name.startswith(STEMS[0]) for name in there(media))


def test_file_without_a_row_is_removed(media: Path) -> None:
    StoredFile.objects.filter(pk=STEMS[0]).delete()
    assert remove_unclaimed(STEMS[:1], without_progress) == 1
    assert len(there(media)) == 2


def test_removing_no_files_reads_nothing(media: Path) -> None:
    def never(rows: Iterable[Any], total: int) -> Iterable[Any]:
        raise AssertionError

    assert remove_unclaimed([], never) == 0
