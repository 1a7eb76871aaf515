"""Prepared databases equal migrated ones."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from testkit.availability import unavailable
from testkit.prepared import tables_for_tests
from testkit.server import ROOT, Server
from testkit.services import Postgres, Unavailable, pg_dump


def test_prepared_database_is_shared_with_the_next_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("testkit.prepared.gettempdir", lambda: tmp_path)
    with pytest.raises(KeyError), tables_for_tests(tmp_path / "failed", ROOT):
        raise KeyError
    for was_kept in (False, True):
        path = tmp_path / f"kept-{was_kept}"
        with tables_for_tests(path, ROOT) as is_there, closing(sqlite3.connect(path)) as database:
            assert is_there == was_kept
            if not is_there:
                database.execute("CREATE TABLE made (it TEXT)")
            assert database.execute("SELECT name FROM sqlite_master").fetchall() == [("made",)]


@pytest.mark.slow
@pytest.mark.wide
def test_prepared_postgresql_equals_a_migrated_one(tmp_path: Path) -> None:
    try:
        with Postgres() as migrated, Postgres() as copied, Postgres() as again:
            server = Server(tmp_path, DATABASE_URL=migrated.url)
            server.manage("migrate", "--verbosity", "0")
            # The first one in this process may be migrated.
            for each in (again, copied):
                Server(tmp_path, DATABASE_URL=each.url).prepare()
            assert _schema(copied.url) == _schema(migrated.url)
            Server(tmp_path, DATABASE_URL=copied.url).manage("migrate", "--check")
    except Unavailable as reason:
        unavailable(str(reason))


def _schema(url: str) -> list[str]:
    """Return the tables and rows, without the times of migrations, normalized for PostgreSQL's rewriting."""
    dumped = pg_dump(url, "--exclude-table-data=django_migrations").splitlines()
    lines = [line for line in dumped if not line.startswith("\\")]  # for psql, with names drawn by lot
    return [re.sub(_CASTS, "", line) if "ARRAY" in line else line for line in lines]


_CASTS = r"::(character varying|text)|[()\[\]]"
