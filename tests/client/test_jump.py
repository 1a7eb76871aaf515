"""Following a link to a message."""

from playwright.async_api import expect

from testkit.server import Server
from tests.client.conftest import Cast, SignIn
from tests.client.writing import device, send_many


async def test_message_link_opens_message_and_scrolls_on_to_the_end(
    demo: Server, sign_in: SignIn, cast: Cast
) -> None:
    alice = await sign_in(cast("alice"))
    async with device(demo, cast("bob")) as bob:
        ids = await send_many(bob, f"u:{alice.userid}", [f"number {n:05}" for n in range(300)])

    await alice.page.goto(f"{alice.url}/#/u/{cast('bob')}?m={ids[100]}")
    await expect(alice.message("number 00100")).to_be_in_viewport()
    await expect(alice.page).to_have_url(f"{alice.url}/#/u/{cast('bob')}")

    await alice.page.evaluate(
        """async () => {
            const log = document.querySelector("[role=log]");
            while (!log.textContent.includes("number 00299")) {
                log.scrollTop += 600;
                await new Promise(requestAnimationFrame);
            }
        }"""
    )
    await alice.reads("number 00299")
    await alice.reads("number 00200")

    # One that is not there.
    await alice.page.goto(f"{alice.url}/#/u/{cast('bob')}?m={ids[-1] + 100_000}")
    await expect(alice.page.get_by_text("This message is no longer there.")).to_be_visible()
    await alice.reads("number 00299")
