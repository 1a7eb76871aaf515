"""Who makes a call: by name in open mode, by session, by key, by token."""

import pytest

from testkit.server import Server
from tests.api.over_the_network.conftest import SETTINGS, Cast
from tests.api.over_the_network.shapes import (
    LATER,
    LOG_IN_AGAIN,
    MODERATOR,
    NO_ROLE,
    NO_SUCH_USER,
    REASON,
    error,
    invalid,
    person,
)
from tests.json.places import STRICT, Place, Places
from tests.support.api import Remote
from tests.support.axes import ANYWHERE
from tests.support.tokens import token


async def test_by_name(alice: Remote, there: Server) -> None:
    boss = Remote(there, f"老板-{alice.userid}")
    assert (await boss.get("me")).outcome == (200, {**person(there, boss.userid), "quiet": None})


async def test_by_nothing(here: Server) -> None:
    for shown in ("Bearer x", "Userid a_b", "Basic YTpi"):
        answer = await Remote(here, "", authorization=shown).get("me")
        assert answer.failed == (401, "log_in_first"), shown


async def test_by_session(desk: Remote, there: Server) -> None:
    seen = await desk.at(there).get("me")
    assert seen.outcome == (200, {**person(there, MODERATOR), "quiet": None})
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

    async def test_by_token(self, alice: Remote, here: Server, there: Server) -> None:
        for server in (here, there):
            known = {**person(server, alice.userid), "quiet": None}
            assert (await alice.at(server).get("me")).outcome == (200, known)

    async def test_by_a_bad_token(self, people: None, there: Server, cast: Cast) -> None:
        for shown in (
            token(cast.alice, seconds=-1),
            token(cast.alice, secret="a secret of somebody else, of whom we know nothing"),
            "x",
        ):
            alice = Remote(there, cast.alice, authorization=f"Bearer {shown}")
            assert (await alice.get("me")).outcome == LOG_IN_AGAIN
        by_name = Remote(there, cast.alice)
        assert (await by_name.get("me")).outcome == LOG_IN_AGAIN

    async def test_who_does_not_exist(self, there: Server) -> None:
        nobody = Remote(there, "nobody", authorization=f"Bearer {token('nobody')}")
        assert (await nobody.get("me")).outcome == NO_SUCH_USER

    async def test_by_key(self, alice: Remote, backend: Remote, there: Server) -> None:
        known = {**person(there, alice.userid), "quiet": None}
        assert (await backend.get("me", **{"as": alice.userid})).outcome == (200, known)
        assert (await backend.get("me")).outcome == invalid("as", "Name whom you act for.")
        assert (await backend.get("me", **{"as": "nobody"})).outcome == NO_SUCH_USER
        seen = person(there, alice.userid)
        assert (await backend.get(f"users/{alice.userid}")).outcome == (200, seen)

    async def test_a_key_is_for_what_it_says(self, alice: Remote, backend: Remote) -> None:
        answer = await backend.send("POST", f"uploads?as={alice.userid}", "{}")
        assert answer.outcome == error(403, "not_allowed", "The API key is not for this.")

    async def test_whoever_is_banned_stays_out(self, alice: Remote, desk: Remote, there: Server) -> None:
        act = {"action": "ban", "until": LATER, "reason": REASON}
        assert (await desk.post(f"moderation/users/{alice.userid}", **act)).status == 200
        answer = await alice.at(there).get("me")
        assert answer.outcome == error(403, "banned", REASON)

    async def test_a_moderator_by_token(self, desk: Remote, alice: Remote, there: Server) -> None:
        by_token = Remote(there, MODERATOR, authorization=f"Bearer {token(MODERATOR)}")
        assert (await by_token.get(f"moderation/users/{alice.userid}")).said["userid"] == alice.userid
        refused = await alice.get(f"moderation/users/{alice.userid}")
        assert refused.outcome == NO_ROLE
