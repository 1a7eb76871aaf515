"""Reporting a message, a person or a group to the moderators."""

from playwright.async_api import Locator, expect

from testkit.server import Server
from tests.client.conftest import Cast, SignIn
from tests.client.person import Person
from tests.client.writing import device

THANKS = "Reported. The moderators will look at it."


def complaints(server: Server, reporter: str) -> list[tuple[object, ...]]:
    """Return the user's reports: target, category and note."""
    joined = "moderation_complaint c JOIN moderation_report r ON r.id = c.report_id"
    query = f"SELECT r.target, c.category, c.note FROM {joined} WHERE c.reporter_id = '{reporter}'"
    return server.query(query)


def dialog(person: Person) -> Locator:
    return person.page.get_by_role("dialog")


async def report(person: Person, category: str, note: str = "") -> None:
    """Fill in the open dialog, and send it."""
    await dialog(person).get_by_text(category, exact=True).click()
    await dialog(person).get_by_role("textbox").fill(note)
    await person.confirm("Report")


async def test_message_group_and_member_can_be_reported(demo: Server, sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))
    async with device(demo, cast("bob")) as bob:
        await bob.text(f"u:{alice.userid}", "buy gold")
    await alice.open(f"u:{cast('bob')}")
    message = alice.message("buy gold")
    id_ = await message.get_attribute("data-id")

    await message.locator(".bubble").click(button="right")
    await alice.choose("Report…")
    await report(alice, "Spam or advertising", "again and again")
    await expect(alice.page.get_by_text(THANKS)).to_be_visible()
    await expect(dialog(alice)).to_have_count(0)
    assert complaints(demo, alice.userid) == [(f"m:{id_}", "spam", "again and again")]

    # One's own are not reported.
    await alice.write("hello")
    await expect(alice.message("hello").get_by_label("Sent", exact=True)).to_be_visible()
    await alice.message("hello").locator(".bubble").click(button="right")
    await expect(alice.page.get_by_role("menuitem", name="Reply")).to_be_visible()
    await expect(alice.page.get_by_role("menuitem", name="Report…")).to_have_count(0)

    charlie = cast("charlie")
    group = await alice.make_group("Friends", charlie)
    await alice.open(group)
    await alice.button("About this conversation").click()
    members = alice.page.get_by_role("list", name="Members").get_by_role("listitem")
    await members.filter(has_text=charlie).get_by_role("button").first.click()
    await dialog(alice).get_by_role("button", name="Report this person").click()
    await report(alice, "Other")
    await expect(dialog(alice)).to_have_count(0)

    await alice.button("Report the group").click()
    await report(alice, "Illegal content")
    await expect(dialog(alice)).to_have_count(0)
    assert sorted(complaints(demo, alice.userid)) == [
        (group, "illegal", ""),
        (f"m:{id_}", "spam", "again and again"),
        (f"u:{charlie}", "other", ""),
    ]


async def test_report_by_keyboard_shows_errors_and_keeps_the_note(
    demo: Server, sign_in: SignIn, cast: Cast
) -> None:
    alice, bob, charlie = await sign_in(cast("alice")), cast("bob"), cast("charlie")
    # From now on they are somebody.
    for userid in (bob, charlie):
        await alice.call("GET", "me", by=userid)
    await alice.open(f"u:{bob}")
    await alice.button("About this conversation").click()
    await alice.button("Report this person").focus()
    keys = alice.page.keyboard
    await keys.press("Enter")
    await expect(dialog(alice).get_by_role("radio").first).to_be_focused()
    await keys.press("Space")
    await keys.press("ArrowDown")
    await keys.press("Tab")
    await keys.type("rude")
    await keys.press("Tab")
    await keys.press("Tab")
    await keys.press("Enter")

    await expect(alice.page.get_by_text(THANKS)).to_be_visible()
    await expect(alice.button("Report this person")).to_be_focused()
    assert complaints(demo, alice.userid) == [(f"u:{bob}", "abuse", "rude")]

    await alice.open(f"u:{charlie}")
    panel = alice.page.get_by_role("complementary", name="About this conversation")
    await expect(panel).to_contain_text(charlie)
    await alice.button("Report this person").click()
    await alice.confirm("Report")
    await expect(dialog(alice).get_by_role("alert")).to_have_text("Choose what is wrong.")
    assert len(complaints(demo, alice.userid)) == 1

    await alice.page.route("**/api/v1/reports", lambda route: route.fulfill(status=503, body="oops"))
    await report(alice, "Violence", "with a knife")
    await expect(dialog(alice).get_by_role("alert")).to_have_text(
        "The server is busy. Try again in a moment."
    )
    await alice.page.unroute("**/api/v1/reports")
    await expect(dialog(alice).get_by_role("textbox")).to_have_value("with a knife")
    await alice.confirm("Report")
    await expect(dialog(alice)).to_have_count(0)
    assert (f"u:{charlie}", "violence", "with a knife") in complaints(demo, alice.userid)

    await alice.page.get_by_role("button", name=alice.userid).first.click()
    await alice.choose("Settings")
    await dialog(alice).get_by_text("简体中文", exact=True).click()
    await alice.page.keyboard.press("Escape")
    await alice.button("举报该用户").click()
    await expect(dialog(alice).get_by_role("heading")).to_have_text(f"举报“{charlie}”")
    await expect(dialog(alice).get_by_role("radio")).to_have_count(6)
