"""Forwarding one message, or several as one card, to others and to oneself."""

from playwright.async_api import expect

from testkit.server import Server
from tests.client.conftest import Cast, SignIn
from tests.client.writing import device, send_many


async def test_single_and_several_messages_are_forwarded(demo: Server, sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))
    async with device(demo, cast("bob")) as bob, device(demo, cast("charlie")) as charlie:
        await send_many(bob, f"u:{alice.userid}", ["one", "two"])
        await send_many(charlie, f"u:{alice.userid}", ["hello"])
        await alice.open(f"u:{bob.userid}")
        await alice.message("two").click(button="right")
        await alice.choose("Forward…")
        dialog = alice.page.get_by_role("dialog", name="Forward")
        await dialog.get_by_role("checkbox", name="Saved for myself").check()
        await dialog.get_by_role("checkbox", name=charlie.userid).check()
        await dialog.get_by_role("button", name="Forward").click()
        message = await charlie.message()
        assert (message["content"], message["forwarded"]["from"]) == ("two", bob.userid)

        await alice.message("one").click(button="right")
        await alice.choose("Select")
        await alice.message("two").locator(".bubble").click()
        await expect(alice.page.get_by_role("checkbox").nth(1)).to_be_checked()
        await (
            alice.page.get_by_role("toolbar", name="Selected messages")
            .get_by_role("button", name="Forward")
            .click()
        )
        await dialog.get_by_text("As one card").click()
        await dialog.get_by_role("checkbox", name=charlie.userid).check()
        await dialog.get_by_role("button", name="Forward").click()
        message = await charlie.message()
        assert [item["content"] for item in message["bundle"]["items"]] == ["one", "two"]

        await alice.open(f"u:{charlie.userid}")
        await expect(alice.page.get_by_text(f"Forwarded from {bob.userid}")).to_be_visible()
        await alice.page.locator(".bundle").click()
        card = alice.page.get_by_role("dialog", name=bob.userid)
        await expect(card).to_contain_text("one")
        await alice.page.keyboard.press("Escape")
        await alice.open(f"u:{alice.userid}")
        await alice.reads("two")


async def test_messages_are_forwarded_to_people_without_a_conversation(sign_in: SignIn, cast: Cast) -> None:
    alice, dave, carol = (
        await sign_in(cast("alice")),
        await sign_in(cast("dave")),
        await sign_in(cast("carol")),
    )
    await dave.call("PATCH", "me", {"nickname": "李雷"})
    await alice.call("PUT", f"contacts/{carol.userid}")
    await alice.open(f"u:{alice.userid}")
    await alice.write("For you two.")
    await expect(alice.message("For you two.").get_by_label("Sent", exact=True)).to_be_visible()
    await alice.message("For you two.").click(button="right")
    await alice.choose("Forward…")
    dialog = alice.page.get_by_role("dialog", name="Forward")
    await dialog.get_by_role("checkbox", name=carol.userid).check()
    await dialog.get_by_role("textbox", name="Search conversations and people").fill(dave.userid)
    await dialog.get_by_role("checkbox", name="李雷").check()
    await expect(dialog.get_by_role("checkbox", checked=True)).to_have_count(2)
    await dialog.get_by_role("button", name="Forward").click()
    for person in (carol, dave):
        await expect(person.conversation(alice.userid)).to_contain_text("For you two.")


async def test_stars_and_own_deletions_sync_across_devices(demo: Server, sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))
    phone = await sign_in(alice.userid)
    async with device(demo, cast("bob")) as bob:
        await send_many(bob, f"u:{alice.userid}", ["one", "two", "three"])
        for page in (alice, phone):
            await page.open(f"u:{bob.userid}")
            await page.reads("three")
        await alice.message("one").click(button="right")
        await alice.choose("Star")
        await expect(phone.message("one").get_by_role("img", name="Starred")).to_be_visible()
        await phone.page.get_by_role("button", name="profile and settings").click()
        await phone.choose("Starred messages")
        await phone.page.get_by_role("dialog", name="Starred messages").get_by_text("one").click()
        await expect(phone.page.get_by_role("dialog")).to_have_count(0)
        await alice.message("three").click(button="right")
        await alice.choose("Select")
        await alice.page.get_by_role("checkbox").nth(1).check()
        bar = alice.page.get_by_role("toolbar", name="Selected messages")
        await bar.get_by_role("button", name="Delete").click()
        dialog = alice.page.get_by_role("dialog", name="Delete 2 messages for you?")
        await dialog.get_by_role("button", name="Delete").click()
        for page in (alice, phone):
            await expect(page.message("three")).to_have_count(0)
            await expect(page.message("two")).to_have_count(0)
            await expect(page.message("one")).to_have_count(1)
        undo = alice.page.get_by_role("button", name="Undo")
        await expect(undo).to_be_visible()
        await alice.page.keyboard.press("Control+z")
        for page in (alice, phone):
            shown = page.page.locator("article .text-said")
            await expect(shown).to_have_text(["one", "two", "three"])
        await expect(undo).to_have_count(0)
