"""Replies, and what they reply to."""

from playwright.async_api import expect

from testkit.server import Server
from tests.client.conftest import Cast, SignIn
from tests.client.writing import device, send_many


async def test_it_works(demo: Server, sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))
    async with device(demo, cast("bob")) as bob:
        await alice.open(f"u:{bob.userid}")
        target = await bob.text(f"u:{alice.userid}", "At noon?")
        await bob.text(f"u:{alice.userid}", "Or later?", reply=target)

    quote = alice.message("Or later?").get_by_role("button", name=f"Reply to {cast('bob')} At noon?")
    await expect(quote).to_be_visible()


async def test_a_click_leads_to_a_message_far_back(demo: Server, sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))
    async with device(demo, cast("bob")) as bob:
        target = await bob.text(f"u:{alice.userid}", "the very first")
        await send_many(bob, f"u:{alice.userid}", [f"number {n}" for n in range(150)])
        last = await bob.text(f"u:{alice.userid}", "remember?", reply=target)
        await bob.call("read", to=f"u:{alice.userid}", upto=last)
    await alice.page.evaluate(
        """([userid, bob, upto]) => fetch(`/api/v1/conversations/u:${bob}/read`, {
            method: "PUT", body: JSON.stringify({ upto }),
            headers: { Authorization: `Userid ${userid}`, "Content-Type": "application/json" } })""",
        [alice.userid, cast("bob"), last],
    )
    await alice.page.reload()
    await alice.open(f"u:{cast('bob')}")
    reply = alice.message("remember?")
    await expect(reply).to_contain_text("the very first")
    await expect(reply).to_be_in_viewport()

    await reply.get_by_role("button", name="Reply to").click()

    first = alice.message("the very first").filter(has_not_text="remember?")
    await expect(first).to_be_in_viewport()


async def test_a_reply_to_a_recalled_message_says_so(demo: Server, sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))
    async with device(demo, cast("bob")) as bob:
        target = await bob.text(f"u:{alice.userid}", "secret")
        await bob.text(f"u:{alice.userid}", "never mind", reply=target)
        await bob.call("recall", target=target)
    await alice.open(f"u:{cast('bob')}")

    await expect(alice.message("never mind")).to_contain_text("[Recalled]")
