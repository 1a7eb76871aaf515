"""Token mode: a browser session proves who logs in, on a socket that a page of ours has opened."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from websockets.exceptions import InvalidStatus

from testkit.phone import Phone
from testkit.server import Server
from tests.support.sessions import session_at
from tests.support.tokens import IN_TOKEN_MODE, token
from tests.wire.conftest import Cast
from tests.wire.test_token_login import MISSING, create

pytestmark = pytest.mark.slow

LOG_IN_AGAIN = "error_401_log in again"
LOG_IN_FIRST = "error_401_log in first"


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("strict"), **IN_TOKEN_MODE) as server:
        yield server
        text = server.log.read_text()
        assert "Traceback" not in text
        assert "sessionid" not in text


@pytest.fixture
def people(strict: Server, cast: Cast) -> Cast:
    create(strict, *cast)
    return cast


@pytest.fixture
async def bob(strict: Server, people: Cast) -> AsyncIterator[Phone]:
    async with Phone(strict.entry) as phone:
        await phone.send(f"login_{people.bob}_{token(people.bob)}")
        phone.userid = people.bob
        await phone.settle()
        yield phone


def browser(server: Server, key: str, **more: str) -> Phone:
    """A page of ours in a browser with this session."""
    headers = {"Cookie": f"sessionid={key}", "Origin": server.http, **more}
    return Phone(server.entry, additional_headers={name: value for name, value in headers.items() if value})


async def answer(phone: Phone, frame: str) -> str:
    await phone.send(frame)
    return await phone.receive()


@pytest.mark.promise("proof-1")
async def test_socket_login_by_browser_session(strict: Server, people: Cast, bob: Phone) -> None:
    await bob.text(people.alice, "waiting")
    async with browser(strict, session_at(strict, people.alice)) as page:
        await page.log_in(people.alice)
        assert (await page.message()).content == "waiting"
        await page.text(people.bob, "here I am")
        assert (await bob.message()).sender == people.alice
        await bob.text(people.alice, "so am I")
        assert (await page.message()).content == "so am I"


@pytest.mark.promise("proof-1")
async def test_socket_from_a_foreign_origin_is_refused_at_the_handshake(strict: Server, people: Cast) -> None:
    key = session_at(strict, people.alice)
    for headers in (
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
    ):
        with pytest.raises(InvalidStatus) as refused:
            await browser(strict, key, **headers).connect()
        assert refused.value.response.status_code == 403


@pytest.mark.promise("proof-1")
async def test_session_cookie_without_origin_does_not_log_in(strict: Server, people: Cast) -> None:
    """The socket is opened, since apps send none."""
    key = session_at(strict, people.alice)
    async with browser(strict, key, Origin="") as phone:
        assert await answer(phone, f"login_{people.alice}") == MISSING
        await phone.send(f"login_{people.alice}_{token(people.alice)}")
        assert await phone.receives_nothing()
    async with browser(strict, key, Origin="", **{"Sec-Fetch-Site": "same-origin"}) as phone:
        assert await answer(phone, f"login_{people.alice}") == MISSING


class TestRunningOut:
    @pytest.mark.promise("proof-2")
    async def test_expired_browser_session_logs_out_the_socket(
        self, strict: Server, people: Cast, bob: Phone
    ) -> None:
        async with browser(strict, session_at(strict, people.alice, seconds=5)) as page:
            await page.log_in(people.alice)
            await bob.text(people.alice, "in time")
            assert (await page.message()).content == "in time"
            async with asyncio.timeout(20):
                assert await page.receive() == LOG_IN_AGAIN
            await bob.text(people.alice, "too late")
            await bob.settle()
            assert await page.receives_nothing()
            assert await answer(page, f"text_{people.bob}_hi_unicast_") == LOG_IN_FIRST
