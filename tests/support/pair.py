"""Two processes of one installation."""

from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from testkit.availability import unavailable
from testkit.server import Server
from testkit.services import Postgres, Redis, Unavailable

Pair = tuple[Server, Server]


POSTGRES, REDIS = "postgres", "redis"
BOTH = (POSTGRES, REDIS)


@contextmanager
def two_processes(
    folders: pytest.TempPathFactory,
    services: Collection[str] = BOTH,
    database: str = "",
    /,
    **settings: str,
) -> Iterator[Pair]:
    """Yield two servers on a shared PostgreSQL (or else SQLite) and a shared Redis (or else none).

    Polling is slowed down, so that only Redis can deliver quickly. `database` is the URL of a PostgreSQL with
    tables; without it, one is started.
    """
    postgres, redis = POSTGRES in services, REDIS in services
    with ExitStack() as running:
        urls = {"IM66_POLL_SECONDS": "60"} if redis else {}
        try:
            if postgres:
                urls["DATABASE_URL"] = database or running.enter_context(Postgres()).url
            if redis:
                urls["REDIS_URL"] = running.enter_context(Redis()).url
        except Unavailable as reason:
            unavailable(str(reason))
        folder = folders.mktemp("pair")
        here = Server(folder, **urls, **settings)
        there = Server(folders.mktemp("pair") if postgres else folder, **urls, **settings)
        for server in (here, there):
            running.callback(server.stop)
        if not database:
            here.prepare()
        here.start()
        there.start()
        yield here, there
