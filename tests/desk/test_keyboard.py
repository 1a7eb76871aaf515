"""Reports and held messages are decided by keys alone."""

from playwright.async_api import Page, expect

from testkit.server import Server
from tests.desk.conftest import Enter

FILE = """
from accounts.services import ensure_users
from groups.services import create_group
from log.appending import Draft, append
from log.rows import HELD
from moderation.models import Report
from moderation.reports import filing
people = ensure_users(f"key{{number}}" for number in range(3)) or ["key0", "key1", "key2"]
group = create_group("key0", people[1:], "Keys").pk
Report.objects.filter(state="open").update(state="claimed", claimed_by="another")
for number in range({count}):
    sender, reporter = (f"key{{(number + more) % 3}}" for more in (0, 1))
    said = append([Draft("text", sender, group, f"offer {{number}}", "")]).batch.last
    filing.file_report(reporter, f"m:{{said}}", "spam", "")
    append([Draft(HELD, sender, group if number % 3 else reporter, f"held {{number}}", "")])
"""
COUNT = 4


class Keys:
    """Presses keys, and counts them and the pages that they load."""

    def __init__(self, page: Page) -> None:
        self.page, self.presses, self.loads = page, 0, 0

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.page.keyboard.press(key)
            self.presses += 1

    async def load(self, *keys: str) -> None:
        """The last one of these opens a page."""
        await self.press(*keys[:-1])
        async with self.page.expect_navigation(timeout=6000):
            await self.press(keys[-1])
        self.loads += 1


async def decide(page: Page, count: int) -> Keys:
    """Each of so many reports by itself, and of as many held messages every other one, and then the rest."""
    keys = Keys(page)
    await page.goto("/admin/reports/")
    await keys.load("j", "o")
    for number in range(count):
        await keys.load("d" if number % 2 else "w", "1", "Control+Enter")
    await page.goto("/admin/held/")
    await keys.load("v")
    await keys.press("j")
    for number in range(count):
        await keys.press("j" if number % 2 else "x")
    await keys.load("a")
    await keys.load("1", "Control+Enter")
    await keys.load("*", "r")
    await keys.load("1", "Control+Enter")
    return keys


async def test_reports_and_held_messages_are_handled_by_keyboard(enter: Enter, managed: Server) -> None:
    managed.run_python(FILE.format(count=COUNT))
    page = await enter("moderator")
    keys = await decide(page, COUNT)
    await expect(page.get_by_text("No message is held.")).to_be_visible()
    outcomes = "SELECT outcome FROM moderation_report WHERE about LIKE 'key%' ORDER BY outcome"
    assert managed.query(outcomes) == [("dismiss",), ("dismiss",), ("warn",), ("warn",)]
    released = "SELECT COUNT(*) FROM log_heldmessage WHERE released_id IS NOT NULL"
    assert managed.query(released) == [(COUNT / 2,)]
    # Three for each report, one for each message, and few besides.
    assert keys.presses <= 4 * COUNT + 12


async def test_keyboard_shortcuts_are_listed_and_can_be_disabled(enter: Enter) -> None:
    page = await enter("moderator")
    await page.goto("/admin/people/")
    await page.keyboard.press("?")
    shown = page.get_by_role("dialog", name="Keyboard shortcuts")
    await expect(shown.get_by_text("Choose it, and go to the next")).to_be_visible()
    await shown.get_by_label("Use single keys as shortcuts").uncheck()
    await page.keyboard.press("Escape")
    await page.keyboard.press("x")
    await expect(page.locator("input[name=chosen]:checked")).to_have_count(0)
