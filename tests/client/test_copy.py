"""Copying the text of a message."""

from playwright.async_api import expect

from testkit.server import Server
from tests.client.conftest import Cast, SignIn
from tests.client.person import Person
from tests.client.writing import device

TEXT = "two\nlines of 文字"


async def copy(person: Person) -> None:
    await person.message("two").locator(".bubble").click(button="right")
    await person.page.get_by_role("menuitem", name="Copy").click()


async def test_text_is_copied_with_and_without_clipboard_api(
    demo: Server, sign_in: SignIn, cast: Cast
) -> None:
    alice = await sign_in(cast("alice"), permissions=["clipboard-read", "clipboard-write"])
    async with device(demo, cast("bob")) as bob:
        await bob.text(f"u:{alice.userid}", TEXT)
    await alice.open(f"u:{cast('bob')}")

    await copy(alice)
    await expect(alice.page.get_by_text("Copied.")).to_be_visible()
    assert await alice.page.evaluate("navigator.clipboard.readText()") == TEXT

    # Pages that came over http from another machine have none.
    await alice.page.evaluate(
        """async () => {
            await navigator.clipboard.writeText("before");
            navigator.clipboard.writeText = () => Promise.reject(new Error());
        }"""
    )
    await copy(alice)
    await alice.box.focus()
    await alice.page.keyboard.press("Control+V")
    await expect(alice.box).to_have_value(TEXT)
