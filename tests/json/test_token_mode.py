"""Token mode: who says hello proves it by a token or a browser session, and renews it by hello."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from testkit.device import Device, Error
from testkit.server import Server
from tests.json.conftest import Cast, browser
from tests.json.places import STRICT, Place, Places
from tests.support.axes import ANYWHERE
from tests.support.sessions import session_at
from tests.support.tokens import token
from tests.wire.test_token_login import create

LOG_IN_FIRST = Error(401, "log_in_first")
NOT_FOUND = Error(404, "not_found")


@pytest.fixture(params=ANYWHERE)
def place(request: pytest.FixtureRequest, places: Places) -> Iterator[Place]:
    place = places.at(request.param, **STRICT)
    yield place
    for server in set(place):
        assert "sessionid" not in server.log.read_text()


@pytest.fixture
def people(here: Server, cast: Cast) -> Cast:
    """All three exist."""
    create(here, *cast)
    return cast


@pytest.fixture
async def bob(there: Server, people: Cast) -> AsyncIterator[Device]:
    async with Device(there.entry, token=token(people.bob)) as device:
        yield device


@pytest.mark.promise("json-5")
async def test_hello_with_token_logs_in(here: Server, people: Cast, bob: Device) -> None:
    async with Device(here.entry, token=token(people.alice)) as alice:
        assert alice.welcome["user"]["userid"] == people.alice
        await alice.text(f"u:{people.bob}", "hello")
        assert (await bob.event())["from"] == people.alice


async def test_hello_userid_must_be_that_of_the_token(here: Server, people: Cast) -> None:
    async with Device(here.entry, people.alice, token=token(people.alice)) as alice:
        assert await alice.call("ping") == {}
    async with Device(here.entry) as charlie:
        refusal = await charlie.refusal("hello", userid=people.alice, token=token(people.charlie))
        assert refusal == LOG_IN_FIRST
        assert await charlie.close_code() == 4401


@pytest.mark.promise("json-34")
@pytest.mark.parametrize("shown", [None, "", "x", "x.y.z"])
async def test_hello_without_valid_proof_gets_401(here: Server, people: Cast, shown: str | None) -> None:
    async with Device(here.entry) as stranger:
        refusal = await stranger.refusal("hello", userid=people.alice, token=shown)
        assert refusal == LOG_IN_FIRST
        assert await stranger.close_code() == 4401


async def test_unknown_person_is_refused_at_hello(here: Server, people: Cast) -> None:
    async with Device(here.entry) as stranger:
        assert await stranger.refusal("hello", token=token(f"{people.alice}-nobody")) == NOT_FOUND
        assert await stranger.close_code() == 4401


class TestRunningOut:
    @pytest.mark.promise("json-6")
    async def test_hello_renews_the_token_without_repeating_messages(
        self, here: Server, people: Cast, bob: Device
    ) -> None:
        async with Device(here.entry, token=token(people.alice, seconds=5)) as alice:
            await bob.text(f"u:{people.alice}", "before")
            await alice.hello(token=token(people.alice))
            await asyncio.sleep(5.5)
            await bob.text(f"u:{people.alice}", "after")
            assert [event["content"] for event in await alice.events(2)] == ["before", "after"]
            assert await alice.receives_nothing()

    async def test_failed_renewal_keeps_the_session(self, here: Server, people: Cast, bob: Device) -> None:
        async with Device(here.entry, token=token(people.alice)) as alice:
            assert await alice.refusal("hello", token="x") == LOG_IN_FIRST
            assert await alice.refusal("hello", token=token(people.charlie)) == Error(409, "conflict")
            await alice.text(f"u:{people.bob}", "still Alice")
            assert (await bob.event())["from"] == people.alice


class TestBrowserSessions:
    async def test_hello_with_browser_session_logs_in(self, here: Server, people: Cast, bob: Device) -> None:
        async with browser(here, session_at(here, people.alice)) as page:
            welcome = await page.hello()
            assert welcome["user"]["userid"] == people.alice
            await page.catch_up()
            await bob.text(f"u:{people.alice}", "hello page")
            assert (await page.event())["content"] == "hello page"
