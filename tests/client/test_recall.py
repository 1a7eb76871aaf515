"""Recalling messages."""

import pytest
from playwright.async_api import expect

from testkit.server import Server
from tests.client.conftest import PHONE, Cast, SignIn
from tests.client.person import Person
from tests.client.writing import device


async def choose(person: Person, text: str, entry: str) -> None:
    await person.message(text).locator(".bubble").click(button="right")
    await person.page.get_by_role("menuitem", name=entry).click()


@pytest.mark.core
async def test_author_recalls_and_rewrites_and_owner_recalls_for_others(
    demo: Server, sign_in: SignIn, cast: Cast
) -> None:
    alice, bob = await sign_in(cast("alice")), await sign_in(cast("bob"), size=PHONE)
    await alice.open(f"u:{bob.userid}")
    await bob.open(f"u:{alice.userid}")
    await alice.write("To the wrong one")
    await bob.reads("To the wrong one")
    # Messages of others are theirs to recall.
    await bob.message("To the wrong one").locator(".bubble").click(button="right")
    await expect(bob.page.get_by_role("menuitem", name="Reply")).to_be_visible()
    await expect(bob.page.get_by_role("menuitem", name="Recall")).to_have_count(0)
    await expect(bob.page.get_by_role("menuitem", name="Edit")).to_have_count(0)
    await bob.page.keyboard.press("Escape")

    await choose(alice, "To the wrong one", "Recall")
    await bob.reads(f"{alice.userid} recalled a message")
    await alice.reads("You recalled a message")
    await bob.reads("To the wrong one", times=0)

    await alice.messages.get_by_role("button", name="Edit again").click()
    await expect(alice.box).to_have_value("To the wrong one")

    async with device(demo, cast("charlie")) as charlie:
        group = await alice.make_group("Friends", charlie.userid)
        await alice.open(group)
        await charlie.text(group, "spam")
        await choose(alice, "spam", "Recall")
        await alice.page.get_by_role("dialog").get_by_role("button", name="Recall").click()

        await alice.reads(f"{charlie.userid} recalled a message")
        await alice.reads("spam", times=0)
