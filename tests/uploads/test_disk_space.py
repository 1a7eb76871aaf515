"""Watching the free space of a disk, and reserving it while files are written."""

import logging
import os
from pathlib import Path
from types import SimpleNamespace

import pytest
from pytest_django import Settings

from tests.support.settings import override
from uploads.disk_space import DiskSpace, NoSpace, Quota, TooLarge, reserving

MEGABYTE = 1024 * 1024


class Disk:
    """A simulated disk with a settable amount of free space."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.free = 0
        self.is_there = True
        self._folder = folder
        self._of_others = os.statvfs
        monkeypatch.setattr(os, "statvfs", self._state)

    def _state(self, folder: Path) -> SimpleNamespace | os.statvfs_result:
        # The process may watch its own disks meanwhile.
        if folder != self._folder:
            return self._of_others(folder)
        if not self.is_there:
            raise FileNotFoundError(folder)
        return SimpleNamespace(f_bavail=self.free, f_frsize=MEGABYTE)


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(tmp_path, monkeypatch)


def looks(disk: Disk, room: DiskSpace, *free: int) -> list[bool]:
    """Poll with each of these numbers of free megabytes, and return whether space was short."""
    shortages = []
    for disk.free in free:
        room.poll()
        shortages.append(room.is_short)
    return shortages


def test_disk_space_has_hysteresis(disk: Disk, tmp_path: Path) -> None:
    room = DiskSpace(tmp_path, 100 * MEGABYTE, "messages")

    assert not room.is_short
    assert looks(disk, room, 100, 99, 200, 5) == [False, True, False, True]


def test_disk_shortage_is_logged_once(disk: Disk, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "uploads")
    room = DiskSpace(tmp_path, 100 * MEGABYTE, "messages")

    looks(disk, room, 500, 50, 40, 30, 500, 600)

    assert caplog.messages == [
        "Less than 100 MB are free: messages are refused.",
        "There is room again: messages are taken.",
    ]


def test_disk_space_near_limit_is_not_logged_again(
    disk: Disk, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    room = DiskSpace(tmp_path, 100 * MEGABYTE, "messages")

    assert looks(disk, room, 99, 101, 99, 109, 110) == [True, True, True, True, False]
    assert len(caplog.messages) == 2


def test_disabled_disk_reserve_reports_nothing(disk: Disk, tmp_path: Path) -> None:
    assert looks(disk, DiskSpace(tmp_path, 0, "messages"), 0) == [False]


def test_unreadable_disk_keeps_its_last_state(disk: Disk, tmp_path: Path) -> None:
    room = DiskSpace(tmp_path, 100 * MEGABYTE, "messages")
    looks(disk, room, 50)

    disk.is_there = False

    assert looks(disk, room, 500) == [True]


class TestWriter:
    """Code that writes a file into a folder on the server's disk."""

    def write(self, path: Path, megabytes: int, quota: Quota) -> None:
        with path.open("w+b") as there, reserving(os.dup(there.fileno()), quota) as file:
            for _ in range(megabytes):
                file.write(b"x" * MEGABYTE)

    def test_stops_at_the_reserved_disk_space(self, disk: Disk, tmp_path: Path, settings: Settings) -> None:
        override(settings, min_free_mb=100, data_dir=tmp_path)
        disk.free = 204  # as it stays, for the file is not on this disk
        path = tmp_path / "written"

        self.write(path, 4, Quota(tmp_path))
        disk.free = 200
        with pytest.raises(NoSpace) as stopped:
            self.write(path, 1, Quota(tmp_path))

        assert stopped.value.needed == MEGABYTE
        assert path.stat().st_size == 0

    def test_backup_may_fill_a_disk_of_its_own(
        self, disk: Disk, tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        override(settings, min_free_mb=100, data_dir=Path("/proc"))
        settings.FILE_UPLOAD_TEMP_DIR = "/proc"
        disk.free = 4

        self.write(tmp_path / "written", 4, Quota(tmp_path))

    def test_respects_the_size_of_other_files_in_the_folder(
        self, disk: Disk, tmp_path: Path, settings: Settings
    ) -> None:
        override(settings, data_dir=tmp_path)
        disk.free = 10_000
        quota = Quota(tmp_path, max_bytes=5 * MEGABYTE)
        self.write(tmp_path / "first", 3, quota)

        with pytest.raises(NoSpace) as stopped:
            self.write(tmp_path / "second", 3, quota)
        with pytest.raises(TooLarge):
            quota.require(6 * MEGABYTE)

        assert not isinstance(stopped.value, TooLarge)
        assert (tmp_path / "second").stat().st_size == 2 * MEGABYTE
