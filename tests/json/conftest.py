"""Real servers, as one process and as two, and clients of the JSON dialect on them.

Each test has its own three people. Alice and Charlie are `here`; Bob is `there`: on the other process,
if there are two.
"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chat.protocol import json_commands
from testkit.device import Device
from testkit.server import Server
from tests.json.places import Place, Places
from tests.support.axes import ANYWHERE, PLACES
from tests.support.calls import make_group
from tests.support.lasting import in_folder
from tests.support.operator import Operator
from tests.support.pair import Pair
from tests.wire.conftest import Cast, cast

__all__ = ["Cast", "anywhere", "cast"]


@pytest.fixture(autouse=True)
def _as_the_schema_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each frame that a server sends has the fields that the schema promises, and no others."""
    monkeypatch.setattr(Device, "observers", [_see])


def _see(frame: dict[str, Any], cmd: str) -> None:
    if "ev" in frame:
        _check(frame, json_commands.Event)
    elif "error" in frame:
        _check(frame["error"], json_commands.Error)
    elif cmd:
        _check(frame["ok"], json_commands.OK[cmd])


def _check(frame: Any, schema: Any) -> None:
    assert set(msgspec.to_builtins(msgspec.convert(frame, schema))) == set(frame), frame


# For what another process has no part in.
anywhere = pytest.mark.parametrize("place", ANYWHERE, indirect=True)


@pytest.fixture(scope="module")
def places(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Places:
    return in_folder(request, Places, lambda: Places(tmp_path_factory))


@pytest.fixture(params=PLACES)
def place(request: pytest.FixtureRequest, places: Places) -> Place:
    """For all tests that do it no harm."""
    return places.at(request.param)


@pytest.fixture
def here(place: Place) -> Server:
    return place.here


@pytest.fixture
def there(place: Place) -> Server:
    return place.there


@pytest.fixture
async def operator(place: Place, places: Places) -> Operator:
    """In a browser at `here`."""
    return await places.operator(place)


@pytest.fixture
def pair(places: Places) -> Pair:
    """Two processes."""
    return places.at("two")


@pytest.fixture
async def group(here: Server, cast: Cast) -> str:
    """The id of the group of Alice and Bob."""
    return await make_group(here, cast.alice, cast.bob)


@pytest.fixture
async def alice(here: Server, cast: Cast) -> AsyncIterator[Device]:
    async with Device(here.entry, cast.alice) as device:
        yield device


@pytest.fixture
async def bob(there: Server, cast: Cast) -> AsyncIterator[Device]:
    async with Device(there.entry, cast.bob) as device:
        yield device


@pytest.fixture
async def charlie(here: Server, cast: Cast) -> AsyncIterator[Device]:
    async with Device(here.entry, cast.charlie) as device:
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
