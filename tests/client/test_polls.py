"""Polls, on the pages of the author and of the voters."""

import re

from playwright.async_api import Locator, expect

from tests.client.conftest import PHONE, Cast, SignIn
from tests.client.person import Person


async def fill_in(person: Person, question: str, *options: str) -> None:
    """Fill in the form of a poll without sending it."""
    await person.button("More to send").click()
    await person.choose("Poll")
    dialog = person.page.get_by_role("dialog", name="New poll")
    await dialog.get_by_role("textbox", name="Question").fill(question)
    for number, option in enumerate(options, 1):
        await dialog.get_by_role("textbox", name=f"Answer {number}", exact=True).fill(option)


def option(poll: Locator, text: str, votes: int) -> Locator:
    """Return the option once it shows this number of votes."""
    return poll.get_by_role("button", name=re.compile(rf"^{text}\b.*\b{votes}$"))


async def test_two_people_vote_in_poll_and_author_closes_it(sign_in: SignIn, cast: Cast) -> None:
    alice, bob = await sign_in(cast("alice")), await sign_in(cast("bob"), size=PHONE)
    group = await alice.make_group("Lunch", bob.userid)
    for person in (alice, bob):
        await person.open(group)

    await fill_in(alice, "Where do we eat?", "Noodles", "Noodles")
    dialog = alice.page.get_by_role("dialog", name="New poll")
    await expect(dialog.get_by_text("Two answers are the same.")).to_be_visible()
    await expect(dialog.get_by_role("button", name="Send")).to_be_disabled()
    await dialog.get_by_role("textbox", name="Answer 2").fill("Dumplings")
    # There is room for one more.
    await expect(dialog.get_by_role("textbox", name="Answer 3")).to_be_visible()
    await dialog.get_by_role("button", name="Send").click()
    await expect(alice.conversation("Lunch")).to_contain_text("[Poll] Where do we eat?")

    here, there = (one.message("Where do we eat?") for one in (alice, bob))
    await there.get_by_role("button", name="Noodles").click()
    await expect(option(here, "Noodles", 1)).to_contain_text(bob.userid)
    # By keyboard, and another one instead.
    await here.get_by_role("button", name="Noodles").press("Enter")
    await expect(option(there, "Noodles", 2)).to_be_visible()
    await here.get_by_role("button", name="Dumplings").press(" ")
    await expect(here.get_by_role("button", name="Dumplings", pressed=True)).to_be_visible()
    for shown in (here, there):
        await expect(option(shown, "Noodles", 1)).to_be_visible()
        await expect(option(shown, "Dumplings", 1)).to_be_visible()
    await there.get_by_role("button", name="Noodles").click()
    await expect(option(here, "Noodles", 0)).to_be_visible()

    await here.get_by_role("button", name="Who voted").click()
    await expect(alice.page.get_by_role("dialog", name="Who voted")).to_contain_text("You")
    await alice.page.keyboard.press("Escape")

    await bob.context.set_offline(True)
    await there.get_by_role("button", name="Noodles").click()
    await expect(there.get_by_role("alert")).to_contain_text("Your vote was not counted.")
    await bob.context.set_offline(False)

    await expect(there.get_by_role("button", name="Close poll")).to_have_count(0)
    await here.get_by_role("button", name="Close poll").click()
    await alice.confirm("Close poll")
    for shown in (here, there):
        await expect(shown.get_by_text("One answer · Closed")).to_be_visible()
    # As it was, for who comes back.
    await bob.page.reload()
    dumplings = option(there, "Dumplings", 1)
    await expect(dumplings).to_have_attribute("aria-disabled", "true")


async def test_anonymous_poll_takes_several_answers_until_its_end(sign_in: SignIn, cast: Cast) -> None:
    alice, bob = await sign_in(cast("alice")), await sign_in(cast("bob"), size=PHONE)
    await bob.call("PUT", f"contacts/{alice.userid}")
    await alice.open(f"u:{bob.userid}")
    await fill_in(alice, "Which days?", "Monday", "Tuesday", "Friday")
    dialog = alice.page.get_by_role("dialog", name="New poll")
    for name in ("Several answers", "Anonymous", "Close at a time"):
        await dialog.get_by_role("switch", name=name).click()
    closes = dialog.get_by_label("Closes")
    tomorrow = await closes.input_value()
    await closes.fill("2001-01-01T00:00")
    await expect(dialog.get_by_role("alert").filter(has_text="365 days")).to_be_visible()
    await closes.fill(tomorrow)
    await dialog.get_by_role("button", name="Send").click()

    await bob.open(f"u:{alice.userid}")
    there = bob.message("Which days?")
    await expect(there).to_contain_text(re.compile("Anonymous poll · Several answers · Closes .*tomorrow"))
    for day in ("Monday", "Friday"):
        await there.get_by_role("button", name=day).click()
    here = alice.message("Which days?")
    for day in ("Monday", "Friday"):
        await expect(option(here, day, 1)).to_be_visible()
    await expect(here.get_by_role("button", name="Who voted")).to_have_count(0)
    await expect(here).not_to_contain_text(bob.userid)
