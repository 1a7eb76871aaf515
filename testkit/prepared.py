"""A new database with all tables: migrated once by each process, because that takes seconds, and copied."""

import os
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from testkit.services import pg_dump

# Below the data folder, unless DATABASE_URL says otherwise.
NAME = "im66.sqlite3"


def write_new_database(data_dir: Path, root: Path) -> None:
    """Write it, for its owner alone, where a server with this data folder looks for it. `root`: the code."""
    data_dir.mkdir(parents=True, exist_ok=True)
    path = data_dir / NAME
    path.touch(mode=0o600, exist_ok=False)
    path.write_bytes(_new_database(root))


@cache
def _new_database(root: Path) -> bytes:
    with TemporaryDirectory() as folder:
        settings = {name: value for name, value in os.environ.items() if not name.startswith("IM66_")}
        settings.pop("DATABASE_URL", None)
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
            cwd=root,
            env={**settings, "IM66_DATA_DIR": folder},
            check=True,
            timeout=120,
        )
        return (Path(folder) / NAME).read_bytes()


# What makes the tables of this version on PostgreSQL, once it is known.
_statements: list[str] = []


def write_new_postgres(url: str, migrate: Callable[[], object]) -> None:
    """Make the tables in this database, as `migrate` does. It is called unless the database is empty."""
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = 'public')")
        is_empty = found.fetchone() == (False,)
        if is_empty and _statements:
            connection.execute(_statements[0].encode())
            return
    migrate()
    if is_empty and (dumped := pg_dump(url, "--inserts", "--rows-per-insert=500")):
        # psql's own commands begin with a backslash.
        lines = (line for line in dumped.splitlines() if not line.startswith("\\"))
        _statements.append("\n".join(lines))
