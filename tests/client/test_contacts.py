"""Contacts, and the separate list of messages from strangers."""

import pytest
from playwright.async_api import expect

from tests.client.conftest import PHONE, Cast, SignIn
from tests.client.person import Person


async def choose_rule(person: Person, label: str, choice: str) -> None:
    """Choose in the settings who can reach the user. An option selected only briefly need not be saved."""
    await person.page.get_by_role("button", name="profile and settings").click()
    await person.choose("Settings")
    dialog = person.page.get_by_role("dialog", name="Settings")
    box = dialog.get_by_role("combobox", name=label)
    await box.select_option("Nobody")
    chosen = await box.locator("option", has_text=choice).get_attribute("value")
    async with person.page.expect_response(lambda answer: f'"{chosen}"' in (answer.request.post_data or "")):
        await box.select_option(choice)
    await dialog.get_by_role("button", name="Close").click()


@pytest.mark.core
async def test_messages_of_strangers_are_listed_apart_until_accepted(sign_in: SignIn, cast: Cast) -> None:
    alice, bob = await sign_in(cast("alice")), await sign_in(cast("bob"), size=PHONE)
    await choose_rule(alice, "New conversations in my list", "People I know")
    await bob.open(f"u:{alice.userid}")
    await bob.write("Hello, stranger.")

    await alice.button("Message requests (1)").click()
    assert await alice.conversation(bob.userid).count() == 0
    place = alice.page.get_by_role("dialog", name="Message requests")
    await place.get_by_role("link", name="Hello, stranger.").click()
    await alice.reads("Hello, stranger.")
    await expect(bob.messages.get_by_role("img", name="Read", exact=True)).to_have_count(0)
    await (
        alice.page.get_by_role("region", name="Message request").get_by_role("button", name="Accept").click()
    )
    await alice.conversation(bob.userid).wait_for()
    await expect(alice.button("Message requests (1)")).to_have_count(0)


async def test_blocking_a_stranger_closes_the_request(sign_in: SignIn, cast: Cast) -> None:
    alice, bob = await sign_in(cast("alice")), await sign_in(cast("bob"))
    await choose_rule(alice, "New conversations in my list", "My contacts")
    await bob.open(f"u:{alice.userid}")
    await bob.write("Buy now!")
    await alice.button("Message requests (1)").wait_for()
    await alice.open(f"u:{bob.userid}")
    other = await alice.new_tab(f"u:{bob.userid}")
    await alice.button("About this conversation").click()
    await alice.button("Block").last.click()
    await alice.confirm("Block")
    for tab in (alice, other):
        bar = tab.page.get_by_role("region", name="Message request")
        await expect(bar.get_by_role("button")).to_have_text(["Unblock"])
        await expect(tab.button("Message requests (1)")).to_have_count(0)
        await expect(tab.conversation(bob.userid)).to_have_count(0)


@pytest.mark.core
async def test_unaccepted_sender_can_request_contact(sign_in: SignIn, cast: Cast) -> None:
    alice, bob = await sign_in(cast("alice")), await sign_in(cast("bob"))
    await choose_rule(alice, "Write to me", "My contacts")
    await bob.open(f"u:{alice.userid}")
    await bob.write("Let me in.")
    failed = bob.message("Let me in.")
    await failed.get_by_text("This person doesn't accept messages from you.").wait_for()
    await failed.get_by_role("button", name="Send contact request").click()
    dialog = bob.page.get_by_role("dialog")
    await dialog.get_by_role("textbox", name="Who are you?").fill("From work")
    await dialog.get_by_role("button", name="Add contact").click()
    await expect(dialog).to_have_count(0)

    await alice.button("Message requests (1)").click()
    place = alice.page.get_by_role("dialog", name="Message requests")
    await place.get_by_text("From work").wait_for()
    await place.get_by_role("button", name="Accept").click()
    await place.get_by_text("No requests.").wait_for()
    await failed.get_by_role("button", name="Retry").click()
    await alice.conversation(bob.userid).get_by_text("Let me in.").wait_for()

    # Each has the other among the contacts, where one finds and removes them.
    await alice.page.keyboard.press("Escape")
    await alice.page.get_by_role("button", name="profile and settings").click()
    await alice.choose("Contacts")
    contacts = alice.page.get_by_role("dialog", name="Contacts")
    await contacts.get_by_role("searchbox", name="Search contacts").fill("nobody like this")
    await contacts.get_by_text("No contact has this name.").wait_for()
    await contacts.get_by_role("searchbox", name="Search contacts").fill(bob.userid[:3])
    await contacts.get_by_role("link", name=bob.userid).click()
    await alice.page.get_by_role("button", name="About this conversation").click()
    await alice.button("Remove from contacts").click()
    await alice.button("Add to contacts").wait_for()
    await bob.write("Still there?")
    await bob.message("Still there?").get_by_text("This person doesn't accept messages from you.").wait_for()
