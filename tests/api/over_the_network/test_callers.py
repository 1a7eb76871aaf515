"""Who makes a call: by name in open mode, by session, by key, by token."""

import pytest

from testkit.server import Server
from tests.api.over_the_network.conftest import SETTINGS, Cast
from tests.api.over_the_network.shapes import (
    MODERATOR,
    NO_SUCH_USER,
    invalid,
    person,
)
from tests.json.places import STRICT, Place, Places
from tests.support.api import Remote
from tests.support.axes import ANYWHERE
from tests.support.tokens import token

# What people see of themselves only.
OWN = {"quiet": None, "push_text": False}


async def test_open_mode_identifies_the_caller_by_name(alice: Remote, there: Server) -> None:
    boss = Remote(there, f"老板-{alice.userid}")
    assert (await boss.get("me")).outcome == (
        200,
        {**person(there, boss.userid), **OWN},
    )


async def test_session_identifies_the_caller(desk: Remote, there: Server) -> None:
    seen = await desk.at(there).get("me")
    assert seen.outcome == (200, {**person(there, MODERATOR), **OWN})
    assert (await desk.patch("me", nickname="")).status == 200


class TestInTokenMode:
    @pytest.fixture(params=ANYWHERE)
    def place(self, request: pytest.FixtureRequest, places: Places) -> Place:
        return places.at(request.param, **STRICT, **SETTINGS)

    @pytest.fixture
    def people(self, here: Server, cast: Cast) -> None:
        here.run_python(f"from accounts.services import ensure_users; ensure_users({list(cast)})")

    @pytest.fixture
    def alice(self, here: Server, people: None, cast: Cast) -> Remote:
        return Remote(here, cast.alice, authorization=f"Bearer {token(cast.alice)}")

    async def test_token_identifies_the_caller(self, alice: Remote, here: Server, there: Server) -> None:
        for server in (here, there):
            known = {**person(server, alice.userid), **OWN}
            assert (await alice.at(server).get("me")).outcome == (200, known)

    async def test_api_key_identifies_the_represented_person(
        self, alice: Remote, backend: Remote, there: Server
    ) -> None:
        known = {**person(there, alice.userid), **OWN}
        assert (await backend.get("me", **{"as": alice.userid})).outcome == (200, known)
        assert (await backend.get("me")).outcome == invalid("as", "Name the user you act for.")
        assert (await backend.get("me", **{"as": "nobody"})).outcome == NO_SUCH_USER
        seen = person(there, alice.userid)
        assert (await backend.get(f"users/{alice.userid}")).outcome == (200, seen)

    async def test_unauthenticated_call_gets_www_authenticate_header(self, here: Server) -> None:
        stranger = Remote(here, "nobody", authorization="Bearer nonsense")
        for answer in (await stranger.get("me"), await stranger.upload(b"x")):
            assert answer.failed == (401, "log_in_first")
            assert answer.headers["WWW-Authenticate"] == 'Bearer realm="im66"'
