"""Editing one's own message, and how others see the edit."""

from playwright.async_api import expect

from testkit.device import Device
from testkit.server import Server
from tests.client.composing import bar, say
from tests.client.conftest import Cast, SignIn


async def test_arrow_up_edits_own_last_text_and_refused_edit_is_kept(
    sign_in: SignIn, cast: Cast, demo: Server
) -> None:
    alice = await sign_in(cast("alice"))
    async with Device(demo.entry, cast("bob")) as bob:
        # Not the other one's.
        await bob.text(f"u:{alice.userid}", "Lunch?")
        await alice.open(f"u:{bob.userid}")
        await alice.reads("Lunch?")
        await alice.box.press("ArrowUp")
        await expect(bar(alice, "Edit")).to_have_count(0)

        await say(alice, "Lunch at nine?")
        message = await bob.message()
        # Not while there is something in the box.
        await alice.box.fill("something")
        await alice.box.press("ArrowUp")
        await expect(bar(alice, "Edit")).to_have_count(0)

        # Escape leaves it as it was.
        await alice.box.fill("")
        await alice.box.press("ArrowUp")
        await alice.box.fill("Lunch at eight?")
        await alice.box.press("Escape")
        await expect(bar(alice, "Edit")).to_have_count(0)
        await expect(alice.box).to_have_value("")
        await alice.reads("Lunch at nine?")

        await alice.box.press("ArrowUp")
        await expect(bar(alice, "Edit")).to_be_visible()
        await expect(alice.box).to_have_value("Lunch at nine?")
        await expect(alice.button("Save")).to_be_visible()
        await expect(alice.button("Send")).to_have_count(0)
        await alice.write("Lunch at noon?")
        while (edited := await bob.event())["ev"] in {"typing", "read"}:
            pass
        assert (edited["ev"], edited["target"], edited["content"]) == (
            "edited",
            message["id"],
            "Lunch at noon?",
        )
    await alice.reads("Lunch at noon?")
    await alice.reads("Lunch at nine?", times=0)
    await expect(bar(alice, "Edit")).to_have_count(0)
    await expect(alice.box).to_have_value("")

    # A refusal is said, and the text kept.
    async with Device(demo.entry, alice.userid) as phone:
        await say(alice, "Dinner at nine?")
        await alice.box.press("ArrowUp")
        await expect(alice.box).to_have_value("Dinner at nine?")
        await phone.call("recall", target=(await phone.message())["id"])
        await alice.write("Dinner at eight?")
        await expect(alice.page.locator(".toast-error")).to_be_visible()
        await expect(alice.box).to_have_value("Dinner at eight?")


async def test_typing_names_and_edited_marks_are_shown(demo: Server, sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))
    async with Device(demo.entry, cast("bob")) as bob:
        target = await bob.text(f"u:{alice.userid}", "At noo")
        await alice.open(f"u:{bob.userid}")
        await alice.reads("At noo")
        await bob.call("typing", to=f"u:{alice.userid}")
        await expect(alice.messages.get_by_text(f"{bob.userid} is writing…")).to_be_visible()
        await bob.text(f"u:{alice.userid}", "Sorry", reply=target)
        await expect(alice.message("Sorry")).to_contain_text("At noo")
        await expect(alice.messages.get_by_text("is writing…")).to_have_count(0)

        await bob.call("edit", target=target, content="At one")

        await expect(alice.message("Sorry")).to_contain_text("At one")
        edited = alice.message("At one").filter(has_not_text="Sorry")
        await expect(edited).to_contain_text("edited")
    await alice.page.reload()
    await expect(edited).to_contain_text("edited")
