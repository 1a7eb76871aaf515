"""Two server processes on a PostgreSQL and a Redis that a test may stop."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import NamedTuple

import pytest

from tests.support.availability import unavailable
from tests.support.server import Server
from tests.support.services import Postgres, Redis, Unavailable


class Cluster(NamedTuple):
    """All of it."""

    servers: tuple[Server, Server]
    postgres: Postgres
    redis: Redis


@pytest.fixture
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with ExitStack() as running:
        try:
            postgres = running.enter_context(Postgres())
            redis = running.enter_context(Redis())
        except Unavailable as reason:
            unavailable(str(reason))
        urls = {"DATABASE_URL": postgres.url, "REDIS_URL": redis.url}
        first, second = (Server(tmp_path_factory.mktemp("cluster"), **urls) for _ in range(2))
        first.prepare()
        for server in (first, second):
            server.start()
            running.callback(server.stop)
        yield Cluster((first, second), postgres, redis)
