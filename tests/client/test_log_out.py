"""In token mode: who has logged in with the browser uses the page, and logs out of the browser."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Browser, expect

from testkit.server import Server
from tests.client.conftest import DESK
from tests.client.person import Person, close
from tests.client.proven import MAKE, PASSWORD, log_in
from tests.support.operator import Operator
from tests.support.tokens import IN_TOKEN_MODE


@pytest_asyncio.fixture(loop_scope="session")
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    with Server(tmp_path, **IN_TOKEN_MODE) as running:
        running.run_python(MAKE.format("alice", PASSWORD))
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def alice(browser: Browser, server: Server) -> AsyncIterator[Person]:
    """She has logged in."""
    context = await browser.new_context(viewport=DESK)  # type: ignore[arg-type]
    person = Person(context, await context.new_page(), server.http, "alice")
    await person.page.goto(server.http)
    await log_in(person)
    yield person
    await close(person)
    assert person.complaints == []


async def test_it_works(alice: Person) -> None:
    own = alice.page.get_by_role("button", name="alice: profile and settings")
    await own.click()
    await alice.choose("Profile")
    dialog = alice.page.get_by_role("dialog", name="Profile")
    await expect(dialog.get_by_role("link", name="Change password")).to_have_attribute("href", "/password/")
    await alice.page.keyboard.press("Escape")
    await own.click()

    await alice.choose("Log out")

    await expect(alice.conversations).to_have_count(0)
    await alice.page.goto(alice.url)
    await expect(alice.page.get_by_label("Password")).to_be_visible()


async def test_whoever_logs_in_again_in_one_tab_has_done_so_in_all(alice: Person, server: Server) -> None:
    operator = await Operator.of(server)

    # Which ends her sessions.
    await operator.set_password("alice")
    await expect(
        alice.page.get_by_role("status").filter(has_text="You are no longer logged in")
    ).to_be_visible()
    tab = Person(alice.context, await alice.context.new_page(), alice.url, "alice")
    await tab.page.goto(alice.url)
    await log_in(tab)

    # The other tab need not be told.
    await expect(alice.conversations).to_be_visible()
    await expect(alice.page.get_by_role("status").filter(has_text="no longer logged in")).to_have_count(0)


async def test_only_somebody_who_exists_is_found(alice: Person) -> None:
    await alice.button("New chat").click()
    box = alice.page.get_by_role("dialog").get_by_role("combobox")

    await box.fill("nobody")
    await box.press("Enter")

    await expect(box).to_have_accessible_description("There is nobody with this name or user ID.")
