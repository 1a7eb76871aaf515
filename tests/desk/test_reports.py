"""A report in a browser: it is found in the queue, claimed, and resolved, by keys alone too."""

from playwright.async_api import Page, expect

from testkit.server import Server
from tests.desk.conftest import PHONE, Enter

FILE = """
from accounts.services import ensure_users
from log.appending import Draft, append
from moderation.reports import filing
ensure_users([{sender!r}])
id_ = append([Draft("text", {sender!r}, "alice", {text!r}, "")]).batch.last
filing.file_report("alice", f"m:{{id_}}", "spam", "again and again")
"""


def reported(server: Server, sender: str, text: str) -> None:
    """The sender has written it to Alice, who reports it."""
    server.run_python(FILE.format(sender=sender, text=text))


def outcome(server: Server, about: str) -> list[tuple[object, ...]]:
    return server.query(f"SELECT state, outcome FROM moderation_report WHERE about = '{about}'")


async def open_report(page: Page, sender: str) -> None:
    await page.goto("/admin/reports/")
    await page.get_by_role("link", name=f"A message by {sender}").click()
    await expect(page.get_by_text("again and again")).to_be_visible()


async def test_report_is_claimed_resolved_and_undone(enter: Enter, managed: Server) -> None:
    reported(managed, "trudy", "cheap watches")
    page = await enter("moderator", size=PHONE)
    await open_report(page, "trudy")
    await page.get_by_role("button", name="Claim").click()
    await expect(page.get_by_text("You have claimed this report.")).to_be_visible()

    await page.get_by_label("Mute the person").check()
    await page.get_by_label("Reason").fill("advertising")
    await page.get_by_role("button", name="Resolve", exact=True).click()

    await expect(page.get_by_text("Resolved: A message by trudy.")).to_be_visible()
    assert outcome(managed, "trudy") == [("resolved", "mute")]
    assert managed.query("SELECT muted FROM accounts_user WHERE userid = 'trudy'") == [(1,)]

    await page.get_by_role("link", name="Undo what was done").click()
    await page.get_by_label("Reason").fill("a mistake")
    await page.get_by_role("button", name="Undo").click()
    await expect(page.locator(".messagelist .success")).to_be_visible()
    assert managed.query("SELECT muted FROM accounts_user WHERE userid = 'trudy'") == [(0,)]


async def test_report_is_resolved_by_keyboard(enter: Enter, managed: Server) -> None:
    reported(managed, "victor", "cheap gold")
    page = await enter("moderator")
    await open_report(page, "victor")
    await page.get_by_label("Dismiss").focus()
    keys = page.keyboard
    await keys.press("Tab")
    await keys.press("Space")
    await expect(page.get_by_label("Recall the message")).to_be_checked()
    await page.get_by_label("Reason").focus()
    await keys.type("advertising")
    await keys.press("Tab")
    await keys.press("Enter")

    await expect(page.get_by_text("Resolved: A message by victor.")).to_be_visible()
    assert outcome(managed, "victor") == [("resolved", "recall")]


async def test_several_reports_are_resolved_with_a_reason_chosen_by_key(
    enter: Enter, managed: Server
) -> None:
    for sender in ("yvonne", "zoe"):
        reported(managed, sender, "cheap watches")
    page = await enter("moderator")
    await page.goto("/admin/reports/?category=spam")
    for sender in ("yvonne", "zoe"):
        await page.get_by_label(f"Choose A message by {sender}").check()
    await page.get_by_role("button", name="Resolve…").click()
    await expect(page.get_by_text("This will be done to 2 reports about 2 people")).to_be_visible()
    await expect(page.get_by_text("A message by yvonne")).to_be_visible()

    await page.get_by_label("Recall the message").check()
    await page.get_by_label("Mute the person").check()
    await page.get_by_label("6 hours").check()
    reason = page.locator("#id_reason")
    await page.get_by_role("button", name="Advertising").focus()
    await page.keyboard.press("Enter")
    await expect(reason).to_have_value("No advertising here, please.")
    await expect(reason).to_be_focused()
    await page.keyboard.type(" Really.")
    await page.get_by_role("button", name="Advertising").click()
    await expect(reason).to_have_value("No advertising here, please. Really.\nNo advertising here, please.")
    await page.get_by_role("button", name="Resolve: 2").click()

    await expect(page.get_by_text("Resolve: done to 2 reports about 2 people.")).to_be_visible()
    await expect(page).to_have_url(f"{managed.http}/admin/reports/?category=spam")
    for sender in ("yvonne", "zoe"):
        assert outcome(managed, sender) == [("resolved", "mute")]


async def test_several_reports_about_a_person_lead_to_one_undoable_mute(
    enter: Enter, managed: Server
) -> None:
    for text in ("cheap watches", "cheap gold"):
        reported(managed, "walter", text)
    page = await enter("moderator")
    await page.goto("/admin/reports/?about=walter")
    await page.get_by_role("heading", name="walter").get_by_role("checkbox").check()
    await page.get_by_role("button", name="Resolve…").click()
    await expect(page.get_by_text("This will be done to 2 reports about 1 person")).to_be_visible()
    await page.get_by_label("Mute the person").check()
    await page.get_by_label("Reason").fill("advertising")
    await page.get_by_role("button", name="Resolve: 2").click()
    await expect(page.get_by_text("Resolve: done to 2 reports about 1 person.")).to_be_visible()

    await page.goto("/admin/audit/?target=walter&action=person.mute")
    await page.get_by_role("link", name="Undo").click()
    await page.get_by_label("Reason").fill("a mistake")
    await page.get_by_role("button", name="Undo").click()
    await expect(page.locator(".messagelist .success")).to_be_visible()
    assert managed.query("SELECT muted FROM accounts_user WHERE userid = 'walter'") == [(0,)]


async def test_report_note_is_shown_to_other_moderators(enter: Enter, managed: Server) -> None:
    reported(managed, "xavier", "cheap watches")
    page = await enter("moderator", size=PHONE)
    await open_report(page, "xavier")
    await page.get_by_label("Note for moderators").fill("seen before")
    await page.get_by_role("button", name="Note it").click()
    await expect(page.get_by_text("Noted.")).to_be_visible()

    auditor = await enter("auditor")
    await open_report(auditor, "xavier")
    await expect(auditor.get_by_text("seen before")).to_be_visible()
    await expect(auditor.get_by_label("Note for moderators")).to_have_count(0)
