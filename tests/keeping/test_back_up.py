"""A backup is one file, whole or not there."""

import io
import os
import stat
import tarfile
import time
from pathlib import Path

import pytest
from pytest_django import Settings

from accounts.figures import ALONE
from accounts.models import User
from keeping.backups import media
from keeping.backups.archive import CHUNK, ObservedReader
from keeping.backups.files import own_file
from keeping.backups.latest import BEGAN, COPIED, FAILED, LATEST
from keeping.errors import MaintenanceRefused
from log.models import Group
from tests.keeping.conftest import PICTURE, VOICE, back_up, verify
from tests.support.settings import override
from uploads.disk_space import NoSpace


@pytest.fixture
def target(tmp_path: Path, place: Group) -> Path:
    return tmp_path / "backup.tar"


def test_backup_command_reports_rows_and_media(target: Path) -> None:
    made = back_up(target)
    assert made == verify(target)
    assert made.manifest.version == "1.2.3"
    assert made.manifest.rows["accounts_user"] == User.objects.count()
    assert made.seal.media_files == 2


def test_last_backup_metric_is_set_by_success_only(target: Path, settings: Settings) -> None:
    override(settings, data_dir=target.parent)
    assert LATEST.read() == {}
    back_up(target)
    (made,) = LATEST.read().values()
    assert made == pytest.approx(time.time(), abs=60)
    with pytest.raises(MaintenanceRefused):
        back_up(target)
    assert LATEST.read() == {ALONE: made}


def test_nightly_backup_failure_and_times_are_metrics(settings: Settings, tmp_path: Path) -> None:
    override(settings, data_dir=tmp_path)
    assert FAILED.read() == {ALONE: 0.0}
    (tmp_path / ".backup-failed").touch()
    assert FAILED.read() == {ALONE: 1.0}
    assert BEGAN.read() == COPIED.read() == {}
    for name in (".backup-began", ".last-copy"):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (5, 5))
    assert BEGAN.read() == COPIED.read() == {ALONE: 5.0}


def test_backup_is_a_plain_tar_file(target: Path) -> None:
    back_up(target)
    with tarfile.open(target) as tar:
        first, second, *media, last = tar.getnames()
    assert (first, second, last) == ("manifest.json", "database", "seal.json")
    assert set(media) == {f"media/{VOICE}", f"media/{PICTURE}"}


def test_backup_file_is_readable_by_owner_only(target: Path) -> None:
    back_up(target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_backup_leaves_no_temporary_files(target: Path) -> None:
    before = set(target.parent.iterdir())
    back_up(target)
    assert set(target.parent.iterdir()) == before | {target}


def test_backup_overwrites_no_file(target: Path) -> None:
    target.write_text("last night's")
    with pytest.raises(MaintenanceRefused, match="there already"):
        back_up(target)
    assert target.read_text() == "last night's"


def test_backup_replaces_partial_files_of_killed_process(target: Path) -> None:
    for name in ("backup.tar.partial", "backup.tar.partial-database"):
        (target.parent / name).write_bytes(b"half" * CHUNK)
    back_up(target)
    assert verify(target)
    assert not list(target.parent.glob("*partial*"))


def test_second_simultaneous_backup_is_refused(target: Path) -> None:
    with (
        own_file(target.with_name("backup.tar.partial")),
        pytest.raises(MaintenanceRefused, match="Another process"),
    ):
        back_up(target)


def test_unreadable_media_file_fails_backup_and_is_named(
    target: Path, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (media / PICTURE).unlink()
    monkeypatch.setattr("keeping.backups.media.ObservedReader", _Unreadable)
    with pytest.raises(MaintenanceRefused, match=rf"{VOICE} cannot be copied: Input/output error"):
        back_up(target)
    assert not list(target.parent.glob("backup.tar*"))


def test_media_file_removed_during_backup_is_left_out(
    target: Path, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = [str(media / VOICE), str(media / PICTURE), str(media / "removed.jpg")]
    monkeypatch.setattr("keeping.backups.media._files", lambda: iter(there))
    assert back_up(target).seal.media_files == 2


def test_backup_without_disk_space_is_refused_before_writing(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "size", lambda: 2**60)
    with pytest.raises(MaintenanceRefused, match="not enough room"):
        back_up(target)
    assert not list(target.parent.glob("backup.tar*"))


def test_backup_respects_the_reserved_disk_space(
    target: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    override(settings, min_free_mb=2**31)
    with pytest.raises(MaintenanceRefused, match="not enough room"):
        back_up(target)
    # Also where others have used the space meanwhile.
    monkeypatch.setattr("keeping.backups.making._require_room", lambda _: None)
    with pytest.raises(NoSpace):
        back_up(target)
    assert not list(target.parent.glob("backup.tar*"))


def test_backup_without_media_in_a_bucket_says_so(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "elsewhere", lambda: "the bucket media")
    made = back_up(target)
    assert (made.manifest.media_elsewhere, made.seal.media_files) == ("the bucket media", 0)


class TestDamage:
    """None goes unnoticed."""

    @pytest.mark.parametrize("part", ["manifest.json", "database", f"media/{PICTURE}", "seal.json"])
    def test_verification_finds_a_flipped_byte(self, target: Path, part: str) -> None:
        back_up(target)
        with tarfile.open(target) as tar:
            place = tar.getmember(part).offset_data + 40
        content = bytearray(target.read_bytes())
        content[place] ^= 1
        target.write_bytes(content)
        with pytest.raises(MaintenanceRefused):
            verify(target)

    @pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.98])
    def test_verification_finds_a_truncated_file(self, target: Path, share: float) -> None:
        back_up(target)
        content = target.read_bytes()
        target.write_bytes(content[: int(share * len(content))])
        with pytest.raises(MaintenanceRefused):
            verify(target)

    def test_verification_finds_a_missing_file(self, target: Path) -> None:
        back_up(target)
        shorter = target.with_name("shorter.tar")
        with tarfile.open(target) as tar, tarfile.open(shorter, "w") as other:
            for head in tar:
                if head.name != f"media/{VOICE}":
                    other.addfile(head, tar.extractfile(head))
        with pytest.raises(MaintenanceRefused, match="media"):
            verify(shorter)


class TestAdded:
    """What somebody has added to a backup is noticed before anything of it is used."""

    def test_verification_finds_files_after_the_seal(self, target: Path) -> None:
        back_up(target)
        with tarfile.open(target, "a") as tar:
            tar.addfile(_head("media/late.jpg", 4), io.BytesIO(b"late"))
        with pytest.raises(MaintenanceRefused, match="behind its end"):
            verify(target)

    def test_verification_finds_a_second_database(self, target: Path) -> None:
        back_up(target)
        other = target.with_name("other.tar")
        with tarfile.open(target) as tar, tarfile.open(other, "w") as changed:
            for head in tar:
                if head.name == "seal.json":
                    changed.addfile(_head("database", 4), io.BytesIO(b"mine"))
                changed.addfile(head, tar.extractfile(head))
        with pytest.raises(MaintenanceRefused, match="a second database"):
            verify(other)


class TestHeads:
    """Heads that no backup has are refused in one sentence, however large they say that their parts are."""

    @pytest.mark.parametrize(
        "records",
        [
            {"mtime": "nan"},
            {"mtime": "inf"},
            {"mtime": "1e30"},
            {"size": "-512"},
            {"size": "9" * 30},
            {"GNU.sparse.map": "0,1,z"},
        ],
    )
    def test_tar_header_with_invalid_number_is_refused(self, target: Path, records: dict[str, str]) -> None:
        with tarfile.open(target, "w", format=tarfile.PAX_FORMAT) as tar:
            tar.addfile(_head("manifest.json", 1, records), io.BytesIO(b"{"))
        with pytest.raises(MaintenanceRefused):
            verify(target)

    def test_tar_header_of_sparse_file_is_refused(self, target: Path) -> None:
        records = {"major": "1", "minor": "0", "name": "manifest.json", "realsize": "9999"}
        pax = {f"GNU.sparse.{key}": value for key, value in records.items()}
        content = b"1\n0\n0\n".ljust(tarfile.BLOCKSIZE, b"\0")
        with tarfile.open(target, "w", format=tarfile.PAX_FORMAT) as tar:
            tar.addfile(_head("manifest.json", len(content), pax), io.BytesIO(content))
        with pytest.raises(MaintenanceRefused, match="is in it"):
            verify(target)

    def test_verification_refuses_an_oversized_manifest(self, target: Path) -> None:
        with tarfile.open(target, "w") as tar:
            tar.addfile(_head("manifest.json", CHUNK + 1), io.BytesIO(b" " * (CHUNK + 1)))
        with pytest.raises(MaintenanceRefused, match="too large"):
            verify(target)


def _head(name: str, size: int, records: dict[str, str] | None = None) -> tarfile.TarInfo:
    head = tarfile.TarInfo(name)
    head.size, head.pax_headers = size, records or {}
    return head


@pytest.mark.parametrize("name", ["media/../../evil", "media//etc/passwd", "/etc/passwd", "media/", "else"])
def test_verification_refuses_paths_outside_media(target: Path, name: str) -> None:
    back_up(target)
    other = target.with_name("other.tar")
    with tarfile.open(target) as tar, tarfile.open(other, "w") as changed:
        for head in tar:
            content = tar.extractfile(head)
            if head.name.startswith("media/"):
                head.name = name
            changed.addfile(head, content)
    with pytest.raises(MaintenanceRefused, match="is in it"):
        verify(other)


class _Unreadable(ObservedReader):
    def read(self, size: int = -1) -> bytes:
        raise OSError(5, "Input/output error")
