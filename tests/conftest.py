"""What all tests share: a fixed cast. Alice owns, Bob is a member, Charlie is outside."""

from collections.abc import Callable, Iterator

import hypothesis
import pytest
from django.conf import settings

from accounts import limits, refusals
from testkit.server import SERVE, WITHOUT_LIMITS, Server
from tests.support.browser import browser
from tests.support.settings import override

# How long an example takes tells of the machine, and of what else runs there.
hypothesis.settings.register_profile("im66", deadline=None)
hypothesis.settings.load_profile("im66")

MakeServer = Callable[..., Server]

__all__ = ["browser"]


def pytest_configure() -> None:
    # Threads that write beside a test's own. Servers, which are processes of their own, draw them as always.
    override(settings, mosaics=False)


@pytest.fixture(autouse=True)
def _no_memory_of_limits() -> Iterator[None]:
    """What one test does counts for no other one."""
    yield
    limits.forget()
    refusals.forget()


@pytest.fixture
def make_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakeServer]:
    """Starts servers of a test's own, ended with it. Takes what Server takes but the folder."""
    started: list[Server] = []

    def make(command: list[str] = SERVE, **settings: str) -> Server:
        server = Server(tmp_path_factory.mktemp("server"), command, **settings)
        server.prepare()
        started.append(server)
        server.start()
        return server

    yield make
    for server in started:
        server.stop()


@pytest.fixture(scope="session")
def busy_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """As `server`, for tests that send and ask more than people do."""
    with Server(tmp_path_factory.mktemp("busy-server"), **WITHOUT_LIMITS) as shared:
        yield shared


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests that do it no harm. Userids are not to be shared between tests."""
    with Server(tmp_path_factory.mktemp("shared-server")) as shared:
        yield shared
