"""A PostgreSQL shared by several tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import pytest

from testkit.availability import running
from testkit.server import Server
from testkit.services import Postgres
from tests.support.lasting import in_folder

_numbers = count(1)


@contextmanager
def with_tables(folders: pytest.TempPathFactory) -> Iterator[Postgres]:
    """Run a PostgreSQL inside the block whose database has the tables, to be used or copied."""
    with running(Postgres()) as postgres:
        Server(folders.mktemp("tables"), DATABASE_URL=postgres.url).prepare()
        yield postgres


def database_of(request: pytest.FixtureRequest, folders: pytest.TempPathFactory) -> str:
    """Return the URL of a new database with tables, on a PostgreSQL shared by the tests of a folder."""
    postgres = in_folder(request, with_tables, lambda: with_tables(folders))
    return postgres.copy(f"copy{next(_numbers)}")
