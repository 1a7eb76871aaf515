"""Being told that somebody is writing."""

from playwright.async_api import expect

from testkit.server import Server
from tests.client.conftest import Cast, SignIn
from tests.client.writing import device


async def test_who_writes_is_named_until_the_message_comes(demo: Server, sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))
    async with device(demo, cast("bob")) as bob:
        await bob.text(f"u:{alice.userid}", "wait")
        await alice.open(f"u:{bob.userid}")
        await alice.reads("wait")

        await bob.call("typing", to=f"u:{alice.userid}")
        await expect(alice.messages.get_by_text(f"{bob.userid} is writing…")).to_be_visible()
        await bob.text(f"u:{alice.userid}", "here it is")

        await alice.reads("here it is")
        await expect(alice.messages.get_by_text("is writing…")).to_have_count(0)
