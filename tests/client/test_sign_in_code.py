"""Sign-in by a code: a computer shows it, and a signed-in phone shows the requester and confirms."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from testkit.axe import findings
from testkit.server import WITHOUT_LIMITS, Server
from tests.client.conftest import DESK, PHONE
from tests.client.person import Person, people
from tests.client.proven import MAKE, PASSWORD, log_in
from tests.support.tokens import IN_TOKEN_MODE

Open = Callable[..., Awaitable[Person]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("code"), **IN_TOKEN_MODE, **WITHOUT_LIMITS) as running:
        running.run_python(MAKE.format("nora", PASSWORD))
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def open_login(browser: Browser, server: Server) -> AsyncIterator[Open]:
    """Open the sign-in page in a new context."""
    async with people(browser) as open_person:

        async def open_(path: str = "/login/", **options: object) -> Person:
            person = await open_person(server.http, "nora", service_workers="block", **options)
            await person.page.goto(f"{server.http}{path}")
            return person

        yield open_


async def address_shown(page: Page, button: str) -> str:
    async with page.expect_response("**/login/code/") as shown:
        await page.get_by_role("button", name=button).click()
    await expect(page.get_by_role("img", name="QR code to sign in")).to_be_visible()
    return str((await (await shown.value).json())["url"])


@pytest.mark.core
async def test_phone_confirms_code_and_lists_the_computer(open_login: Open) -> None:
    computer = await open_login("/login/?next=/%23/u/nora", viewport=DESK)
    phone = await open_login(viewport=PHONE)
    await log_in(phone)

    # What is refused lets nobody in; another code can be shown.
    await phone.page.goto(await address_shown(computer.page, "Use your phone"))
    await phone.page.get_by_role("button", name="Refuse").click()
    await expect(phone.page.get_by_role("status")).to_contain_text("Nobody has been signed in.")
    await expect(computer.page.get_by_role("status")).to_have_text("Refused on the phone.")

    address = await address_shown(computer.page, "Show a new code")
    assert await findings(computer.page) == []
    await phone.page.goto("about:blank")
    await phone.page.goto(address)
    question = phone.page.locator(".asking")
    await expect(question).to_contain_text("Chrome")
    await expect(question).to_contain_text("Linux")
    await expect(question).to_contain_text("127.0.0.1")
    await expect(question).to_contain_text("The same network as this device.")
    await expect(computer.page.get_by_role("status")).to_have_text("Scanned. Confirm on your phone.")
    # The code does not stay in the address.
    await expect(phone.page).to_have_url(f"{phone.url}/sign-in/")
    assert await findings(phone.page) == []
    await phone.page.get_by_role("button", name="Confirm").click()
    await expect(phone.page.get_by_role("status")).to_contain_text("The other device is signing in.")
    await computer.conversations.wait_for()
    await expect(computer.page).to_have_url(f"{computer.url}/#/u/nora")
    logins = (await (await phone.page.request.get(f"{phone.url}/api/v1/me/logins")).json())["items"]
    assert [one["current"] for one in logins if one["kind"] == "browser"] == [False, True]

    await phone.page.goto("about:blank")
    await phone.page.goto(address)
    await expect(phone.page.get_by_role("status")).to_have_text("This code has expired. Scan the new one.")
    stranger = await open_login(viewport=PHONE)
    await stranger.page.goto(address)
    await expect(stranger.page.get_by_text("You are not signed in on this device.")).to_be_visible()
