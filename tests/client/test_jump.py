"""Following a link to one message."""

import pytest
from playwright.async_api import expect

from testkit.server import Server
from tests.client.conftest import SIZES, Cast, SignIn
from tests.client.writing import device, send_many


@pytest.mark.parametrize("size", SIZES)
async def test_it_works(demo: Server, sign_in: SignIn, cast: Cast, size: dict[str, int]) -> None:
    alice = await sign_in(cast("alice"), size=size)
    async with device(demo, cast("bob")) as bob:
        ids = await send_many(bob, f"u:{alice.userid}", [f"number {n:05}" for n in range(300)])

    await alice.page.goto(f"{alice.url}/#/u/{cast('bob')}?m={ids[100]}")

    await expect(alice.message("number 00100")).to_be_in_viewport()
    await expect(alice.page).to_have_url(f"{alice.url}/#/u/{cast('bob')}")


async def test_from_there_one_scrolls_on_to_the_end(demo: Server, sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))
    async with device(demo, cast("bob")) as bob:
        ids = await send_many(bob, f"u:{alice.userid}", [f"number {n:05}" for n in range(300)])
    await alice.page.goto(f"{alice.url}/#/u/{cast('bob')}?m={ids[100]}")
    await expect(alice.message("number 00100")).to_be_in_viewport()

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


async def test_a_message_that_is_not_there_is_told(demo: Server, sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))
    async with device(demo, cast("bob")) as bob:
        last = await bob.text(f"u:{alice.userid}", "hello")

    await alice.page.goto(f"{alice.url}/#/u/{cast('bob')}?m={last + 100_000}")

    await expect(alice.page.get_by_text("This message is no longer there.")).to_be_visible()
    await alice.reads("hello")
