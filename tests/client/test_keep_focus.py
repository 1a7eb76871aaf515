"""The keyboard focus after an element has been closed or removed."""

from playwright.async_api import expect

from tests.client.conftest import Cast, SignIn
from tests.client.person import Person


async def press(person: Person, name: str) -> None:
    """Press a button by the keyboard."""
    await person.button(name).focus()
    await person.page.keyboard.press("Enter")


async def test_focus_returns_after_a_dialog_or_recalled_message(sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))
    await alice.open(await alice.make_group("Friends"))

    await press(alice, "About this conversation")
    await press(alice, "Close the panel")
    await expect(alice.button("About this conversation")).to_be_focused()

    # A dialog, by each of its buttons.
    await press(alice, "About this conversation")
    for name in ("Close", "Cancel"):
        await press(alice, "Add people")
        await alice.page.get_by_role("dialog").get_by_role("button", name=name, exact=True).focus()
        await alice.page.keyboard.press("Enter")
        await expect(alice.page.get_by_role("dialog")).to_have_count(0)
        await expect(alice.button("Add people")).to_be_focused()

    # What was changed where it stands.
    for key in ("Escape", "Enter"):
        await press(alice, "Edit: Name")
        await expect(alice.page.get_by_role("textbox", name="Name")).to_be_focused()
        await alice.page.keyboard.press(key)
        await expect(alice.button("Edit: Name")).to_be_focused()

    # What is left of a recalled message.
    await alice.open(f"u:{cast('bob')}")
    await alice.write("hello")
    await alice.reads("hello")
    await expect(alice.messages.get_by_label("Sending")).to_have_count(0)
    await alice.message("hello").focus()
    await alice.page.keyboard.press("m")
    await alice.page.get_by_role("menuitem", name="Recall").focus()
    await alice.page.keyboard.press("Enter")
    await expect(alice.message("You recalled a message")).to_be_focused()

    # An open menu, while another tab changes the language.
    await alice.write("still here")
    await expect(alice.message("still here").get_by_label("Sent")).to_be_visible()
    await alice.message("still here").focus()
    await alice.page.keyboard.press("m")
    await alice.page.keyboard.press("End")
    await expect(alice.page.get_by_role("menuitem", name="Delete for me")).to_be_focused()
    other = await alice.new_tab()
    await other.page.get_by_role("button", name="profile and settings").click()
    await other.choose("Settings")
    await other.page.get_by_text("简体中文", exact=True).click()
    await expect(alice.page.get_by_role("menuitem", name="删除（仅自己）")).to_be_focused()
    await alice.page.keyboard.press("Escape")
    await expect(alice.page.get_by_role("article").filter(has_text="still here")).to_be_focused()
