"""What the address of the database chooses."""

from pathlib import Path

import pytest
from django.db import connection

from im66.settings import _database
from tests.im66.conftest import Read


def test_sqlite(read: Read, tmp_path: Path) -> None:
    database = _database(read().database_url)
    assert database["ENGINE"] == "im66.sqlite"
    assert database["NAME"] == str(tmp_path / "data" / "im66.sqlite3")
    assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert database["OPTIONS"]["init_command"].startswith("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;")


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has none of these")
@pytest.mark.parametrize(("pragma", "value"), [("journal_mode", "wal"), ("wal_autocheckpoint", 4000)])
def test_sqlite_connections_have_the_pragmas(pragma: str, value: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA {pragma}")
        assert cursor.fetchone() == (value,)


@pytest.mark.parametrize("folder", ["with space", "per%20cent", "ha#sh", "que?ry", "数据", "plus+"])
def test_sqlite_in_a_folder_with_an_odd_name(read: Read, tmp_path: Path, folder: str) -> None:
    environment = read(IM66_DATA_DIR=str(tmp_path / folder))
    assert _database(environment.database_url)["NAME"] == str(tmp_path / folder / "im66.sqlite3")


def test_a_relative_folder_is_meant_from_where_the_process_started(
    read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    environment = read(IM66_DATA_DIR="here")
    assert _database(environment.database_url)["NAME"] == str(tmp_path / "here" / "im66.sqlite3")


def test_postgresql(read: Read) -> None:
    database = _database(
        read(DATABASE_URL="postgres://user:p%40ss@db.example:5433/im?sslmode=require").database_url
    )
    assert database["ENGINE"] == "im66.postgresql"
    assert (database["HOST"], database["PORT"], database["NAME"]) == ("db.example", "5433", "im")
    assert (database["USER"], database["PASSWORD"]) == ("user", "p@ss")
    assert database["OPTIONS"]["sslmode"] == "require"
    assert database["OPTIONS"]["pool"]
    assert "target_session_attrs" not in database["OPTIONS"]


def test_postgresql_on_several_hosts_is_used_where_it_takes_writes(read: Read) -> None:
    database = _database(read(DATABASE_URL="postgres://im66@one:5433,two/im").database_url)
    assert (database["HOST"], database["PORT"]) == ("one,two", "5433,")
    assert database["OPTIONS"]["target_session_attrs"] == "read-write"
