"""What all tests share: a fixed cast. Alice owns, Bob is a member, Charlie is outside."""

from collections.abc import Callable, Iterator

import pytest

from tests.support.server import Server

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
