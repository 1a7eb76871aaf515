"""Two processes of one installation."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from testkit.availability import unavailable
from testkit.server import Server
from testkit.services import Postgres, Redis, Unavailable

Pair = tuple[Server, Server]


@contextmanager
def two_processes(folders: pytest.TempPathFactory, **settings: str) -> Iterator[Pair]:
    """On one PostgreSQL and one Redis. What Redis should bring at once must not come by polling instead."""
    with ExitStack() as running:
        try:
            database, redis = running.enter_context(Postgres()).url, running.enter_context(Redis()).url
        except Unavailable as reason:
            unavailable(str(reason))
        urls = {"DATABASE_URL": database, "REDIS_URL": redis, "IM66_POLL_SECONDS": "60"}
        here, there = (Server(folders.mktemp("pair"), **urls, **settings) for _ in range(2))
        running.enter_context(here)
        running.callback(there.stop)
        there.start()  # its tables are there
        yield here, there
