"""A browser that stores nothing for the page, or returns invalid data."""

import pytest
from playwright.async_api import Page, expect

from tests.client.conftest import Cast, SignIn
from tests.client.person import Person

CLOSED = """for (const name of ["localStorage", "sessionStorage"])
  Object.defineProperty(window, name, { get() { throw new DOMException("closed", "SecurityError"); } });"""
FULL = 'Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError"); };'


async def come_again(alice: Person, *, script: str) -> Page:
    """Open the page in a new context whose storage behaves like the script."""
    await alice.context.add_init_script(script)
    await alice.page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
    await alice.page.reload()
    return alice.page


@pytest.mark.parametrize("script", [CLOSED, FULL], ids=["closed", "full"])
async def test_page_works_without_browser_storage(sign_in: SignIn, cast: Cast, script: str) -> None:
    alice = await sign_in(cast("alice"))
    page = await come_again(alice, script=script)

    await alice.sign_in()
    await alice.open("u:bob")
    await alice.write(f"{alice.userid} keeps nothing")

    await alice.reads(f"{alice.userid} keeps nothing")
    await expect(alice.messages.get_by_label("Sending")).to_have_count(0)
    await alice.button("Stickers").click()
    await page.get_by_role("tab", name="Emoji").click()
    await page.get_by_role("tabpanel").get_by_role("button", name="👍", exact=True).click()
    await expect(alice.box).to_have_value("👍")
