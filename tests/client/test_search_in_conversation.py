"""Searching in the conversation that is open."""

from playwright.async_api import expect

from tests.client.conftest import Cast, SignIn
from tests.client.test_search import indexed, stopping


async def test_hits_are_gone_through_from_the_newest(sign_in: SignIn, cast: Cast) -> None:
    alice, bob, word = await sign_in(cast("alice")), cast("bob"), cast("harbour")
    await alice.open(f"u:{bob}")
    for text in (f"the first {word}", "something else", f"the second {word}", cast("last")):
        await alice.call("POST", f"conversations/u:{bob}/messages", {"kind": "text", "content": text})
    # The index follows the log.
    await indexed(alice, cast("last"))

    await alice.button("Search in this conversation").click()
    field = alice.page.get_by_role("searchbox", name="Search in this conversation")
    await expect(field).to_be_focused()
    await field.fill(cast("nowhere"))
    await field.press("Enter")
    await expect(alice.page.get_by_text("Nothing found")).to_be_visible()

    await field.fill(word)
    await field.press("Enter")
    await expect(alice.page.get_by_text("1 of 2")).to_be_visible()
    await alice.button("Previous result").click()
    await expect(alice.page.get_by_text("2 of 2")).to_be_visible()
    await expect(alice.button("Previous result")).to_be_disabled()
    await alice.reads(f"the first {word}")

    await field.press("Escape")
    await expect(field).to_have_count(0)

    # One that takes long goes on.
    await stopping(alice, 13)
    await alice.button("Search in this conversation").click()
    await field.fill(word)
    await field.press("Enter")
    await expect(alice.page.get_by_text("Nothing found so far")).to_be_visible()
    await alice.button("Previous result").click()
    await expect(alice.page.get_by_text("1 of 2")).to_be_visible()
