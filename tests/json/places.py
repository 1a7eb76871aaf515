"""Where the dialect is spoken: by both server programs, each as one process and as two."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from typing import NamedTuple

import pytest

from testkit.server import SERVE, Server, uvicorn
from testkit.services import Postgres
from tests.json.warm import WarmServer
from tests.support.operator import SILENT, Operator
from tests.support.pair import POSTGRES, REDIS, two_processes
from tests.support.postgres import with_tables
from tests.support.tokens import IN_TOKEN_MODE

# By name, the command that starts each.
SERVERS = {"serve": SERVE, "uvicorn": uvicorn()}
ONE = [f"{name}-1" for name in SERVERS]
TWO = [f"{name}-2" for name in SERVERS]
PLACES = ONE + TWO
# They believe nobody, and take no token late.
STRICT = {"IM66_TOKEN_LEEWAY_SECONDS": "0", **IN_TOKEN_MODE}
# One process has no Redis that tells it what was done beside it.
_POLL = {"IM66_POLL_SECONDS": "0.2"}
# Processes that serve the same browser sessions have one key.
_KEY = {"IM66_SECRET_KEY": "browser sessions are signed with it " * 2}


@contextmanager
def killed(server: Server) -> Iterator[None]:
    """Inside the block it does not run. It is started again in any case: other tests need it."""
    server.kill()
    try:
        yield
    finally:
        server.start()


class Place(NamedTuple):
    """Two processes of one installation, on PostgreSQL and Redis; or twice the only one, on SQLite."""

    here: Server
    there: Server

    @property
    def is_one(self) -> bool:
        return self.here is self.there


class Places:
    """Those that tests share are started when they are first asked for, and stay."""

    def __init__(self, folders: pytest.TempPathFactory, running: ExitStack) -> None:
        self._folders = folders
        self._running = running
        self._shared: dict[tuple[object, ...], Place] = {}
        self._postgres: Postgres | None = None
        self._databases = count(1)
        self._with_operator: set[Place] = set()

    def at(self, name: str, **settings: str) -> Place:
        """The shared one of PLACES with these settings, where the desk sends nobody a message. It has said
        nothing of an error at the end."""
        key = (name, *sorted(settings.items()))
        if key not in self._shared:
            self._shared[key] = self._running.enter_context(self.own(name, **SILENT, **settings))
            self._running.callback(_failed_at_nothing, self._shared[key])
        return self._shared[key]

    @contextmanager
    def own(self, name: str, **settings: str) -> Iterator[Place]:
        """One that nobody else uses."""
        program, _, processes = name.partition("-")
        command = SERVERS[program]
        if processes == "1":
            with WarmServer(self._folders.mktemp(program), command, **_POLL, **settings) as server:
                yield Place(server, server)
            return
        both = self._folders, (POSTGRES, REDIS), command, self._new_database(), WarmServer
        with two_processes(*both, **_KEY, **settings) as (here, there):
            yield Place(here, there)

    async def operator(self, place: Place) -> Operator:
        """Logged in at the place, which is a shared one."""
        if place not in self._with_operator:
            self._with_operator.add(place)
            return await Operator.of(place.here)
        operator = Operator(place.here)
        await operator.log_in()
        return operator

    def _new_database(self) -> str:
        """The URL of one that has its tables, and nothing else."""
        if self._postgres is None:
            self._postgres = self._running.enter_context(with_tables(self._folders))
        return self._postgres.copy(f"place{next(self._databases)}")


def _failed_at_nothing(place: Place) -> None:
    for server in set(place):
        said = server.log.read_text().splitlines()
        assert [line for line in said if " ERROR " in line or "Traceback" in line] == []
