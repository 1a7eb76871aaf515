"""Actions in one tab show in the user's other tabs."""

import pytest
from playwright.async_api import expect

from testkit.server import Server
from tests.client.conftest import Cast, SignIn
from tests.client.writing import device, send_many


@pytest.mark.core
@pytest.mark.parametrize("acting", ["first", "second"])
async def test_action_in_one_tab_shows_in_the_other(
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
