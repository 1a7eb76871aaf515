"""Choosing a userid in open mode."""

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from testkit.axe import findings
from testkit.device import Device
from testkit.server import Server
from tests.client.conftest import Cast, SignIn
from tests.client.person import Person


async def leave(person: Person) -> Page:
    """Sign out, so that the form is shown again."""
    await person.page.get_by_role("button", name="profile and settings").click()
    await person.choose("Sign out")
    await person.page.get_by_role("textbox", name="User ID").wait_for()
    return person.page


@pytest.mark.core
async def test_sign_in_lasts_until_sign_out_and_explains_errors(sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))
    own = alice.page.get_by_role("button", name=f"{alice.userid}: profile and settings")
    page = await leave(alice)
    await expect(alice.conversations).to_have_count(0)
    await page.reload()
    await expect(page.get_by_role("textbox", name="User ID")).to_be_visible()

    await alice.sign_in()
    await expect(own).to_be_visible()
    await page.reload()
    await expect(own).to_be_visible()

    # The form, which offers the demo's people.
    await leave(alice)
    assert await findings(page) == []
    box = page.get_by_role("textbox", name="User ID")
    await box.fill("a_b")
    await box.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("1 to 64 characters")
    await expect(box).to_have_attribute("aria-invalid", "true")
    await box.fill("")
    await expect(page.get_by_role("alert")).to_have_count(0)
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await expect(page.get_by_role("alert")).to_have_text("Enter a user ID.")

    await page.get_by_text("简体中文", exact=True).click()
    await expect(page.get_by_role("button", name="登录")).to_be_visible()
    await expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    await page.get_by_text("繁體中文", exact=True).click()
    await expect(page.get_by_role("button", name="登入")).to_be_visible()
    await expect(page.locator("html")).to_have_attribute("lang", "zh-Hant")
    assert await findings(page) == []
    await page.get_by_text("English", exact=True).click()
    await expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()

    await page.get_by_role("button", name="Bob").click()
    await expect(page.get_by_role("button", name="Bob: profile and settings")).to_be_visible()
    await expect(page.get_by_role("link").filter(has_text="Alice").first).to_be_visible()


async def test_sign_in_is_retried_after_too_many_connections(sign_in: SignIn, tmp_path: Path) -> None:
    with Server(tmp_path, IM66_MAX_CONNECTIONS_PER_USER="1") as server:
        page = await leave(await sign_in("bob", at=server))
        async with Device(server.entry, "alice"):
            await page.get_by_role("textbox", name="User ID").fill("alice")
            await page.get_by_role("button", name="Sign in", exact=True).click()
            await expect(page.get_by_role("alert")).to_contain_text("Too many connections")
            await expect(page.get_by_role("button", name="Sign out")).to_be_visible()
        await page.get_by_role("button", name="Try again").click()
        await expect(page.get_by_role("navigation", name="Conversations")).to_be_visible()
