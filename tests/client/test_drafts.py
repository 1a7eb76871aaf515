"""What is written and not sent yet."""

from playwright.async_api import expect

from testkit.device import Device
from testkit.server import Server
from tests.client.conftest import Cast, SignIn


async def test_it_works(sign_in: SignIn, cast: Cast, demo: Server) -> None:
    alice = await sign_in(cast("alice"))
    async with Device(demo.entry, cast("bob")) as bob, Device(demo.entry, cast("charlie")) as charlie:
        await alice.open(f"u:{bob.userid}")
        await alice.box.fill("for Bob")

        await alice.open(f"u:{charlie.userid}")
        await expect(alice.box).to_have_value("")
        await alice.page.reload()
        await alice.open(f"u:{bob.userid}")

        await expect(alice.box).to_have_value("for Bob")


async def test_a_draft_that_was_sent_is_gone(sign_in: SignIn, cast: Cast, demo: Server) -> None:
    alice = await sign_in(cast("alice"))
    async with Device(demo.entry, cast("bob")) as bob:
        await alice.open(f"u:{bob.userid}")
        await alice.write("for Bob")
        assert (await bob.message())["content"] == "for Bob"

        await alice.page.reload()

        await expect(alice.box).to_have_value("")


async def test_all_tabs_show_it(sign_in: SignIn, cast: Cast, demo: Server) -> None:
    alice = await sign_in(cast("alice"))
    async with Device(demo.entry, cast("bob")) as bob:
        await alice.open(f"u:{bob.userid}")
        tab = await alice.new_tab(f"u:{bob.userid}")

        await tab.box.fill("from the second tab")

        await expect(alice.box).to_have_value("from the second tab")


async def test_nobody_sees_what_another_one_has_written_in_this_browser(
    sign_in: SignIn, cast: Cast, demo: Server
) -> None:
    alice = await sign_in(cast("alice"))
    async with Device(demo.entry, cast("bob")) as bob:
        await alice.open(f"u:{bob.userid}")
        await alice.box.fill("for Bob")

        tab = await alice.new_tab()
        await tab.page.evaluate("userid => sessionStorage.setItem('im66.userid', userid)", cast("charlie"))
        await tab.page.reload()
        await tab.open(f"u:{bob.userid}")

        await expect(tab.box).to_have_value("")
        await expect(alice.box).to_have_value("for Bob")
