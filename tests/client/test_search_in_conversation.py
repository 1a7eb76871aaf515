"""Searching in the open conversation."""

import asyncio
from contextlib import suppress

from playwright.async_api import Error, Route, expect

from tests.client.conftest import PHONE, Cast, SignIn
from tests.client.test_search import indexed, stopping


async def test_search_steps_through_hits_from_the_newest_until_closed(sign_in: SignIn, cast: Cast) -> None:
    alice, bob, word = await sign_in(cast("alice")), cast("bob"), cast("harbour")
    await alice.open(f"u:{bob}")
    for text in (f"the first {word}", "something else", f"the second {word}", cast("last")):
        await alice.call("POST", f"conversations/u:{bob}/messages", {"kind": "text", "content": text})
    other = {"kind": "text", "content": f"here is the {word}"}
    await alice.call("POST", f"conversations/u:{cast('charlie')}/messages", other)
    await alice.call("POST", f"conversations/u:{bob}/messages", {"kind": "text", "content": cast("end")})
    # The index follows the log.
    await indexed(alice, cast("end"))

    await alice.button("Search in this conversation").click()
    field = alice.page.get_by_role("searchbox", name="Search in this conversation")
    await expect(field).to_be_focused()
    await field.fill(cast("nowhere"))
    await field.press("Enter")
    await expect(alice.page.get_by_text("Nothing found")).to_be_visible()

    # It answers as one types.
    await field.fill(word)
    await expect(alice.page.get_by_text("1 of 2")).to_be_visible()
    await alice.button("Previous result").click()
    await expect(alice.page.get_by_text("2 of 2")).to_be_visible()
    await expect(alice.button("Previous result")).to_be_disabled()
    await alice.reads(f"the first {word}")
    await expect(alice.messages.locator("mark")).to_have_text([word, word])
    await field.press("Shift+Enter")
    await expect(alice.page.get_by_text("1 of 2")).to_be_visible()
    await field.press("Enter")
    await expect(alice.page.get_by_text("2 of 2")).to_be_visible()
    # The form has a button that closes it, so the field has none of the browser's, which would empty it.
    room = await field.bounding_box()
    assert room
    await field.click(position={"x": room["width"] - 18, "y": room["height"] / 2})
    await expect(field).to_have_value(word)

    await field.press("Escape")
    await expect(field).to_have_count(0)
    await expect(alice.messages.locator("mark")).to_have_count(0)

    # One that takes long goes on.
    await stopping(alice, 13)
    await alice.button("Search in this conversation").click()
    await field.fill(word)
    await field.press("Enter")
    await expect(alice.page.get_by_text("Nothing found so far")).to_be_visible()
    await alice.button("Previous result").click()
    await expect(alice.page.get_by_text("1 of 2")).to_be_visible()

    # What is found after the search was closed.
    held: asyncio.Event = asyncio.Event()

    async def hold(route: Route) -> None:
        if "conversation=" in route.request.url:
            await held.wait()
        with suppress(Error):
            await route.continue_()

    await alice.page.unroute("**/messages/search*")
    await alice.page.route("**/messages/search*", hold)
    await field.press("Escape")
    await alice.button("Search in this conversation").click()
    await field.fill(word)
    async with alice.page.expect_request("**/messages/search*"):
        await field.press("Enter")
    # From the list, another conversation opens, and what is marked there stays.
    await alice.page.get_by_role("searchbox", name="Search", exact=True).fill(f"here is the {word}")
    await alice.page.get_by_role("region", name="Found messages").get_by_role("link").click()
    await expect(field).to_have_count(0)
    held.set()
    await expect(alice.message("here is").locator("mark")).to_have_text(["here", "is", "the", word])
    assert f"/u/{cast('charlie')}" in alice.page.url


async def test_search_result_expands_a_collapsed_text(sign_in: SignIn, cast: Cast) -> None:
    alice, bob, word = await sign_in(cast("alice"), size=PHONE), cast("bob"), cast("harbour")
    await alice.open(f"u:{bob}")
    folded = "a long way to go\n" * 80 + f"then the {word}" + " and more" * 300
    for text in (folded, f"{word} first, {'and much more ' * 300}", cast("last")):
        await alice.call("POST", f"conversations/u:{bob}/messages", {"kind": "text", "content": text})
    await indexed(alice, cast("last"))
    await alice.button("Search in this conversation").click()
    field = alice.page.get_by_role("searchbox", name="Search in this conversation")
    await field.fill(word[:-1])
    await field.press("Enter")
    await expect(alice.page.get_by_text("1 of 2")).to_be_visible()
    # Its result is in the part that is shown.
    await expect(alice.message("and much more").get_by_role("button", name="Show all")).to_be_visible()
    await alice.button("Previous result").click()
    long = alice.message("a long way")
    await expect(long.locator("mark")).to_be_in_viewport()
    await expect(long.get_by_role("button", name="Show all")).to_have_count(0)
