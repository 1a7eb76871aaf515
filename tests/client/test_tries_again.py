"""Without a network one is told soon, and what could not be loaded is loaded again by itself."""

import pytest
from playwright.async_api import expect

from tests.client.conftest import Cast, SignIn


@pytest.mark.core
async def test_without_a_network_one_is_told(sign_in: SignIn, cast: Cast) -> None:
    """Long before the connection is known to be dead."""
    alice = await sign_in(cast("alice"))
    banner = alice.page.get_by_role("status").filter(has_text="You are offline.")
    await alice.context.set_offline(True)
    await expect(banner).to_be_visible(timeout=20_000)

    await alice.context.set_offline(False)

    await expect(banner).to_have_count(0)


async def test_what_could_not_be_loaded_is_loaded_again(sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))
    await alice.open(f"u:{alice.userid}")
    await alice.write("a note")
    await alice.reads("a note")
    calls = ("**/api/v1/conversations", "**/api/v1/conversations/*/messages?*")
    for call in calls:
        await alice.page.route(call, lambda route: route.fulfill(status=500, body="no"))
    await alice.page.reload()
    await expect(alice.conversations).to_contain_text("could not be loaded")
    await expect(alice.messages).to_contain_text("could not be loaded")

    for call in calls:
        await alice.page.unroute(call)

    await alice.reads("a note")
    await expect(alice.conversations.get_by_role("link")).to_contain_text("a note")
