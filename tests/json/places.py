"""Where the dialect is spoken: by one process, and by two."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from typing import NamedTuple, Self

import pytest

from testkit.server import Server
from testkit.services import Postgres
from tests.support.operator import SILENT, Operator
from tests.support.pair import POSTGRES, REDIS, two_processes
from tests.support.postgres import with_tables
from tests.support.tokens import IN_TOKEN_MODE

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


class _Shared:
    def __init__(self, settings: dict[str, str] | None = None) -> None:
        self.settings = settings or {}
        self.places: dict[str, Place] = {}
        self.running = ExitStack()


class Places:
    """Those that tests share are started when they are first asked for, and stay inside the block. Those with
    settings of their own stay until somebody asks for one with others, which few files do."""

    def __init__(self, folders: pytest.TempPathFactory) -> None:
        self._folders = folders
        self._running = ExitStack()
        self._usual = _Shared()
        self._special = _Shared()
        self._postgres: Postgres | None = None
        self._databases = count(1)
        self._with_operator: set[Place] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._running, self._usual.running, self._special.running:
            pass

    def at(self, name: str, **settings: str) -> Place:
        """The shared one of that name with these settings, where the desk sends nobody a message. It has said
        nothing of an error at the end."""
        if settings and settings != self._special.settings:
            self._special.running.close()
            self._special = _Shared(settings)
        shared = self._special if settings else self._usual
        if name not in shared.places:
            place = shared.running.enter_context(self.own(name, **SILENT, **settings))
            shared.running.callback(_failed_at_nothing, place)
            shared.places[name] = place
        return shared.places[name]

    @contextmanager
    def own(self, name: str, **settings: str) -> Iterator[Place]:
        """One that nobody else uses."""
        if name == "one":
            with Server(self._folders.mktemp("one"), **_POLL, **settings) as server:
                yield Place(server, server)
            return
        both = (POSTGRES, REDIS), self.new_database()
        media = {"IM66_MEDIA_ROOT": str(self._folders.mktemp("shared") / "media")}
        with two_processes(self._folders, *both, **_KEY, **media, **settings) as (here, there):
            yield Place(here, there)

    async def operator(self, place: Place) -> Operator:
        """Logged in at the place, which is a shared one."""
        if place not in self._with_operator:
            self._with_operator.add(place)
            return await Operator.of(place.here)
        operator = Operator(place.here)
        await operator.log_in()
        return operator

    def new_database(self) -> str:
        """The URL of one that has its tables, and nothing else."""
        if self._postgres is None:
            self._postgres = self._running.enter_context(with_tables(self._folders))
        return self._postgres.copy(f"place{next(self._databases)}")


def _failed_at_nothing(place: Place) -> None:
    for server in set(place):
        lines = server.log.read_text().splitlines()
        assert [line for line in lines if " ERROR " in line or "Traceback" in line] == []
