"""Messages that were given another text."""

from playwright.async_api import expect

from testkit.server import Server
from tests.client.conftest import Cast, SignIn
from tests.client.writing import device


async def test_it_works(demo: Server, sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))
    async with device(demo, cast("bob")) as bob:
        target = await bob.text(f"u:{alice.userid}", "At noo")
        await alice.open(f"u:{bob.userid}")
        await alice.reads("At noo")

        await bob.call("edit", target=target, content="At noon")

        await alice.reads("At noon")
        await expect(alice.message("At noon")).to_contain_text("edited")
    await alice.page.reload()
    await expect(alice.message("At noon")).to_contain_text("edited")


async def test_quotes_show_the_new_text(demo: Server, sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))
    async with device(demo, cast("bob")) as bob:
        target = await bob.text(f"u:{alice.userid}", "At noo")
        await bob.text(f"u:{alice.userid}", "Sorry", reply=target)
        await alice.open(f"u:{bob.userid}")
        await alice.reads("Sorry")

        await bob.call("edit", target=target, content="At one")

        await expect(alice.message("Sorry")).to_contain_text("At one")
