"""Searching above the list: conversations, people and messages."""

import asyncio

import pytest
from playwright.async_api import Locator, Route, expect

from testkit.axe import findings
from testkit.device import Device
from tests.client.conftest import Cast, SignIn
from tests.client.person import Person
from tests.client.writing import send_many


def box(person: Person) -> Locator:
    return person.page.get_by_role("searchbox", name="Search")


def results_of(person: Person, section: str) -> Locator:
    return person.page.get_by_role("region", name=section).get_by_role("link")


async def indexed(person: Person, word: str) -> None:
    """Wait until the server finds a message with the word."""
    async with asyncio.timeout(60):
        while not (await person.call("GET", f"messages/search?q={word}"))["items"]:
            await asyncio.sleep(0.05)


async def stopping(person: Person, portions: int) -> None:
    """Simulate a server that interrupts each search this number of times without a result."""
    count = 0

    async def answer(route: Route) -> None:
        nonlocal count
        count += 1
        if count > portions:
            return await route.continue_()
        return await route.fulfill(json={"items": [], "more": True, "before": 10**12 - count})

    await person.page.route("**/messages/search*", answer)


@pytest.mark.core
async def test_messages_people_and_conversations_are_found(sign_in: SignIn, cast: Cast) -> None:
    alice, bob = await sign_in(cast("alice")), await sign_in(cast("bob"))
    await bob.call("PATCH", "me", {"nickname": f"Robert {cast('n')}"})
    for name in ("Hiking", "Sailing"):
        await alice.make_group(name, cast("charlie"))
    async with Device(f"{alice.url.replace('http', 'ws')}/entry", cast("dora")) as dora:
        await dora.text(f"u:{alice.userid}", f"We meet at the {cast('lighthouse')} at noon")
    await indexed(alice, cast("lighthouse"))
    await expect(alice.conversations.get_by_role("link")).to_have_count(3)

    await box(alice).fill("hIk")
    await expect(alice.conversations.get_by_role("link")).to_have_count(1)
    await expect(alice.conversation("Hiking").locator("mark")).to_have_text("Hik")
    await box(alice).press("Escape")
    await expect(alice.conversations.get_by_role("link")).to_have_count(3)
    await expect(box(alice)).to_have_value("")

    await box(alice).fill(cast("LIGHTHOUSE"))
    message = results_of(alice, "Found messages")
    await expect(message).to_have_count(1)
    await expect(message).to_contain_text(cast("dora"))
    await expect(message.locator("mark")).to_have_text(cast("lighthouse"))
    assert await findings(alice.page) == []
    await message.click()
    await alice.reads("We meet at the")
    assert f"/u/{cast('dora')}" in alice.page.url

    await box(alice).fill(f"robert {cast('n')}")
    await expect(results_of(alice, "People")).to_have_count(1)
    await box(alice).press("ArrowDown")
    await expect(results_of(alice, "People")).to_be_focused()
    await alice.page.keyboard.press("Enter")
    await expect(alice.page).to_have_url(f"{alice.url}/#/u/{bob.userid}")
    await alice.write("Is it you?")
    await bob.conversation("Is it you?").wait_for()


async def test_search_by_prefix_highlights_the_result_in_place(sign_in: SignIn, cast: Cast) -> None:
    alice, bob, word = await sign_in(cast("alice")), cast("bob"), cast("camera")
    folded = "the day was long\n" * 60 + f"My {word} broke. " + "and so on\n" * 60
    async with Device(f"{alice.url.replace('http', 'ws')}/entry", bob) as writer:
        await send_many(writer, f"u:{alice.userid}", [folded, "another", f"in{word}, {word}s", "last"])
    await indexed(alice, word)
    await box(alice).fill(word[:5])
    await expect(results_of(alice, "Found messages")).to_have_count(2)
    await box(alice).fill(f"my {word[:5]}")
    result = results_of(alice, "Found messages")
    await expect(result.locator("mark")).to_have_text(["My", word[:5]])

    await result.click()
    long = alice.message("the day was long")
    await expect(long.locator("mark")).to_have_text(["My", word[:5]])
    await expect(long.locator("mark").last).to_be_in_viewport()
    await expect(long.get_by_role("button", name="Show all")).to_have_count(0)
    assert await findings(alice.page, "[role=log]") == []

    # What was opened stays so when the marks go.
    await alice.button("Clear the search").click()
    await expect(alice.messages.locator("mark")).to_have_count(0)
    await expect(long.get_by_role("button", name="Show all")).to_have_count(0)


async def test_search_pages_and_continues_after_slow_or_failed_request(sign_in: SignIn, cast: Cast) -> None:
    alice, word = await sign_in(cast("alice")), cast("pebble")
    async with Device(f"{alice.url.replace('http', 'ws')}/entry", cast("bob")) as bob:
        await send_many(bob, f"u:{alice.userid}", [f"{word} number {number}" for number in range(25)])
        await bob.text(f"u:{alice.userid}", cast("last"))
    await indexed(alice, cast("last"))
    await box(alice).fill(word)
    await expect(results_of(alice, "Found messages")).to_have_count(20)
    await alice.button("More messages").click()
    await expect(results_of(alice, "Found messages")).to_have_count(25)
    await expect(alice.button("More messages")).to_have_count(0)

    await stopping(alice, 13)
    await box(alice).fill(cast("last"))
    await expect(alice.page.get_by_text("Nothing was found so far.")).to_be_visible()
    await expect(alice.page.get_by_text("Nothing was found for")).to_have_count(0)
    await alice.button("Search older messages").click()
    await expect(results_of(alice, "Found messages")).to_have_count(1)
    await expect(alice.button("Search older messages")).to_have_count(0)

    # One that failed can be repeated, and that nothing is found is said.
    await alice.page.unroute("**/messages/search*")
    await alice.page.route("**/messages/search*", lambda route: route.abort())
    await box(alice).fill(cast("nowhere"))
    await expect(alice.page.get_by_text("Search failed. Try again.")).to_be_visible()

    await alice.page.unroute("**/messages/search*")
    await alice.button("Try again").click()
    text = alice.page.get_by_role("status").filter(has_text="Nothing was found")
    await expect(text).to_contain_text(cast("nowhere"))
    await alice.button("Clear the search").click()
    await expect(text).to_have_count(0)
