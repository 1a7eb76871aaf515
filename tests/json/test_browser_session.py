"""Open mode: who names nobody is who has logged in with this browser, if a page of ours asks."""

import asyncio

import pytest
from websockets.exceptions import InvalidStatus

from testkit.device import Device, Error
from testkit.server import Server
from tests.json.conftest import Cast, anywhere, browser
from tests.support.operator import USERID, Operator
from tests.support.sessions import session_at
from tests.wire.test_token_login import create

pytestmark = anywhere

LOG_IN_FIRST = Error(401, "log_in_first")


@pytest.fixture
def session(here: Server, cast: Cast) -> str:
    """Alice's."""
    create(here, *cast)
    return session_at(here, cast.alice)


@pytest.mark.promise("json-5")
async def test_browser_session_authenticates_a_page(
    there: Server, cast: Cast, session: str, bob: Device
) -> None:
    async with browser(there, session) as page:
        assert (await page.hello())["user"]["userid"] == cast.alice
        await page.catch_up()
        await bob.text(f"u:{cast.alice}", "hello page")
        assert (await page.event())["content"] == "hello page"
        await page.text(f"u:{cast.bob}", "hello Bob")
        assert (await bob.event())["from"] == cast.alice


@pytest.mark.promise("json-5")
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
    ids=str,
)
async def test_socket_from_a_foreign_origin_is_refused(
    there: Server, session: str, headers: dict[str, str]
) -> None:
    page = browser(there, session, **headers)
    with pytest.raises(InvalidStatus) as refusal:
        await page.connect()
    assert refusal.value.response.status_code == 403


async def test_invalid_browser_session_must_log_in(there: Server, cast: Cast, session: str) -> None:
    for key in ("a" * 32, "", session_at(there, cast.alice, seconds=-60)):
        async with browser(there, key) as page:
            assert await page.refusal("hello") == LOG_IN_FIRST
            assert await page.close_code() == 4401


async def test_browser_logout_ends_the_socket_of_the_page(there: Server, operator: Operator) -> None:
    async with browser(there, operator.session_key) as page, Device(there.entry, USERID) as phone:
        await page.hello()
        async with asyncio.timeout(10):
            await operator.log_out()
            assert await page.close_code() == 4401
        assert await page.refused(None) == LOG_IN_FIRST
        assert await phone.call("ping") == {}
