"""A PostgreSQL for several tests."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from testkit.availability import running
from testkit.server import Server
from testkit.services import Postgres


@contextmanager
def with_tables(folders: pytest.TempPathFactory) -> Iterator[Postgres]:
    """It runs inside the block, and its database has the tables, to be used or copied."""
    with running(Postgres()) as postgres:
        Server(folders.mktemp("tables"), DATABASE_URL=postgres.url).prepare()
        yield postgres
