"""Real servers whose API is called over HTTP.

Each test has its own three people. Alice calls `here`; Bob and Charlie call `there`: the other process, if
there are two. The moderator is at the desk `here`.
"""

import json
from pathlib import Path
from typing import NamedTuple

import pytest

from accounts.authentication.api_keys import id_in
from testkit.server import Server
from tests.api.over_the_network.shapes import MODERATOR
from tests.json.conftest import here, places, there
from tests.json.places import Place, Places
from tests.support.api import Remote
from tests.support.axes import ANYWHERE, PLACES
from tests.wire.conftest import Cast, cast

__all__ = ["Cast", "cast", "here", "on_all_places", "places", "there"]

# For how requests are read and answered, which each program does on its own, and for what one process tells
# another.
on_all_places = pytest.mark.parametrize("place", PLACES, indirect=True)

# Groups keep the picture that all have.
SETTINGS = {"IM66_MOSAICS": "false"}
_STAFF = f"""
import json
from accounts.authentication import api_keys
from moderation.roles import ADMINISTRATOR
from tests.support.moderators import staff
from tests.support.sessions import session_of
staff({MODERATOR!r}, ADMINISTRATOR)
key = api_keys.make("shop", ["moderate", "users", "groups", "messages"])
print(json.dumps([session_of({MODERATOR!r}), key.text]))
"""


class Shown(NamedTuple):
    """What somebody shows for themselves at a place: the moderator's browser, and a backend."""

    session: str
    key: str


@pytest.fixture(scope="session")
def known() -> dict[Place, Shown]:
    """Of the places that have staff by now."""
    return {}


@pytest.fixture(params=ANYWHERE)
def place(request: pytest.FixtureRequest, places: Places) -> Place:
    return places.at(request.param, **SETTINGS)


@pytest.fixture
def alice(here: Server, cast: Cast) -> Remote:
    return Remote(here, cast.alice)


@pytest.fixture
def bob(there: Server, cast: Cast) -> Remote:
    return Remote(there, cast.bob)


@pytest.fixture
def charlie(there: Server, cast: Cast) -> Remote:
    return Remote(there, cast.charlie)


@pytest.fixture
async def people(alice: Remote, bob: Remote, charlie: Remote) -> None:
    """All three exist."""
    for one in (alice, bob, charlie):
        assert (await one.get("me")).status == 200


@pytest.fixture
def shown(place: Place, known: dict[Place, Shown]) -> Shown:
    if place not in known:
        known[place] = Shown(*json.loads(place.here.run_python(_STAFF)))
    return known[place]


@pytest.fixture
def desk(here: Server, shown: Shown, people: None) -> Remote:
    """A moderator's browser, while people are there."""
    return Remote(here, MODERATOR, session=shown.session)


@pytest.fixture
def backend(there: Server, shown: Shown) -> Remote:
    """It acts under its own name, unless a call says `as`."""
    return Remote(there, f"key:{id_in(shown.key)}", authorization=f"Api-Key {shown.key}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of these use real servers."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.slow)
