"""Actions of moderators against a user or a group are shown with their end and reason."""

import asyncio
import re
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Locator, expect

from testkit.axe import findings
from testkit.server import Server
from tests.client.conftest import Cast, SignIn
from tests.client.person import Person

Act = Callable[[str], Awaitable[None]]
IMPORTS = "from accounts.services import *; from groups.services import *; "
# In the year 2096.
LATER = 4_000_000_000


@pytest.fixture
def act(demo: Server) -> Act:
    """Perform a moderator's action in a separate process."""

    async def act_(call: str) -> None:
        await asyncio.to_thread(demo.run_python, IMPORTS + call)

    return act_


def banner(person: Person, text: str) -> Locator:
    return person.page.get_by_role("status").filter(has_text=text)


async def test_muted_warned_or_banned_person_sees_end_and_reason(
    sign_in: SignIn, cast: Cast, act: Act
) -> None:
    bob = await sign_in(cast("bob"))
    above = bob.page.locator(".banners")
    await bob.open("u:alice")
    await bob.box.fill("not sent yet")
    await act(
        f"set_account_status({bob.userid!r}, muted=True, until={LATER}, reason='Too much advertising.')"
    )
    await expect(above).to_contain_text("A moderator has muted you until")
    await expect(above).to_contain_text("Too much advertising.")
    await expect(bob.box).to_have_count(0)
    assert await findings(bob.page) == []
    # So is who comes later.
    await bob.page.reload()
    await expect(above).to_contain_text("Too much advertising.")

    await act(f"set_account_status({bob.userid!r}, muted=False); warn({bob.userid!r}, 'No more of this.')")
    await expect(above).to_contain_text("A moderator has warned you. Reason: No more of this.")
    await expect(above).not_to_contain_text("A moderator has muted you")
    await expect(bob.box).to_have_value("not sent yet")
    await bob.button("OK").click()
    await expect(above.filter(has_text="A moderator has warned you.")).to_have_count(0)

    await act(f"set_account_status({bob.userid!r}, banned=True, until={LATER}, reason='Threats.')")
    for _ in range(2):
        for text in ("This account is locked", "It is locked until", "Threats."):
            await expect(bob.page.get_by_text(text).first).to_be_visible()
        await bob.page.reload()
    # They can be somebody else.
    await bob.page.get_by_role("button", name="Sign out").click()
    await bob.page.get_by_role("textbox", name="User ID").fill(cast("charlie"))
    await bob.page.get_by_role("button", name="Sign in", exact=True).click()
    await expect(bob.conversations).to_be_visible()


async def test_group_shows_moderation_of_it(sign_in: SignIn, cast: Cast, act: Act) -> None:
    alice, bob = await sign_in(cast("alice")), await sign_in(cast("bob"))
    group = await alice.make_group("Friends", bob.userid)
    await alice.open(group)
    await bob.open(group)

    # In a quiet one only who manages it has a box.
    await act(f"set_quiet({group[2:]}, True)")
    for person in (alice, bob):
        await expect(person.messages.get_by_text("Only owners and admins can write now")).to_be_visible()
    await expect(bob.box).to_have_count(0)
    await expect(banner(bob, "Only owners and admins can write now.")).to_be_visible()
    await alice.write("a word from the owner")
    await bob.reads("a word from the owner")
    await act(f"set_quiet({group[2:]}, False)")
    await expect(bob.messages.get_by_text("All members can write again")).to_be_visible()
    await bob.write("thank you")
    await alice.reads("thank you")

    # Somebody who is muted in one writes elsewhere.
    await act(f"mute_member({group[2:]}, {bob.userid!r}, {LATER}, '')")
    await expect(banner(bob, "A moderator has muted you in this group until")).to_be_visible()
    await expect(bob.box).to_have_count(0)
    await bob.open(f"u:{alice.userid}")
    await bob.write("not here")
    await bob.reads("not here")
    await bob.page.go_back()
    await act(f"unmute_member({group[2:]}, {bob.userid!r}); set_slow({group[2:]}, 30)")
    await expect(bob.box).to_be_visible()

    await expect(alice.messages.get_by_text("Slow mode is on: one message in 30 seconds")).to_be_visible()
    await act(f"set_slow({group[2:]}, 3600)")
    await expect(bob.box).to_have_attribute("placeholder", "Slow mode: one message in 3600 seconds")
    left = bob.page.get_by_role("timer")
    await expect(left).to_have_text(re.compile(r"Slow mode: your next message can be sent in 59:\d\d\."))
    await bob.write("more of it")
    # It waits there, keeps nothing else waiting, and goes as soon as it may.
    await expect(bob.message("more of it")).to_contain_text("Slow mode: it is sent as soon as")
    assert await findings(bob.page) == []
    await bob.open(f"u:{alice.userid}")
    await bob.write("meanwhile")
    await expect(alice.conversation("meanwhile")).to_be_visible()
    await bob.open(group)
    await act(f"set_slow({group[2:]}, 0)")
    await alice.reads("more of it")
    await expect(bob.message("more of it")).not_to_contain_text("Slow mode")
    await expect(left).to_have_count(0)

    await act(f"dissolve({group[2:]})")
    await expect(alice.messages.get_by_text("Slow mode is off")).to_be_visible()
    await expect(alice.messages.get_by_text("The group was dissolved")).to_be_visible()
    await act(f"restore({group[2:]})")
    await expect(alice.messages.get_by_text("The group was restored")).to_be_visible()
    await alice.write("back again")
    await alice.reads("back again")
