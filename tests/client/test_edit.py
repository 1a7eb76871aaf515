"""Giving one's own message another text."""

import pytest
from playwright.async_api import expect

from testkit.device import Device
from testkit.server import Server
from tests.client.composing import bar, say
from tests.client.conftest import SIZES, Cast, SignIn


@pytest.mark.parametrize("size", SIZES)
async def test_it_works(sign_in: SignIn, cast: Cast, demo: Server, size: dict[str, int]) -> None:
    alice = await sign_in(cast("alice"), size=size)
    async with Device(demo.entry, cast("bob")) as bob:
        await alice.open(f"u:{bob.userid}")
        await say(alice, "Lunch at nine?")
        message = await bob.message()

        await alice.box.press("ArrowUp")
        await expect(bar(alice, "Edit")).to_be_visible()
        await expect(alice.box).to_have_value("Lunch at nine?")
        await alice.write("Lunch at noon?")

        edited = await bob.event()
        while edited["ev"] == "typing":
            edited = await bob.event()
        assert (edited["ev"], edited["target"], edited["content"]) == (
            "edited",
            message["id"],
            "Lunch at noon?",
        )
    await alice.reads("Lunch at noon?")
    await alice.reads("Lunch at nine?", times=0)
    await expect(bar(alice, "Edit")).to_have_count(0)
    await expect(alice.box).to_have_value("")


async def test_escape_leaves_it_as_it_was(sign_in: SignIn, cast: Cast, demo: Server) -> None:
    alice = await sign_in(cast("alice"))
    async with Device(demo.entry, cast("bob")) as bob:
        await alice.open(f"u:{bob.userid}")
        await say(alice, "Lunch at noon?")

        await alice.box.press("ArrowUp")
        await alice.box.fill("Lunch at nine?")
        await alice.box.press("Escape")

        await expect(bar(alice, "Edit")).to_have_count(0)
        await expect(alice.box).to_have_value("")
        await alice.reads("Lunch at noon?")


async def test_only_in_an_empty_box_does_the_arrow_edit(sign_in: SignIn, cast: Cast, demo: Server) -> None:
    alice = await sign_in(cast("alice"))
    async with Device(demo.entry, cast("bob")) as bob:
        await alice.open(f"u:{bob.userid}")
        await say(alice, "Lunch at noon?")

        await alice.box.fill("something")
        await alice.box.press("ArrowUp")

        await expect(bar(alice, "Edit")).to_have_count(0)


async def test_the_others_last_text_is_not_offered(sign_in: SignIn, cast: Cast, demo: Server) -> None:
    alice = await sign_in(cast("alice"))
    async with Device(demo.entry, cast("bob")) as bob:
        await bob.text(f"u:{alice.userid}", "Lunch at noon?")
        await alice.open(f"u:{bob.userid}")
        await alice.reads("Lunch at noon?")

        await alice.box.press("ArrowUp")

        await expect(bar(alice, "Edit")).to_have_count(0)


async def test_a_refusal_is_said_and_the_text_kept(sign_in: SignIn, cast: Cast, demo: Server) -> None:
    alice = await sign_in(cast("alice"))
    async with Device(demo.entry, cast("bob")) as bob, Device(demo.entry, alice.userid) as phone:
        await alice.open(f"u:{bob.userid}")
        await say(alice, "Lunch at nine?")
        await alice.box.press("ArrowUp")

        await phone.call("recall", target=(await phone.message())["id"])
        await alice.write("Lunch at noon?")

        await expect(alice.page.locator(".toast-error")).to_be_visible()
        await expect(alice.box).to_have_value("Lunch at noon?")
