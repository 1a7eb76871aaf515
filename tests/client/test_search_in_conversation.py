"""Searching in the conversation that is open."""

from collections.abc import Awaitable, Callable
from contextlib import suppress

from playwright.async_api import expect

from tests.client.conftest import Cast, SignIn
from tests.client.test_search import stopping


async def test_it_works(sign_in: SignIn, cast: Cast) -> None:
    alice, bob = await sign_in(cast("alice")), cast("bob")
    await alice.open(f"u:{bob}")
    for text in ("the first harbour", "something else", "the second harbour"):
        await alice.call("POST", f"conversations/u:{bob}/messages", {"kind": "text", "content": text})

    await alice.button("Search in this conversation").click()
    field = alice.page.get_by_role("searchbox", name="Search in this conversation")

    async def search() -> None:
        await field.fill("harbour")
        await field.press("Enter")
        # The index follows the log.
        await expect(alice.page.get_by_text("1 of 2")).to_be_visible(timeout=1500)

    await _until(search)
    await alice.button("Older hit").click()

    await expect(alice.page.get_by_text("2 of 2")).to_be_visible()
    await expect(alice.button("Older hit")).to_be_disabled()
    await alice.reads("the first harbour")


async def test_what_is_not_there_is_said_not_to_be(sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))
    await alice.open(f"u:{cast('bob')}")

    await alice.button("Search in this conversation").click()
    field = alice.page.get_by_role("searchbox", name="Search in this conversation")
    await field.fill("harbour")
    await field.press("Enter")

    await expect(alice.page.get_by_text("Nothing found")).to_be_visible()


async def test_a_search_that_takes_long_goes_on(sign_in: SignIn, cast: Cast) -> None:
    alice, bob = await sign_in(cast("alice")), cast("bob")
    await alice.open(f"u:{bob}")
    await alice.call("POST", f"conversations/u:{bob}/messages", {"kind": "text", "content": "the harbour"})
    while not (await alice.call("GET", f"messages/search?q=harbour&conversation=u:{bob}"))["items"]:
        pass
    await stopping(alice, 13)

    await alice.button("Search in this conversation").click()
    field = alice.page.get_by_role("searchbox", name="Search in this conversation")
    await field.fill("harbour")
    await field.press("Enter")
    await expect(alice.page.get_by_text("Nothing found so far")).to_be_visible()
    await alice.button("Older hit").click()

    await expect(alice.page.get_by_text("1 of 1")).to_be_visible()


async def test_escape_closes_it(sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))
    await alice.open(f"u:{cast('bob')}")

    await alice.button("Search in this conversation").click()
    field = alice.page.get_by_role("searchbox", name="Search in this conversation")
    await expect(field).to_be_focused()
    await field.press("Escape")

    await expect(field).to_have_count(0)


async def _until(attempt: Callable[[], Awaitable[None]], times: int = 20) -> None:
    """Attempt it again until it succeeds."""
    for _ in range(times - 1):
        with suppress(AssertionError):
            return await attempt()
    return await attempt()
