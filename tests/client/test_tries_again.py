"""A lost network is noticed soon, and failed requests are repeated automatically."""

import asyncio
import re

import pytest
from playwright.async_api import Locator, expect

from testkit.forwarder import Forwarder
from testkit.server import Server
from tests.client.composing import say
from tests.client.conftest import Cast, SignIn
from tests.client.person import Person


async def sent_by(person: Person) -> list[str]:
    """Return the user's notes to themselves on the server."""
    listed = await person.call("GET", f"conversations/u:{person.userid}/messages")
    return [message["content"] for message in listed["items"]]


def noticed(person: Person) -> Locator:
    """Wait until the page shows that the network is lost, and then that it reconnects."""
    notice = re.compile("Waiting for the network|cannot be reached")
    return person.page.get_by_role("status").filter(has_text=notice)


@pytest.mark.core
async def test_page_shows_a_lost_network_and_reloads_what_failed(sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))
    # Long before the connection is known to be dead.
    banner = alice.page.get_by_role("status").filter(has_text="You are offline.")
    await alice.context.set_offline(True)
    await expect(banner).to_be_visible(timeout=20_000)

    await alice.context.set_offline(False)

    await expect(banner).to_have_count(0)

    await alice.open(f"u:{alice.userid}")
    await say(alice, "a note")
    calls = ("**/api/v1/conversations?folder=*", "**/api/v1/conversations/*/messages?*")
    for call in calls:
        await alice.page.route(call, lambda route: route.fulfill(status=500, body="no"))
    await alice.reload_bare()
    await expect(alice.conversations).to_contain_text("could not be loaded")
    await expect(alice.messages).to_contain_text("could not be loaded")

    for call in calls:
        await alice.page.unroute(call)

    await alice.reads("a note")
    await expect(alice.conversations.get_by_role("link")).to_contain_text("a note")


@pytest.mark.core
async def test_writer_notices_a_network_that_drops_everything(
    demo: Server, sign_in: SignIn, cast: Cast
) -> None:
    """The browser does not notice the loss. When the network is back, the written text arrives once."""
    async with Forwarder(demo.port) as way:
        alice = await sign_in(cast("alice"), at=way)
        tab = await alice.new_tab(f"u:{alice.userid}")
        await alice.open(f"u:{alice.userid}")
        await alice.write("before")
        await tab.reads("before")

        way.hold_all()
        await alice.write("meanwhile")
        for person in (alice, tab):
            await noticed(person).wait_for()
        await tab.write("from the other tab")

        way.release()
        for person in (alice, tab):
            await expect(person.messages.get_by_role("article")).to_contain_text(
                ["before", "meanwhile", "from the other tab"]
            )
            await expect(person.page.get_by_role("status").get_by_role("button")).to_have_count(0)
        async with asyncio.timeout(30):
            while len(sent := await sent_by(alice)) < 3:
                await asyncio.sleep(0.1)
    assert sent == ["before", "meanwhile", "from the other tab"]


@pytest.mark.core
async def test_network_loss_is_noticed_by_an_idle_reader(demo: Server, sign_in: SignIn, cast: Cast) -> None:
    async with Forwarder(demo.port) as way:
        alice = await sign_in(cast("alice"), at=way)
        await alice.open(f"u:{alice.userid}")
        way.hold_all()
        # Something came just now, so the first keys prove nothing.
        while not await noticed(alice).count():
            await alice.page.keyboard.press("Shift")
            await alice.page.wait_for_timeout(300)

        way.release()
        await expect(noticed(alice)).to_have_count(0)
