"""Server processes on a PostgreSQL and a Redis that a test may stop, and a clock it may set."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import NamedTuple

import pytest

from testkit.availability import unavailable
from testkit.clock import Clock
from testkit.server import SERVE, WITHOUT_LIMITS, Server
from testkit.services import Postgres, Redis, Unavailable
from tests.conftest import MakeServer
from tests.faults.vanishing import HEARTBEAT


class Services(NamedTuple):
    """What servers stand on."""

    postgres: Postgres
    redis: Redis


class Cluster(NamedTuple):
    """All of it."""

    servers: tuple[Server, Server]
    postgres: Postgres
    redis: Redis


MakeServers = Callable[..., list[Server]]

HERE = Path(__file__).parent
_numbers = count()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Something is broken in every test here, and takes its time to be found out and to heal."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.slow)


@pytest.fixture
def make_server(make_server: MakeServer) -> MakeServer:
    """As elsewhere, for people who write all the time."""

    def make(command: list[str] = SERVE, **settings: str) -> Server:
        return make_server(command, **{**WITHOUT_LIMITS, **settings})

    return make


@pytest.fixture(scope="module")
def open_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One that is reached from everywhere, for all tests of a module. Userids are not to be shared between
    them."""
    command = [*SERVE, "--host", "0.0.0.0"]
    with Server(tmp_path_factory.mktemp("open"), command, **HEARTBEAT, **WITHOUT_LIMITS) as server:
        yield server


@pytest.fixture
def services() -> Iterator[Services]:
    with ExitStack() as running:
        try:
            postgres = running.enter_context(Postgres())
            redis = running.enter_context(Redis())
        except Unavailable as reason:
            unavailable(str(reason))
        yield Services(postgres, redis)


@pytest.fixture
def make_servers(services: Services, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakeServers]:
    """Starts a server for each of the settings it is given, all on `services`, ended with the test."""
    urls = {"DATABASE_URL": services.postgres.url, "REDIS_URL": services.redis.url, **WITHOUT_LIMITS}
    with ExitStack() as running:

        def make(*settings: Mapping[str, str]) -> list[Server]:
            servers = [Server(tmp_path_factory.mktemp("cluster"), **{**urls, **own}) for own in settings]
            servers[0].prepare()
            for server in servers:
                server.start()
                running.callback(server.stop)
            return servers

        yield make


@pytest.fixture
def cluster(services: Services, make_servers: MakeServers) -> Cluster:
    first, second = make_servers({}, {})
    return Cluster((first, second), *services)


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    try:
        return Clock(tmp_path)
    except Unavailable as reason:
        unavailable(str(reason))


@pytest.fixture
def people() -> list[str]:
    """Nobody has heard of them before."""
    number = next(_numbers)
    return [f"person{number}x{one}" for one in range(3)]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Two processes, and what they stand on. All of it runs again after each test."""
    with ExitStack() as running:
        try:
            postgres, redis = running.enter_context(Postgres()), running.enter_context(Redis())
        except Unavailable as reason:
            unavailable(str(reason))
        urls = {"DATABASE_URL": postgres.url, "REDIS_URL": redis.url, **WITHOUT_LIMITS}
        folders = [tmp_path_factory.mktemp("pair") for _ in range(2)]
        first, second = (Server(folder, **urls) for folder in folders)
        first.prepare()
        for server in (first, second):
            server.start()
            running.callback(server.stop)
        yield Cluster((first, second), postgres, redis)
