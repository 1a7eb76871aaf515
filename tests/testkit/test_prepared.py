"""The tables of servers under test."""

import sqlite3
import stat
from pathlib import Path

import pytest

from testkit.server import Server

pytestmark = pytest.mark.slow


def schema(server: Server) -> list[tuple[str]]:
    with sqlite3.connect(server.data_dir / "im66.sqlite3") as database:
        return database.execute(
            "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name"
        ).fetchall()


def test_they_are_those_that_migrations_make(tmp_path: Path) -> None:
    copied, migrated = Server(tmp_path / "copied"), Server(tmp_path / "migrated")
    copied.prepare()
    migrated.manage("migrate", "--verbosity", "0")
    assert schema(copied) == schema(migrated)
    copied.manage("migrate", "--check")


def test_the_database_is_its_owners_alone(tmp_path: Path) -> None:
    server = Server(tmp_path)
    server.prepare()
    assert stat.S_IMODE((tmp_path / "im66.sqlite3").stat().st_mode) == 0o600


def test_what_is_there_is_kept(tmp_path: Path) -> None:
    server = Server(tmp_path)
    server.prepare()
    server.run_python("from accounts.models import User; User.objects.create(userid='alice')")
    server.prepare()
    assert server.query("SELECT userid FROM accounts_user") == [("alice",)]
