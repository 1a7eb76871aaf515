"""Replying to a message."""

from playwright.async_api import expect

from testkit.device import Device
from testkit.server import Server
from tests.client.composing import bar, reply_to
from tests.client.conftest import Cast, SignIn
from tests.client.files import png


async def test_a_reply_names_what_it_replies_to_until_escape(
    sign_in: SignIn, cast: Cast, demo: Server
) -> None:
    alice = await sign_in(cast("alice"))
    async with Device(demo.entry, cast("bob")) as bob:
        asked = await bob.text(f"u:{alice.userid}", "Lunch at noon?")
        await alice.open(f"u:{bob.userid}")
        await alice.reads("Lunch at noon?")

        await reply_to(alice, "Lunch at noon?")
        await expect(bar(alice, "Reply")).to_contain_text("Lunch at noon?")
        await expect(alice.box).to_be_focused()
        await alice.write("Sure.")
        message = await bob.message()
        assert (message["content"], message["reply"]) == ("Sure.", asked)
        await expect(bar(alice, "Reply")).to_have_count(0)

        # Escape makes it a message of its own.
        await reply_to(alice, "Sure.")
        await alice.box.fill("Something else")
        await alice.box.press("Escape")
        await expect(bar(alice, "Reply")).to_have_count(0)
        await alice.box.press("Enter")
        message = await bob.message()
        assert message["content"] == "Something else"
        assert "reply" not in message

        # The first of several pictures can be one.
        await reply_to(alice, "Something else")
        await alice.attach(png(40), png(50))
        assert (await bob.message())["reply"] == message["id"]
        assert "reply" not in await bob.message()
    await expect(bar(alice, "Reply")).to_have_count(0)
