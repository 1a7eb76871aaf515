"""SQLite is copied as it was at one moment, while others write."""

import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path

import pytest
from django.db import connection

from accounts.models import User
from groups.models import Group
from keeping.backups import making, sqlite
from keeping.backups.progress import Advance

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


def test_what_is_written_meanwhile_is_not_in_it(
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
