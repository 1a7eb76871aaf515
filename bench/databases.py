"""The databases of the servers under test: SQLite, or private PostgreSQL and Redis servers."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from redis import Redis as Client

from bench.processes import ROOT
from bench.subjects import LIFTED, OURS
from testkit.cpu import parent
from testkit.prepared import NAME, write_new_database, write_new_postgres
from testkit.server import ONE_KEY
from testkit.services import Postgres, Redis, Unavailable

SQLITE, POSTGRES = "sqlite", "postgres"
DATABASES = (SQLITE, POSTGRES)


@dataclass(frozen=True, slots=True)
class Database:
    """`postgres` and `redis` are URLs, empty where there is none. `code`: im66's folder."""

    name: str
    folder: Path
    postgres: str
    redis: str
    code: Path = ROOT

    def settings(self, subject: str, label: str = "") -> dict[str, str]:
        """Return the environment that gives a subject its own database for each label."""
        owner = f"{subject}{label}"
        folder = self.folder / owner
        folder.mkdir(exist_ok=True)
        url = self._postgres_url(owner) if self.postgres else f"sqlite:///{folder}/{NAME}"
        # im66 needs no Redis with SQLite; the textbook consumer uses it if it is available.
        layered = self.redis and (subject not in OURS or self.postgres)
        shared = {"IM66_DATA_DIR": str(folder), "DATABASE_URL": url}
        shared |= LIFTED if subject in OURS else {}
        return {**shared, **ONE_KEY, "REDIS_URL": self.redis} if layered else shared

    def make_tables(self, settings: Mapping[str, str], migrate: Callable[[], object]) -> None:
        """Create im66's tables in the database of these settings if it is new, as `migrate` would."""
        if self.postgres:
            write_new_postgres(settings["DATABASE_URL"], self.code, migrate)
        elif not (Path(settings["IM66_DATA_DIR"]) / NAME).exists():
            write_new_database(Path(settings["IM66_DATA_DIR"]), self.code)

    def ask(self, question: str, subject: str, label: str = "") -> tuple[Any, ...]:
        """Return the first row of an SQL query in a subject's PostgreSQL database."""
        with psycopg.connect(self._postgres_url(f"{subject}{label}")) as connection:
            row = connection.execute(question.encode()).fetchone()
        assert row is not None
        return row

    def postgres_pid(self) -> int:
        """The process id of PostgreSQL's first process, the parent of all others."""
        with psycopg.connect(self.postgres) as connection:
            return parent(connection.info.backend_pid)

    def redis_pid(self) -> int:
        """The process id of Redis."""
        with Client.from_url(self.redis) as client:
            return int(client.info("server")["process_id"])

    def _postgres_url(self, owner: str) -> str:
        with psycopg.connect(self.postgres, autocommit=True) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [owner]).fetchone()
            if not known:
                connection.execute(f'CREATE DATABASE "{owner}"')
        return self.postgres.rpartition("/")[0] + f"/{owner}"


@contextmanager
def database(name: str, folder: Path, code: Path = ROOT) -> Iterator[Database]:
    """Start a database of this name. Its servers end with the block. Raises Unavailable."""
    with ExitStack() as stack:
        postgres = stack.enter_context(Postgres(waits_for_disk=True)).url if name == POSTGRES else ""
        yield Database(name, folder, postgres, _redis(stack), code)


def _redis(stack: ExitStack) -> str:
    try:
        return stack.enter_context(Redis()).url
    except Unavailable:
        return ""
