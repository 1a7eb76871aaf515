"""The pool of connections for HTTP calls, after PostgreSQL was away."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
import pytest_django
from django.db.utils import ConnectionHandler

from im66.databases import database
from im66.postgresql.base import DatabaseWrapper
from testkit.availability import running
from testkit.services import Postgres

pytestmark = pytest.mark.slow

AT_ONCE = 8


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    with running(Postgres()) as service:
        yield service


@pytest.fixture
def connection(
    postgres: Postgres, django_db_blocker: pytest_django.DjangoDbBlocker
) -> Iterator[DatabaseWrapper]:
    """That of one thread."""
    handle = ConnectionHandler({"default": database(postgres.url, Path(), 2)})["default"]
    assert isinstance(handle, DatabaseWrapper)
    # The pool belongs to the class, by the name of the database.
    handle.alias = "restarted"
    with django_db_blocker.unblock():
        yield handle
    handle.close_pool()


def _ask(connection: DatabaseWrapper) -> int:
    """As a call does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        (result,) = cursor.fetchone()
    connection.close()
    return int(result)


def _ask_all_at_once(connection: DatabaseWrapper) -> None:
    """So that the pool has as many connections."""
    together = Barrier(AT_ONCE)

    def ask() -> None:
        mine = connection.copy()
        mine.ensure_connection()
        together.wait(30)
        mine.close()

    with ThreadPoolExecutor(AT_ONCE) as threads:
        for call in [threads.submit(ask) for _ in range(AT_ONCE)]:
            call.result()


def test_api_call_gets_a_database_connection(connection: DatabaseWrapper) -> None:
    assert _ask(connection) == 1


def test_first_api_call_after_database_restart_gets_a_connection(
    postgres: Postgres, connection: DatabaseWrapper
) -> None:
    _ask_all_at_once(connection)
    postgres.stop()
    postgres.start()
    assert _ask(connection) == 1
    _ask_all_at_once(connection)
