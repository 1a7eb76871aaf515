"""What is overwritten in SQLite's files, and what is told if that cannot be done."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.db import connection

from accounts.models import User
from keeping.erasing import scrubbing
from keeping.erasing.scrubbing import scrub
from keeping.errors import MaintenanceRefused

if connection.vendor != "sqlite":
    pytest.skip("needs SQLite", allow_module_level=True)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def somebody() -> Iterator[sqlite3.Connection]:
    """Who reads the database, too."""
    with closing(sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)) as other:
        yield other


def wal() -> Path:
    return Path(f"{connection.settings_dict['NAME']}-wal")


def read(somebody: sqlite3.Connection) -> None:
    somebody.execute("BEGIN")
    somebody.execute("SELECT count(*) FROM accounts_user").fetchone()


def test_scrub_empties_the_write_ahead_log() -> None:
    User.objects.create(pk="alice")
    assert wal().stat().st_size > 0
    scrub()
    assert wal().stat().st_size == 0


def test_scrub_is_refused_while_reader_holds_wal(
    somebody: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scrubbing, "_TRIES", 2)
    read(somebody)
    with pytest.raises(MaintenanceRefused, match="goes on reading"):
        scrub()
    somebody.execute("COMMIT")
    scrub()
    assert wal().stat().st_size == 0


def test_scrub_waits_for_short_reader(somebody: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    def end(_seconds: float) -> None:
        if somebody.in_transaction:
            somebody.execute("COMMIT")

    read(somebody)
    monkeypatch.setattr(scrubbing, "time", SimpleNamespace(sleep=end))
    scrub()
    assert wal().stat().st_size == 0


def test_scrub_restores_busy_timeout() -> None:
    def patience() -> int:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout")
            return int(cursor.fetchone()[0])

    before = patience()
    scrub()
    assert patience() == before > 0
