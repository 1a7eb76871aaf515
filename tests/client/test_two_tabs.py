"""What one does in a tab shows in one's other tabs."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from testkit.server import WITHOUT_LIMITS, Server
from tests.client.conftest import DESK, Cast, SignIn
from tests.client.person import Person, close
from tests.client.proven import MAKE, PASSWORD, log_in
from tests.client.writing import device, send_many
from tests.support.tokens import IN_TOKEN_MODE


@pytest.mark.core
@pytest.mark.parametrize("acting", ["first", "second"])
async def test_what_is_done_in_one_tab_is_seen_in_the_other(
    demo: Server, sign_in: SignIn, cast: Cast, acting: str
) -> None:
    """Only the first tab has a connection."""
    first = await sign_in(cast("alice"))
    second = await first.new_tab()
    here, there = (first, second) if acting == "first" else (second, first)
    async with device(demo, cast("bob")) as bob:
        await send_many(bob, f"u:{first.userid}", ["one", "two"])
        await expect(there.conversation(bob.userid)).to_contain_text("2 unread messages")

        await here.page.bring_to_front()
        await here.open(f"u:{bob.userid}")
        await expect(there.conversation(bob.userid)).not_to_contain_text("unread")

        for entry, sign in (("Pin to the top", "Pinned"), ("Mute", "Muted")):
            await here.conversation(bob.userid).click(button="right")
            await here.choose(entry)
            await expect(there.conversation(bob.userid).get_by_role("img", name=sign)).to_be_visible()

        await here.button(f"{here.userid}: profile and settings").click()
        await here.choose("Sign out")
        await expect(there.page.get_by_role("textbox", name="User ID")).to_be_visible()


async def test_logging_out(browser: Browser, tmp_path: Path) -> None:
    with Server(tmp_path, **IN_TOKEN_MODE, **WITHOUT_LIMITS) as server:
        server.run_python(MAKE.format("alice", PASSWORD))
        context = await browser.new_context(viewport=DESK)  # type: ignore[arg-type]
        first = Person(context, await context.new_page(), server.http, "alice")
        await first.page.goto(f"{server.http}/")
        await log_in(first)
        second = await first.new_tab()

        await first.page.bring_to_front()
        await first.button("alice: profile and settings").click()
        await first.choose("Sign out")

        await expect(second.button("Sign in again")).to_be_visible()
        await close(first)
