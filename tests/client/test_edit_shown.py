"""Messages that were given another text."""

from playwright.async_api import expect

from testkit.server import Server
from tests.client.conftest import Cast, SignIn
from tests.client.writing import device


async def test_an_edited_message_says_so_and_quotes_show_the_new_text(
    demo: Server, sign_in: SignIn, cast: Cast
) -> None:
    alice = await sign_in(cast("alice"))
    async with device(demo, cast("bob")) as bob:
        target = await bob.text(f"u:{alice.userid}", "At noo")
        await bob.text(f"u:{alice.userid}", "Sorry", reply=target)
        await alice.open(f"u:{bob.userid}")
        await expect(alice.message("Sorry")).to_contain_text("At noo")

        await bob.call("edit", target=target, content="At one")

        await expect(alice.message("Sorry")).to_contain_text("At one")
        edited = alice.message("At one").filter(has_not_text="Sorry")
        await expect(edited).to_contain_text("edited")
    await alice.page.reload()
    await expect(edited).to_contain_text("edited")
