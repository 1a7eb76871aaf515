"""Replying to a message."""

from playwright.async_api import expect

from testkit.device import Device
from testkit.server import Server
from tests.client.composing import bar, reply_to
from tests.client.conftest import Cast, SignIn
from tests.client.files import png
from tests.client.writing import device, send_many


async def test_reply_bar_names_the_message_until_escape(sign_in: SignIn, cast: Cast, demo: Server) -> None:
    alice = await sign_in(cast("alice"))
    async with Device(demo.entry, cast("bob")) as bob:
        request = await bob.text(f"u:{alice.userid}", "Lunch at noon?")
        await alice.open(f"u:{bob.userid}")
        await alice.reads("Lunch at noon?")

        await reply_to(alice, "Lunch at noon?")
        await expect(bar(alice, "Reply")).to_contain_text("Lunch at noon?")
        await expect(alice.box).to_be_focused()
        await alice.write("Sure.")
        message = await bob.message()
        assert (message["content"], message["reply"]) == ("Sure.", request)
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


async def test_reply_quotes_message_and_jumps_to_it(demo: Server, sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))
    async with device(demo, cast("bob")) as bob:
        target = await bob.text(f"u:{alice.userid}", "the very first")
        secret = await bob.text(f"u:{alice.userid}", "secret")
        await bob.call("recall", target=secret)
        await send_many(bob, f"u:{alice.userid}", [f"number {n}" for n in range(100)])
        await bob.text(f"u:{alice.userid}", "never mind", reply=secret)
        last = await bob.text(f"u:{alice.userid}", "remember?", reply=target)
    await alice.call("PUT", f"conversations/u:{cast('bob')}/read", {"upto": last})
    # A page that knows of the mark only later opens at what was unread.
    row = alice.conversation(cast("bob"))
    await expect(row).to_contain_text("remember?")
    await expect(row).not_to_contain_text("unread")
    await alice.open(f"u:{cast('bob')}")
    reply = alice.message("remember?")
    await expect(reply).to_be_in_viewport()
    await expect(alice.message("never mind")).to_contain_text("[Recalled]")

    await reply.get_by_role("button", name=f"Reply to {cast('bob')} the very first").click()

    first = alice.message("the very first").filter(has_not_text="remember?")
    await expect(first).to_be_in_viewport()
