"""What the address of the database chooses."""

from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from im66.databases import database
from im66.environment import Environment
from tests.im66.conftest import Read


def _database(environment: Environment) -> dict[str, Any]:
    return database(environment.database_url, environment.data_dir, environment.media_jobs)


def test_sqlite_url_becomes_django_settings(read: Read, tmp_path: Path) -> None:
    config = _database(read())
    assert config["ENGINE"] == "im66.sqlite"
    assert config["NAME"] == str(tmp_path / "data" / "im66.sqlite3")
    assert config["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert config["OPTIONS"]["init_command"].startswith("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;")


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has none of these")
@pytest.mark.parametrize(("pragma", "value"), [("journal_mode", "wal"), ("wal_autocheckpoint", 4000)])
def test_sqlite_connections_have_the_pragmas(pragma: str, value: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA {pragma}")
        assert cursor.fetchone() == (value,)


@pytest.mark.parametrize("folder", ["with space", "per%20cent", "ha#sh", "que?ry", "数据", "plus+"])
def test_sqlite_default_works_in_folder_with_special_characters(
    read: Read, tmp_path: Path, folder: str
) -> None:
    environment = read(IM66_DATA_DIR=str(tmp_path / folder))
    assert _database(environment)["NAME"] == str(tmp_path / folder / "im66.sqlite3")


def test_relative_data_folder_is_resolved_at_the_start(
    read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    environment = read(IM66_DATA_DIR="here")
    assert _database(environment)["NAME"] == str(tmp_path / "here" / "im66.sqlite3")


def test_postgresql_url_becomes_django_settings(read: Read) -> None:
    config = _database(read(DATABASE_URL="postgres://user:p%40ss@db.example:5433/im?sslmode=require"))
    assert config["ENGINE"] == "im66.postgresql"
    assert (config["HOST"], config["PORT"], config["NAME"]) == ("db.example", "5433", "im")
    assert (config["USER"], config["PASSWORD"]) == ("user", "p@ss")
    assert config["OPTIONS"]["sslmode"] == "require"
    assert config["OPTIONS"]["pool"]
    assert "target_session_attrs" not in config["OPTIONS"]


def test_postgresql_with_several_hosts_uses_the_writable_one(read: Read) -> None:
    config = _database(read(DATABASE_URL="postgres://im66@one:5433,two/im"))
    assert (config["HOST"], config["PORT"]) == ("one,two", "5433,")
    assert config["OPTIONS"]["target_session_attrs"] == "read-write"
