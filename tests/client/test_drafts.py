"""Texts that are written but not sent."""

from playwright.async_api import expect

from testkit.device import Device
from testkit.server import Server
from tests.client.conftest import Cast, SignIn


async def test_draft_is_kept_per_conversation_and_author_until_sent(
    sign_in: SignIn, cast: Cast, demo: Server
) -> None:
    alice = await sign_in(cast("alice"))
    async with Device(demo.entry, cast("bob")) as bob:
        await alice.open(f"u:{bob.userid}")
        await alice.box.fill("for Bob")
        await alice.open(f"u:{cast('charlie')}")
        await expect(alice.box).to_have_value("")
        await alice.page.reload()
        await alice.open(f"u:{bob.userid}")
        await expect(alice.box).to_have_value("for Bob")

        # Another tab shows it too.
        tab = await alice.new_tab(f"u:{bob.userid}")
        await expect(tab.box).to_have_value("for Bob")
        await tab.box.fill("from the second tab")
        await expect(alice.box).to_have_value("from the second tab")

        # Not to somebody else who uses this browser.
        await tab.page.evaluate("userid => sessionStorage.setItem('im66.userid', userid)", cast("charlie"))
        await tab.page.reload()
        await tab.open(f"u:{bob.userid}")
        await expect(tab.box).to_have_value("")
        await expect(alice.box).to_have_value("from the second tab")

        await alice.box.press("Enter")
        assert (await bob.message())["content"] == "from the second tab"
        await alice.page.reload()
        await expect(alice.box).to_have_value("")
