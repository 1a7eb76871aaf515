"""Databases that tests get prepared are as a migration makes them."""

from pathlib import Path

import pytest

from testkit.availability import unavailable
from testkit.server import Server
from testkit.services import Postgres, Unavailable, pg_dump

pytestmark = pytest.mark.slow


def test_one_on_postgresql_is_as_if_it_was_migrated(tmp_path: Path) -> None:
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
    """Tables and what is in them, but when each migration was applied."""
    dumped = pg_dump(url, "--exclude-table-data=django_migrations").splitlines()
    return [line for line in dumped if not line.startswith("\\")]  # for psql, with names drawn by lot
