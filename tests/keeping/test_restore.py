"""A backup makes an empty place what another one was, or leaves one that nobody serves."""

import hashlib
import io
import json
import re
import tarfile
from pathlib import Path
from typing import Any

import pytest

from tests.keeping.places import Place

pytestmark = pytest.mark.slow

MAKE = """
from accounts.models import User
from chat.delivery.cluster.installation import log_name
from chat.models import NewestLogin
from django.contrib.sessions.backends.db import SessionStore
User.objects.create(pk='alice')
NewestLogin.objects.create(user_id='alice', number=1, process='p', previous='')
SessionStore().create()
print(log_name())
"""
LOG_NAME = "from chat.delivery.cluster.installation import log_name; print(log_name())"
LEFT = ("django_session", "chat_newestlogin", "chat_installation")
VOICE = f"{'a' * 32}-3.mp3"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = Place(tmp_path_factory.mktemp("original"))
    place.prepare()
    place.media.mkdir()
    (place.media / VOICE).write_bytes(b"voice" * 1000)
    return place


@pytest.fixture(scope="module")
def log_name(original: Place) -> str:
    return original.run_python(MAKE)


@pytest.fixture(scope="module")
def backup(original: Place, log_name: str) -> str:
    path = original.data_dir / "backup.tar"
    assert "is whole" in original.manage("backup", str(path))
    return str(path)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "place")


def test_restored_installation_equals_the_original(
    original: Place, place: Place, backup: str, log_name: str
) -> None:
    assert "Restored" in place.manage("restore", backup)
    place.manage("migrate", "--check")
    assert place.query("SELECT userid FROM accounts_user") == [("alice",)]
    assert (place.media / VOICE).read_bytes() == (original.media / VOICE).read_bytes()
    assert [place.count(table) for table in LEFT] == [0, 0, 0]
    assert [original.count(table) for table in LEFT] == [1, 1, 1]
    assert place.run_python(LOG_NAME) != log_name
    assert "is not empty" in place.refuses("restore", backup)


def test_restore_into_folder_with_media_is_refused(place: Place, backup: str) -> None:
    place.media.mkdir(parents=True)
    (place.media / "mine.jpg").write_bytes(b"mine")
    assert f"{place.media} is not empty" in place.refuses("restore", backup)


def test_restored_backup_of_earlier_version_is_migrated(tmp_path: Path, place: Place) -> None:
    earlier = Place(tmp_path)
    earlier.prepare()
    earlier.manage("migrate", "-v0", "sessions", "zero")
    path = str(tmp_path / "earlier.tar")
    earlier.manage("backup", path)
    place.manage("restore", path)
    place.manage("migrate", "--check")
    assert place.count("django_session") == 0


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"migrations": ["chat.0001_initial", "chat.9999_later"]}, "newer version of im66, .*9999_later"),
        ({"database": "postgresql"}, "on postgresql, and this one is on sqlite"),
        ({"format": 2}, "another form"),
    ],
)
def test_incompatible_backup_is_refused(
    place: Place, backup: str, tmp_path: Path, changed: dict[str, Any], why: str
) -> None:
    other = str(tmp_path / "other.tar")
    _change(backup, other, changed)
    assert re.search(why, place.refuses("restore", other))
    assert not place.media.exists()


def test_damaged_backup_restores_nothing(place: Place, backup: str, tmp_path: Path) -> None:
    other = tmp_path / "other.tar"
    other.write_bytes(Path(backup).read_bytes()[:-20_000])
    assert "cut off" in place.refuses("restore", str(other))
    place.manage("restore", backup)


@pytest.mark.parametrize("function", ["sqlite.load", "restoring._finish"])
def test_interrupted_restore_blocks_serving_until_repeated(place: Place, backup: str, function: str) -> None:
    place.dies_in(f"keeping.backups.{function}", "restore", backup)
    assert "has not finished" in place.refuses("serve", "--port", "0")
    place.manage("restore", backup)
    place.manage("migrate", "--check")
    assert (place.media / VOICE).stat().st_size == 5000


def test_unfinished_restore_refuses_backup_and_other_restore(
    place: Place, backup: str, tmp_path: Path
) -> None:
    other = str(tmp_path / "other.tar")
    _change(backup, other, {"version": "0.0.0"})
    place.dies_in("keeping.backups.sqlite.load", "restore", backup)
    assert "another backup" in place.refuses("restore", other)
    assert "has not finished" in place.refuses("migrate", code=1)
    assert "has not finished" in place.refuses("backup", str(tmp_path / "mine.tar"))


@pytest.mark.parametrize(("part", "has_tables"), [("database", False), (f"media/{VOICE}", True)])
def test_backup_changed_after_verification_is_not_restored(
    place: Place, backup: str, tmp_path: Path, part: str, has_tables: bool
) -> None:
    file, changed = tmp_path / "backup.tar", tmp_path / "changed.tar"
    content = bytearray(Path(backup).read_bytes())
    file.write_bytes(content)
    with tarfile.open(backup) as tar:
        head = tar.getmember(part)
    content[head.offset_data + head.size - 1] ^= 1
    changed.write_bytes(content)
    output = place.refuses_what_changes_in(
        "keeping.backups.restoring._begin", file, changed, "restore", str(file)
    )
    assert "changed since it was verified" in output
    assert "has not finished" in place.refuses("serve", "--port", "0")
    tables = place.query("SELECT name FROM sqlite_master WHERE name = 'accounts_user'")
    assert bool(tables) == has_tables


def _change(backup: str, target: str, changed: dict[str, Any]) -> None:
    """Write the backup with another manifest."""
    with tarfile.open(backup) as tar, tarfile.open(target, "w") as other:
        manifest = _content(tar, "manifest.json") | changed
        replaced = {"manifest.json": json.dumps(manifest).encode()}
        digest = hashlib.sha256(replaced["manifest.json"]).hexdigest()
        seal = _content(tar, "seal.json") | {"manifest_sha256": digest}
        replaced["seal.json"] = json.dumps(seal).encode()
        for head in tar.getmembers():
            content = tar.extractfile(head)
            if head.name in replaced:
                head.size, content = len(replaced[head.name]), io.BytesIO(replaced[head.name])
            other.addfile(head, content)


def _content(tar: tarfile.TarFile, name: str) -> dict[str, Any]:
    content = tar.extractfile(name)
    assert content
    content_: dict[str, Any] = json.load(content)
    return content_
