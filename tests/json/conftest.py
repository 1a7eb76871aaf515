"""Real servers of both kinds, and clients of the JSON dialect on them. Each test has its own three people."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from testkit.device import Device
from testkit.server import SERVE, Server, uvicorn
from tests.support.pair import Pair, two_processes
from tests.wire.conftest import Cast, cast, group

__all__ = ["SERVERS", "Cast", "cast", "group"]

# By name, the command that starts each.
SERVERS = {"serve": SERVE, "uvicorn": uvicorn()}


@pytest.fixture(scope="session", params=SERVERS)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """For all tests that do it no harm. It has said nothing of an error at the end."""
    with Server(tmp_path_factory.mktemp("json"), SERVERS[request.param]) as running:
        yield running
        said = running.log.read_text()
        assert "Traceback" not in said
        assert " ERROR " not in said


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Two processes of one installation. They have failed at nothing at the end."""
    with two_processes(tmp_path_factory) as servers:
        yield servers
        for running in servers:
            assert "Traceback" not in running.log.read_text()


@pytest.fixture(params=SERVERS)
def command(request: pytest.FixtureRequest) -> list[str]:
    """For a server of a test's own."""
    return SERVERS[request.param]


@pytest.fixture
async def alice(server: Server, cast: Cast) -> AsyncIterator[Device]:
    async with Device(server.entry, cast.alice) as device:
        yield device


@pytest.fixture
async def bob(server: Server, cast: Cast) -> AsyncIterator[Device]:
    async with Device(server.entry, cast.bob) as device:
        yield device


@pytest.fixture
async def charlie(server: Server, cast: Cast) -> AsyncIterator[Device]:
    async with Device(server.entry, cast.charlie) as device:
        yield device


def browser(server: Server, key: str, **headers: str) -> Device:
    """A page of ours in a browser with this session."""
    shown = {"Cookie": f"sessionid={key}", "Origin": server.http, **headers}
    return Device(server.entry, options={"additional_headers": shown})


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of these use real servers of both kinds, and so take minutes together."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.slow)
