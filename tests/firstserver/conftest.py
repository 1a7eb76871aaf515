"""A first server to import from."""

import gc
from collections.abc import Callable, Iterator
from weakref import WeakSet

import pytest
from asgiref.sync import SyncToAsync
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.dispatch import receiver

from firstserver.importing import import_everything
from testkit.availability import running
from testkit.server import Server
from testkit.services import Postgres, Redis
from tests.firstserver.first_server import FirstServer
from tests.support.postgres import with_tables


@pytest.fixture(scope="session")
def redis() -> Iterator[Redis]:
    with running(Redis()) as service:
        yield service


@pytest.fixture
def first(redis: Redis) -> FirstServer:
    """Empty."""
    server = FirstServer(redis.url.removesuffix("/0") + "/1")
    server.flush()
    return server


Import = Callable[..., list[str]]


_opened: WeakSet[BaseDatabaseWrapper] = WeakSet()


@receiver(connection_created)
def _note(connection: BaseDatabaseWrapper, **kwargs: object) -> None:
    _opened.add(connection)


@pytest.fixture(scope="module", autouse=True)
def _no_connections_of_other_threads() -> None:
    """Close connections of earlier test files. Their threads may wait for work with an open connection, or
    have ended without closing theirs, which then stays open until the garbage collector finds it."""
    gc.collect()
    for connection in list(_opened):
        connection.inc_thread_sharing()
        connection.close()
        connection.dec_thread_sharing()


@pytest.fixture(autouse=True)
def alone() -> None:
    """Close all other connections of this process to the test database. Asynchronous tests share a thread for
    database queries, which keeps its connection."""
    SyncToAsync.single_thread_executor.submit(connections.close_all).result()


@pytest.fixture
def run_import(first: FirstServer, django_db_reset_sequences: None) -> Import:
    """Return a function that imports from `first` into the test database and returns the lines of the
    report."""

    def run(*, dry_run: bool = False) -> list[str]:
        texts: list[str] = []
        import_everything(
            first.url, dry_run=dry_run, write_line=texts.append, track=lambda rows, total, what: rows
        )
        return texts

    return run


SQLITE, POSTGRES = "sqlite", "postgres"
# For a test that is about the database as well.
on_both_databases = pytest.mark.parametrize("new", [SQLITE, POSTGRES], indirect=True)


@pytest.fixture(scope="session")
def _postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """With the tables, for copies."""
    with with_tables(tmp_path_factory) as running:
        yield running


@pytest.fixture(params=[SQLITE, pytest.param(POSTGRES, marks=pytest.mark.wide)])
def new(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that was not started yet, with an empty database of each kind; ended with the test."""
    folder = tmp_path_factory.mktemp("new")
    if request.param == SQLITE:
        server = Server(folder)
        server.prepare()
    else:
        server = Server(folder, DATABASE_URL=request.getfixturevalue("_postgres").copy(folder.name))
    yield server
    server.stop()
