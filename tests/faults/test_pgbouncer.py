"""PgBouncer stands before PostgreSQL, and is started anew while people write."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from testkit.availability import running
from testkit.services import Postgres, Service, find, hand_over
from tests.faults.conftest import MakeServers, Services
from tests.faults.resuming import Conversation

pytestmark = pytest.mark.wide


class PgBouncer(Service):
    """Gives a connection to PostgreSQL to each client for as long as it stays."""

    def __init__(self, postgres: Postgres) -> None:
        super().__init__()
        self._postgres = postgres
        self.url = f"postgres://im66@127.0.0.1:{self.port}/postgres"

    def prepare(self) -> None:
        people = Path(self.folder, "users.txt")
        people.write_text('"im66" ""\n')
        settings = {
            "listen_addr": "127.0.0.1",
            "listen_port": self.port,
            "unix_socket_dir": "",
            "auth_type": "trust",
            "auth_file": people,
            "pool_mode": "session",
            "default_pool_size": 100,
        }
        there = f"[databases]\npostgres = host=127.0.0.1 port={self._postgres.port}\n[pgbouncer]\n"
        Path(self._file).write_text(
            there + "".join(f"{name} = {value}\n" for name, value in settings.items())
        )
        for path in (people, self._file):
            hand_over(path)
        super().prepare()

    @property
    def _file(self) -> str:
        return f"{self.folder}/pgbouncer.ini"

    def command(self) -> list[str]:
        return [find("pgbouncer", "pgbouncer", "bin", "/usr/sbin"), self._file]

    def answers(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1.0):
            return True
        return False


@pytest.fixture
def bouncer(services: Services) -> Iterator[PgBouncer]:
    with running(PgBouncer(services.postgres)) as service:
        yield service


async def test_restarted_pgbouncer_loses_and_repeats_nothing(
    bouncer: PgBouncer, make_servers: MakeServers, people: list[str]
) -> None:
    url = {"DATABASE_URL": bouncer.url}
    async with Conversation(make_servers(url, url), people, is_busy=True) as conversation:
        await conversation.until_received(8)
        await asyncio.to_thread(bouncer.stop)
        await asyncio.to_thread(bouncer.start)
        await conversation.until_received(8)
        await conversation.check()
