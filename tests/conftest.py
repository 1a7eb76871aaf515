"""What all tests share: a fixed cast. Alice owns, Bob is a member, Charlie is outside."""

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

# Before Django's settings are read: no test may touch the data of a server that runs from this folder.
_DATA = tempfile.TemporaryDirectory(prefix="im66-tests-")
for name in [
    name for name in os.environ if name.startswith("IM66_") or name in {"DATABASE_URL", "REDIS_URL"}
]:
    del os.environ[name]
os.environ["IM66_DATA_DIR"] = _DATA.name
# Threads that write to the database of a test beside it. Servers of their own make pictures as always.
os.environ["IM66_MOSAICS"] = "false"

from tests.support.server import Server  # noqa: E402

MakeServer = Callable[..., Server]


@pytest.fixture
def make_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakeServer]:
    """Starts servers of a test's own, ended with it. Keyword arguments are environment variables."""
    started: list[Server] = []

    def make(**settings: str) -> Server:
        server = Server(tmp_path_factory.mktemp("server"), **settings)
        server.prepare()
        started.append(server)
        server.start()
        return server

    yield make
    for server in started:
        server.stop()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests that do it no harm. Userids are not to be shared between tests."""
    shared = Server(tmp_path_factory.mktemp("shared-server"))
    shared.prepare()
    shared.start()
    yield shared
    shared.stop()


@pytest.fixture
def data_dir() -> Path:
    return Path(_DATA.name)
