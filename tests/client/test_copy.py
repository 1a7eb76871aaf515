"""Copying what somebody wrote."""

from playwright.async_api import expect

from testkit.server import Server
from tests.client.conftest import Cast, SignIn
from tests.client.writing import device

TEXT = "two\nlines of 文字"


async def test_it_works(demo: Server, sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"), permissions=["clipboard-read", "clipboard-write"])
    async with device(demo, cast("bob")) as bob:
        await bob.text(f"u:{alice.userid}", TEXT)
    await alice.open(f"u:{cast('bob')}")

    await alice.message("two").locator(".bubble").click(button="right")
    await alice.page.get_by_role("menuitem", name="Copy").click()

    await expect(alice.page.get_by_text("Copied.")).to_be_visible()
    assert await alice.page.evaluate("navigator.clipboard.readText()") == TEXT


async def test_it_works_where_pages_have_no_clipboard(demo: Server, sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))
    async with device(demo, cast("bob")) as bob:
        await bob.text(f"u:{alice.userid}", TEXT)
    await alice.page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error()); }")
    await alice.open(f"u:{cast('bob')}")

    await alice.message("two").locator(".bubble").click(button="right")
    await alice.page.get_by_role("menuitem", name="Copy").click()
    await alice.box.focus()
    await alice.page.keyboard.press("Control+V")

    await expect(alice.box).to_have_value(TEXT)
