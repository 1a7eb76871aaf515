"""SQLite is copied as it was at one moment, while others write."""

import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import IO

import pytest
from django.db import connection

from accounts.models import User
from keeping.backups import files, making, sqlite
from keeping.backups.progress import Advance
from keeping.errors import MaintenanceRefused
from log.models import Group

if connection.vendor != "sqlite":
    pytest.skip("needs SQLite", allow_module_level=True)

_numbers = count()


@contextmanager
def _meanwhile(what: str, _total: int | None) -> Iterator[Advance]:
    """Somebody signs up after each piece of the database."""

    def advance(_bytes: int) -> None:
        if what == "database":
            User.objects.create(pk=f"late{next(_numbers)}")

    yield advance


def test_backup_excludes_rows_written_meanwhile(
    tmp_path: Path, place: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "_PAGES", 20)
    before = User.objects.count()
    made = making.back_up(tmp_path / "backup.tar", "1.2.3", _meanwhile)
    assert User.objects.count() > before + 3
    assert made.manifest.rows["accounts_user"] == before
    assert _people_in(tmp_path / "backup.tar", tmp_path) == before


def _people_in(backup: Path, folder: Path) -> int:
    with tarfile.open(backup) as tar:
        tar.extract("database", folder, filter="data")
    with closing(sqlite3.connect(folder / "database")) as copy:
        return int(copy.execute("SELECT count(*) FROM accounts_user").fetchone()[0])


class TestTwoAtOnce:
    @pytest.fixture
    def database(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        path = tmp_path / "im66.sqlite3"
        here = SimpleNamespace(settings_dict={"NAME": str(path)}, close=lambda: None)
        monkeypatch.setattr(sqlite, "connection", here)
        return path

    @pytest.fixture
    def content(self, tmp_path: Path) -> bytes:
        with closing(sqlite3.connect(tmp_path / "other")) as other:
            other.execute("CREATE TABLE letters (letter)")
        return (tmp_path / "other").read_bytes()

    def test_second_concurrent_load_is_refused(self, database: Path, content: bytes) -> None:
        def first() -> Iterator[bytes]:
            yield content[:1000]
            with pytest.raises(MaintenanceRefused, match="Another process is at work"):
                sqlite.load([b"something else"], "second")
            yield content[1000:]

        sqlite.load(first(), "first")
        with closing(sqlite3.connect(database)) as loaded:
            assert loaded.execute("SELECT count(*) FROM letters").fetchone() == (0,)

    def test_load_replaces_partial_file_of_killed_process(self, database: Path, content: bytes) -> None:
        database.with_name("im66.sqlite3.restoring").write_bytes(b"x" * 100_000)
        sqlite.load([content], "backup")
        with closing(sqlite3.connect(database)) as loaded:
            assert loaded.execute("PRAGMA quick_check").fetchone() == ("ok",)

    def test_load_waiting_for_lock_keeps_finished_database(
        self, database: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It has opened the file before the first load has renamed it."""
        lock, others = files.lock, [lambda: sqlite.load([content], "first")]

        def lock_late(file: IO[bytes], name: str) -> None:
            if others:
                others.pop()()
            lock(file, name)

        monkeypatch.setattr(files, "lock", lock_late)
        with pytest.raises(MaintenanceRefused, match="Another process is at work"):
            sqlite.load([b"something else"], "second")
        with closing(sqlite3.connect(database)) as loaded:
            assert loaded.execute("PRAGMA quick_check").fetchone() == ("ok",)
