"""What real servers answer at /healthz and /readyz."""

import asyncio
import contextlib
import signal
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from testkit.availability import running
from testkit.phone import Phone
from testkit.server import PLAIN_DAPHNE, Server
from testkit.services import Postgres
from tests.conftest import MakeServer
from tests.support.probing import ask, failed
from tests.support.waiting import until

pytestmark = pytest.mark.slow


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    with running(Postgres()) as postgres:
        yield postgres


def test_server_is_healthy_and_ready_for_any_host(make_server: MakeServer) -> None:
    server = make_server(IM66_ALLOWED_HOSTS="chat.example")
    assert ask(server, "/healthz", Host="10.1.2.3") == (200, {"healthy": True})
    assert ask(server, "/readyz", Host="kube-probe") == (200, {"ready": True})
    log = server.log.read_text()
    assert "healthz" not in log
    assert "readyz" not in log
    assert "Refused" not in log


def test_hanging_database_makes_it_healthy_but_not_ready(make_server: MakeServer, postgres: Postgres) -> None:
    server = make_server(DATABASE_URL=postgres.url)
    assert failed(server) == []
    with postgres.silent():
        for _ in range(2):
            began = time.monotonic()
            assert ask(server, "/healthz") == (200, {"healthy": True})
            assert failed(server) == ["database"]
            assert time.monotonic() - began < 10
    until(lambda: failed(server) == [])


def test_readiness_follows_the_database(make_server: MakeServer, postgres: Postgres) -> None:
    server = make_server(DATABASE_URL=postgres.url)
    postgres.stop()
    until(lambda: failed(server) == ["database"])
    postgres.start()
    until(lambda: failed(server) == [])


def test_readiness_check_does_not_wait_behind_queued_api_calls(
    make_server: MakeServer, postgres: Postgres
) -> None:
    server = make_server(DATABASE_URL=postgres.url)
    with contextlib.ExitStack() as open_, postgres.silent():
        for _ in range(20):
            connection = open_.enter_context(_opened(server))
            connection.request("GET", "/grpinfo?groupid=1&userid=alice")
        began = time.monotonic()
        assert ask(server, "/healthz") == (200, {"healthy": True})
        assert time.monotonic() - began < 5


def _opened(server: Server) -> Any:
    import http.client

    return contextlib.closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=10))


def test_missing_migration_makes_the_server_unready(make_server: MakeServer) -> None:
    server = make_server()
    assert failed(server) == []
    forgotten = "app = 'chat' AND name = '0001_initial'"
    _execute(server.data_dir, f"UPDATE django_migrations SET app = 'gone' WHERE {forgotten}")
    assert failed(server) == ["migrations"]
    _execute(server.data_dir, "UPDATE django_migrations SET app = 'chat' WHERE app = 'gone'")
    assert failed(server) == []


def test_server_without_lifespan_reports_missing_migrations(make_server: MakeServer) -> None:
    server = make_server(PLAIN_DAPHNE)
    _execute(server.data_dir, "DELETE FROM django_migrations WHERE app = 'chat' AND name = '0001_initial'")
    assert failed(server) == ["migrations"]


async def test_writer_blocked_by_another_process_is_not_ready(
    make_server: MakeServer,
) -> None:
    server = make_server()
    holding = sqlite3.connect(server.data_dir / "im66.sqlite3", isolation_level=None)
    async with Phone(server.entry, "alice") as alice:
        holding.execute("BEGIN IMMEDIATE")
        await alice.text("bob", "waits")
        await asyncio.to_thread(until, lambda: failed(server) == ["writer"])
        holding.execute("ROLLBACK")
        await asyncio.to_thread(until, lambda: failed(server) == [])
    holding.close()


async def test_draining_server_serves_but_is_not_ready(make_server: MakeServer) -> None:
    server = make_server(IM66_DRAIN_SECONDS="5")
    async with Phone(server.entry, "alice") as alice, Phone(server.entry, "bob") as bob:
        server.terminate()
        await asyncio.to_thread(until, lambda: failed(server) == ["draining"])
        assert ask(server, "/healthz")[0] == 200
        await alice.text("bob", "still here")
        assert await bob.contents(1) == ["still here"]
        async with Phone(server.entry, "charlie") as charlie:
            await charlie.text("bob", "just come")
            assert await bob.contents(1) == ["just come"]
        assert await alice.close_code() == 1012
    assert await asyncio.to_thread(lambda: server.exit_code) == 0


def test_shutdown_begins_at_once_without_drain_seconds(make_server: MakeServer) -> None:
    server = make_server()
    began = time.monotonic()
    server.signal(signal.SIGTERM)
    assert server.exit_code == 0
    assert time.monotonic() - began < 20


def _execute(folder: Path, sql: str) -> None:
    with contextlib.closing(sqlite3.connect(folder / "im66.sqlite3", timeout=20)) as database, database:
        database.execute(sql)
